import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Cancelled, FileNotFound, InvalidArgument, StorageFailure } from '../../src/errors.ts';
import { PART_BYTES, putObject } from '../../src/storage/put-object.ts';
import { openS3, type S3Settings } from '../../src/storage/s3-source.ts';
import { type S3Gateway, startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';

describe('writing to a real S3 server', { skip: versitygw() === undefined && withoutVersitygw }, () => {
  let gateway: S3Gateway;
  let settings: S3Settings;
  before(async () => {
    gateway = await startS3Gateway();
    settings = gateway.settings;
    await gateway.makeBucket('bucket');
  });
  after(async () => gateway?.[Symbol.asyncDispose]());

  async function digestOf(address: string): Promise<string> {
    const source = await openS3(address, { settings });
    const bytes = await source.read({ offset: 0, length: await source.size() });
    return createHash('sha256').update(bytes).digest('hex');
  }

  test('an object is written whole, over an older one too, also under a strange key', async () => {
    const key = "s3://bucket/a b/ü+(1)*'!/x.bin";
    for (const size of [1000, 70_000]) {
      const bytes = randomBytes(size);
      await putObject(key, bytes, { settings });
      assert.equal(await digestOf(key), createHash('sha256').update(bytes).digest('hex'));
    }
  });

  for (const size of [PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 12_345])
    test(`a stream of ${size} bytes arrives, in parts where it is long`, async () => {
      const bytes = randomBytes(size);
      async function* pieces() {
        for (let at = 0; at < size; at += 5_000_000) yield bytes.subarray(at, at + 5_000_000);
      }
      await putObject('s3://bucket/large', pieces(), { settings });
      assert.equal(await digestOf('s3://bucket/large'), createHash('sha256').update(bytes).digest('hex'));
    });

  test('a stream that breaks leaves no object', async () => {
    async function* broken() {
      yield randomBytes(PART_BYTES + 10);
      yield randomBytes(PART_BYTES);
      throw new StorageFailure('the stream broke');
    }
    await assert.rejects(putObject('s3://bucket/broken', broken(), { settings }), /the stream broke/);
    await assert.rejects(openS3('s3://bucket/broken', { settings }), FileNotFound);
  });

  test('wrong keys, no keys, no bucket, an unnamed bucket and an abort are told apart', async () => {
    const bytes = randomBytes(10);
    const wrong = { accessKeyId: 'furrow', secretAccessKey: 'guessed' };
    await assert.rejects(
      putObject('s3://bucket/k', bytes, { settings: { ...settings, credentials: wrong } }),
      (error) => error instanceof StorageFailure && /403 \(SignatureDoesNotMatch/.test(error.message),
    );
    await assert.rejects(
      putObject('s3://bucket/k', bytes, { settings: { ...settings, credentials: undefined } }),
      /AWS_ACCESS_KEY_ID/,
    );
    await assert.rejects(putObject('s3://nowhere/k', bytes, { settings }), /404 \(NoSuchBucket/);
    await assert.rejects(
      putObject('s3://unnamed/k', bytes, { settings: { ...settings, endpoint: undefined } }),
      (error) => error instanceof InvalidArgument && /FURROW_S3_BUCKETS/.test(error.message),
    );
    await assert.rejects(
      putObject('s3://bucket/k', bytes, { settings, signal: AbortSignal.abort() }),
      Cancelled,
    );
  });
});
