import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FileNotFound, InvalidArgument, StorageFailure } from '../../src/errors.ts';
import { objectUrl, openS3, type S3Settings, s3Settings } from '../../src/storage/s3-source.ts';
import { type S3Gateway, startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';
import { rangeServer } from './range-server.ts';

const unset: S3Settings = {
  endpoint: undefined,
  region: 'eu-west-3',
  credentials: undefined,
  virtualHosts: undefined,
  requesterPays: false,
};
const credentials = { accessKeyId: 'furrow', secretAccessKey: 'furrow-secret' };

describe('addresses and settings of S3', () => {
  test('AWS gets the bucket in the host name, an endpoint or a dotted bucket in the path', () => {
    const key = 'a b/ü+#.tif';
    assert.equal(
      objectUrl('bucket', key, 'eu-west-3', unset).href,
      'https://bucket.s3.eu-west-3.amazonaws.com/a%20b/%C3%BC%2B%23.tif',
    );
    assert.equal(
      objectUrl('my.bucket', 'k', 'eu-west-3', unset).href,
      'https://s3.eu-west-3.amazonaws.com/my.bucket/k',
    );
    const own = { ...unset, endpoint: new URL('http://minio:9000/') };
    assert.equal(objectUrl('bucket', 'k', 'x', own).href, 'http://minio:9000/bucket/k');
    assert.equal(
      objectUrl('bucket', 'k', 'x', { ...own, virtualHosts: true }).href,
      'http://bucket.minio:9000/k',
    );
    assert.throws(() => objectUrl('bucket', 'a/../b', 'x', own), InvalidArgument);
  });

  test('the environment gives keys, region, endpoint and who pays', () => {
    const settings = s3Settings({
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'key',
      AWS_SESSION_TOKEN: 'token',
      AWS_DEFAULT_REGION: 'eu-north-1',
      AWS_ENDPOINT_URL: 'http://minio:9000',
      AWS_REQUEST_PAYER: 'requester',
    });
    assert.deepEqual(settings, {
      endpoint: new URL('http://minio:9000'),
      region: 'eu-north-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token' },
      virtualHosts: undefined,
      requesterPays: true,
    });
    assert.equal(
      s3Settings({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_NO_SIGN_REQUEST: 'YES' })
        .credentials,
      undefined,
    );
    assert.throws(() => s3Settings({ AWS_ENDPOINT_URL: 'minio' }), InvalidArgument);
  });

  test('requests without keys go unsigned, with keys signed, and requester pays is said', async () => {
    await using server = await rangeServer({ '/bucket/k': new Uint8Array([1, 2, 3]) });
    const settings = { ...unset, endpoint: new URL(server.origin), requesterPays: true };
    assert.equal(await (await openS3('s3://bucket/k', { settings })).size(), 3);
    await openS3('s3://bucket/k', { settings: { ...settings, credentials } });
    assert.equal(server.headers[0]?.authorization, undefined);
    assert.match(
      server.headers[1]?.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=furrow\/\d{8}\/eu-west-3\/s3\/aws4_request/,
    );
    assert.equal(server.headers[0]?.['x-amz-request-payer'], 'requester');
  });
});

describe('against a real S3 server', { skip: versitygw() === undefined && withoutVersitygw }, () => {
  let gateway: S3Gateway | undefined;
  let settings = unset;
  const object = new Uint8Array(200_000).map((_, i) => (i * 13) & 0xff);

  before(async () => {
    gateway = await startS3Gateway();
    settings = gateway.settings;
    await gateway.makeBucket('bucket');
    await gateway.put('bucket', 'a b/ü+(1).bin', object);
  });
  after(async () => gateway?.[Symbol.asyncDispose]());

  test('signed ranges of a key with spaces, umlauts and signs are read', async () => {
    const source = await openS3('s3://bucket/a b/ü+(1).bin', { settings });
    assert.equal(await source.size(), object.length);
    const [part] = await source.readMany([{ offset: 150_000, length: 1000 }]);
    assert.deepEqual(Buffer.from(part ?? []), Buffer.from(object.subarray(150_000, 151_000)));
  });

  test('a wrong key and an unsigned request are refused, a missing object is FileNotFound', async () => {
    const wrong = { ...settings, credentials: { ...credentials, secretAccessKey: 'guessed' } };
    await assert.rejects(
      openS3('s3://bucket/a b/ü+(1).bin', { settings: wrong }),
      (error) => error instanceof StorageFailure && /403 \(SignatureDoesNotMatch\)/.test(error.message),
    );
    await assert.rejects(
      openS3('s3://bucket/a b/ü+(1).bin', { settings: { ...settings, credentials: undefined } }),
      StorageFailure,
    );
    await assert.rejects(openS3('s3://bucket/nothing', { settings }), FileNotFound);
  });
});
