import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { checkAgainstStore, verifyReads } from '../../src/storage/checksums.ts';
import { crc } from '../../src/storage/crc.ts';

const bytes = Buffer.from('123456789');
const other = Buffer.from('123456780');
const hash = (name: string): string => createHash(name).update(bytes).digest('base64');
const md5 = createHash('md5').update(bytes).digest('hex');

describe('checksums', () => {
  test('the CRCs give the check values of their catalogue', () => {
    // "check" of CRC-32/ISO-HDLC, CRC-32/ISCSI and CRC-64/NVME at https://reveng.sourceforge.io/crc-catalogue/
    assert.equal(crc('crc32', bytes).toString('hex'), 'cbf43926');
    assert.equal(crc('crc32c', bytes).toString('hex'), 'e3069283');
    assert.equal(crc('crc64nvme', bytes).toString('hex'), 'ae8b14860a799888');
  });

  for (const [name, headers, whole] of [
    ['Content-Digest of a part', { 'content-digest': `sha-256=:${hash('sha256')}:` }, false],
    ['Repr-Digest', { 'repr-digest': `unixsum=:AAAA:, sha-512=:${hash('sha512')}:` }, true],
    ['Digest', { digest: `md5=${hash('md5')}` }, true],
    ['Content-MD5', { 'content-md5': hash('md5') }, true],
    [
      'x-goog-hash',
      { 'x-goog-hash': `crc32c=${crc('crc32c', bytes).toString('base64')}, md5=${hash('md5')}` },
      true,
    ],
    ['x-amz-checksum-sha256', { 'x-amz-checksum-sha256': hash('sha256') }, true],
    [
      'x-amz-checksum-crc64nvme',
      { 'x-amz-checksum-crc64nvme': crc('crc64nvme', bytes).toString('base64') },
      true,
    ],
  ] as const)
    test(`${name} tells right bytes from wrong ones`, () => {
      assert.equal(checkAgainstStore(headers, bytes, whole), 'right');
      assert.equal(typeof checkAgainstStore(headers, other, whole), 'object');
      if (whole) assert.equal(checkAgainstStore(headers, other, false), 'unknown');
    });

  test('the ETag of S3 counts as an MD5 where it is one by custom, and only raises doubt', () => {
    const headers = { etag: `"${md5}"`, 'x-amz-request-id': 'x' };
    assert.equal(checkAgainstStore(headers, bytes, true), 'right');
    assert.equal(checkAgainstStore(headers, other, true), 'doubtful');
    assert.equal(checkAgainstStore(headers, other, false), 'unknown');
    assert.equal(checkAgainstStore({ etag: `"${md5}"` }, other, true), 'unknown');
    assert.equal(checkAgainstStore({ ...headers, etag: `"${md5}-3"` }, other, true), 'unknown');
    assert.equal(
      checkAgainstStore({ ...headers, 'x-amz-server-side-encryption': 'aws:kms' }, other, true),
      'unknown',
    );
  });

  test('composites of multipart objects and digests of a wrong length say nothing', () => {
    const sum = { 'x-amz-checksum-sha256': hash('sha1') };
    assert.equal(checkAgainstStore(sum, other, true), 'unknown');
    const composite = { 'x-amz-checksum-sha256': hash('sha256'), 'x-amz-checksum-type': 'COMPOSITE' };
    assert.equal(checkAgainstStore(composite, other, true), 'unknown');
    assert.equal(checkAgainstStore({ 'x-amz-checksum-crc32': `${hash('md5')}-2` }, other, true), 'unknown');
  });

  test('how reads are verified is one of two words', () => {
    assert.equal(verifyReads({}), 'checksums');
    assert.equal(verifyReads({ FURROW_VERIFY_READS: 'twice' }), 'twice');
    assert.throws(() => verifyReads({ FURROW_VERIFY_READS: 'yes' }), InvalidArgument);
  });
});
