import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { FileNotFound, InvalidArgument, StorageFailure } from '../../src/errors.ts';
import {
  allowBucket,
  allowHostOf,
  allowHosts,
  hostsAllowed,
  isAllowedBucket,
} from '../../src/storage/egress.ts';
import { readPart } from '../../src/storage/http-part.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { objectUrl, openS3, type S3Settings, s3Access, s3Settings } from '../../src/storage/s3-source.ts';
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

describe('whose keys sign what', () => {
  const keys = { ...unset, credentials, requesterPays: true };
  const range = { range: 'bytes=0-9' };
  const sent = (bucket: string, settings: S3Settings): Readonly<Record<string, string>> =>
    s3Access(`s3://${bucket}/k`, { settings }).prepare(range).headers;

  test('a bucket that only data names is read without keys and without paying, and a refusal says how to change it', () => {
    const headers = sent('somebody', keys);
    assert.equal(headers.authorization, undefined);
    assert.equal(headers['x-amz-request-payer'], undefined);
    assert.equal(headers.range, range.range);
    const advice = s3Access('s3://somebody/k', { settings: keys }).advise(403);
    assert.match(advice ?? '', /FURROW_S3_BUCKETS=somebody/);
    assert.equal(s3Access('s3://somebody/k', { settings: keys }).advise(500), undefined);
  });

  test('a bucket that the user typed, the configuration names, or that is at an endpoint of the user is signed', async () => {
    allowBucket('typed');
    process.env.FURROW_S3_BUCKETS = 'listed, agency-*';
    try {
      for (const bucket of ['typed', 'listed', 'agency-2026']) {
        assert.match(sent(bucket, keys).authorization ?? '', /^AWS4-HMAC-SHA256 /, bucket);
        assert.equal(sent(bucket, keys)['x-amz-request-payer'], 'requester');
      }
      for (const bucket of ['listed2', 'agency', 'typed.evil'])
        assert.equal(sent(bucket, keys).authorization, undefined, bucket);
    } finally {
      delete process.env.FURROW_S3_BUCKETS;
    }
    const endpoint = new URL('http://127.0.0.1:9');
    assert.match(sent('any', { ...keys, endpoint }).authorization ?? '', /^AWS4/);
  });

  test('the buckets that the user named are known to worker threads', () => {
    assert.ok(hostsAllowed().includes('s3://typed'));
    allowHosts(['s3://handed-over']);
    assert.match(sent('handed-over', keys).authorization ?? '', /^AWS4/);
  });

  test('an address that the user types names its bucket', async () => {
    process.env.AWS_ENDPOINT_URL_S3 = 'http://127.0.0.1:9';
    try {
      const signal = AbortSignal.timeout(20);
      await openSource('s3://my-own/k', { trust: 'user', signal }).catch(() => undefined);
      await openSource('s3://from-data/k', { signal }).catch(() => undefined);
    } finally {
      delete process.env.AWS_ENDPOINT_URL_S3;
    }
    assert.ok(isAllowedBucket('my-own'));
    assert.equal(isAllowedBucket('from-data'), false);
  });

  test('keys and who pays do not follow a redirect to another host', async () => {
    await using other = await rangeServer({ '/k': new Uint8Array(10) });
    allowHostOf(new URL(other.origin));
    await using server = await rangeServer({}, { redirects: { '/bucket/k': `${other.origin}/k` } });
    const settings = { ...keys, endpoint: new URL(server.origin) };
    assert.equal(await (await openS3('s3://bucket/k', { settings })).size(), 10);
    assert.match(server.headers[0]?.authorization ?? '', /^AWS4/);
    const names = Object.keys(other.headers[0] ?? {});
    assert.deepEqual(
      names.filter((name) => name === 'authorization' || name.startsWith('x-amz-')),
      [],
    );
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

  test('a bucket in another region than the configured one is found by what the refusal says', async () => {
    const elsewhere = { ...settings, region: 'eu-west-3' };
    const source = await openS3('s3://bucket/a b/ü+(1).bin', { settings: elsewhere });
    const part = await source.read({ offset: 150_000, length: 100 });
    assert.deepEqual(Buffer.from(part), Buffer.from(object.subarray(150_000, 150_100)));
  });

  test('bytes of a whole object are held against the checksum that the store keeps', async () => {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(object));
    await gateway?.put('bucket', 'crc', object, { 'x-amz-checksum-crc32': crc.toString('base64') });
    for (const key of ['crc', 'a b/ü+(1).bin']) {
      const address = `s3://bucket/${key}`;
      const access = s3Access(address, { settings });
      const part = await readPart({ url: access.url, name: address }, access);
      assert.equal(part.checked, 'right', key);
      assert.deepEqual(Buffer.from(part.bytes), Buffer.from(object));
    }
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
