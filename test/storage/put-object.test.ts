import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Cancelled, FileNotFound, InvalidArgument, StorageFailure } from '../../src/errors.ts';
import { GIVE_UP_MS, PART_BYTES, putObject } from '../../src/storage/put-object.ts';
import { openS3, type S3Settings } from '../../src/storage/s3-source.ts';
import { type S3Gateway, startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';
import { uploadProxy } from './upload-proxy.ts';

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

  const large = randomBytes(PART_BYTES + 1000);
  const digest = createHash('sha256').update(large).digest('hex');

  test('a cancelled upload ends at once with a server that hangs, and says what remains there', async () => {
    await using proxy = await uploadProxy(settings.endpoint as URL);
    const stop = new AbortController();
    // The second part is where it hangs; giving up the first hangs too.
    proxy.fault = (asked) => {
      if (!/partNumber=2|^DELETE/.test(asked)) return undefined;
      setTimeout(20).then(() => stop.abort());
      return 'silent';
    };
    const options = { settings: { ...settings, endpoint: proxy.origin }, signal: stop.signal };
    const started = performance.now();
    await assert.rejects(
      putObject('s3://bucket/hung', large, options),
      (error) => error instanceof Cancelled && /parts .*may remain/.test(error.message),
    );
    assert.ok(performance.now() - started < GIVE_UP_MS + 2000);
    assert.ok(proxy.asked.some((asked) => asked.startsWith('DELETE')));
  });

  test('an upload that was cancelled and given up leaves no parts and says nothing of them', async () => {
    await using proxy = await uploadProxy(settings.endpoint as URL);
    const stop = new AbortController();
    proxy.fault = (asked) => {
      if (asked.includes('partNumber=2')) stop.abort();
      // The first answer to giving up is lost: the repeat finds no upload.
      const gaveUp = proxy.asked.filter((other) => other.startsWith('DELETE')).length;
      return asked.startsWith('DELETE') && gaveUp === 1 ? 'lost' : undefined;
    };
    const options = { settings: { ...settings, endpoint: proxy.origin }, signal: stop.signal };
    await assert.rejects(
      putObject('s3://bucket/stopped', large, options),
      (error) => error instanceof Cancelled && !/remain/.test(error.message),
    );
    assert.equal(proxy.asked.filter((asked) => asked.startsWith('DELETE')).length, 2);
  });

  test('an object whose last answer was lost is found to be there', async () => {
    await using proxy = await uploadProxy(settings.endpoint as URL);
    const through = { settings: { ...settings, endpoint: proxy.origin } };
    // This server answers a repeat like the first time; others no longer know the upload.
    let repeats = 0;
    proxy.fault = (asked) => {
      if (!/^POST \?uploadId/.test(asked)) return undefined;
      return repeats++ === 0 ? 'lost' : 'no-upload';
    };
    await putObject('s3://bucket/answered', large, through);
    assert.equal(await digestOf('s3://bucket/answered'), digest);
    assert.deepEqual(
      proxy.asked.slice(-3).map((asked) => asked.split(/[ =]/, 2).join(' ')),
      ['POST ?uploadId', 'POST ?uploadId', 'HEAD '],
    );
  });

  test('another object at the address does not pass for one whose last answer was lost', async () => {
    await using proxy = await uploadProxy(settings.endpoint as URL);
    const through = { settings: { ...settings, endpoint: proxy.origin } };
    await putObject('s3://bucket/other', randomBytes(large.length), { settings });
    const before = await digestOf('s3://bucket/other');
    proxy.fault = (asked) => (/^POST \?uploadId/.test(asked) ? 'error-200' : undefined);
    const sleep = async (): Promise<void> => undefined;
    await assert.rejects(
      putObject('s3://bucket/other', large, { ...through, sleep }),
      (error) => error instanceof StorageFailure && /200 \(InternalError/.test(error.message),
    );
    assert.ok(proxy.asked.some((asked) => asked.startsWith('HEAD')));
    assert.equal(await digestOf('s3://bucket/other'), before);
  });

  test('an object of the same bytes does not make a refusal a success, and leaves no parts', async () => {
    await using proxy = await uploadProxy(settings.endpoint as URL);
    const through = { settings: { ...settings, endpoint: proxy.origin }, sleep: async () => undefined };
    const answered = (): string[] => proxy.asked.map((asked) => asked.split(/[ =]/, 2).join(' '));
    await putObject('s3://bucket/same', large, { settings });
    proxy.fault = (asked) => (/^POST \?uploadId/.test(asked) ? 'refused' : undefined);
    await assert.rejects(
      putObject('s3://bucket/same', large, through),
      (error) => error instanceof StorageFailure && /403 \(AccessDenied: no\)$/.test(error.message),
    );
    assert.deepEqual(answered().slice(-2), ['POST ?uploadId', 'DELETE ?uploadId']);
    // Where it cannot be told why the bytes stand there, they do, and the parts are given up.
    proxy.fault = (asked) => (/^POST \?uploadId/.test(asked) ? 'error-200' : undefined);
    await putObject('s3://bucket/same', large, through);
    assert.deepEqual(answered().slice(-3), ['POST ?uploadId', 'HEAD ', 'DELETE ?uploadId']);
    assert.equal(await digestOf('s3://bucket/same'), digest);
  });

  test('an upload that is cancelled while its parts are joined says that the object may stand', async () => {
    await using proxy = await uploadProxy(settings.endpoint as URL);
    const stop = new AbortController();
    let stands = Promise.resolve('');
    proxy.fault = (asked) => {
      if (asked.startsWith('DELETE')) return 'no-upload';
      if (!/^POST \?uploadId/.test(asked)) return undefined;
      stands = untilThere('s3://bucket/joined').finally(() => stop.abort());
      return 'kept-back';
    };
    const options = { settings: { ...settings, endpoint: proxy.origin }, signal: stop.signal };
    await assert.rejects(
      putObject('s3://bucket/joined', large, options),
      (error) => error instanceof Cancelled && /new object may stand at s3:/.test(error.message),
    );
    assert.equal(await stands, digest);
  });

  async function untilThere(address: string): Promise<string> {
    for (let tried = 1; ; tried++)
      try {
        return await digestOf(address);
      } catch (error) {
        if (tried === 100) throw error;
        await setTimeout(20);
      }
  }

  test('an error document that comes with status 200 is tried again', async () => {
    await using proxy = await uploadProxy(settings.endpoint as URL);
    let refused = 0;
    proxy.fault = (asked) => (/^POST \?uploadId/.test(asked) && refused++ === 0 ? 'error-200' : undefined);
    await putObject('s3://bucket/again', large, { settings: { ...settings, endpoint: proxy.origin } });
    assert.equal(await digestOf('s3://bucket/again'), digest);
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
