import { createHash } from 'node:crypto';
import { InvalidArgument } from '../errors.ts';
import { crc } from './crc.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * What the store's own checksum says of bytes: `right`; `unknown` when it states none that covers them; `doubtful` when only
 * the ETag contradicts, which is an MD5 by custom and not by promise; or which checksum they do not match.
 */
export type Verdict = 'right' | 'unknown' | 'doubtful' | { readonly wrong: string };

/**
 * Holds the bytes of one answer against the checksums in its headers: Content-Digest (RFC 9530) for any part; for a whole
 * object also Repr-Digest, Digest (RFC 3230), x-amz-checksum-* (not of multipart composites), x-goog-hash, Content-MD5, and
 * the ETag of an S3 object that was put in one piece and not encrypted with a customer's key.
 */
export function checkAgainstStore(headers: Headers, bytes: Uint8Array, whole: boolean): Verdict {
  const stated = statedBy(headers, whole)[0];
  if (stated !== undefined)
    return digestOf(stated.algorithm, bytes).equals(stated.digest) ? 'right' : { wrong: stated.name };
  const md5 = whole ? etagMd5(headers) : undefined;
  if (md5 === undefined) return 'unknown';
  return createHash('md5').update(bytes).digest('hex') === md5 ? 'right' : 'doubtful';
}

const hashes = ['sha512', 'sha256', 'sha1', 'md5'] as const;
const crcs = ['crc64nvme', 'crc32c', 'crc32'] as const;
type Algorithm = (typeof hashes)[number] | (typeof crcs)[number];
const lengths: Readonly<Record<Algorithm, number>> = {
  sha512: 64,
  sha256: 32,
  sha1: 20,
  md5: 16,
  crc64nvme: 8,
  crc32c: 4,
  crc32: 4,
};

interface Stated {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly digest: Buffer;
}

function digestOf(algorithm: Algorithm, bytes: Uint8Array): Buffer {
  return algorithm === 'crc32' || algorithm === 'crc32c' || algorithm === 'crc64nvme'
    ? crc(algorithm, bytes)
    : createHash(algorithm).update(bytes).digest();
}

/** The checksums that cover these bytes, those that promise most first; ones of an unknown kind or length are left out. */
function statedBy(headers: Headers, whole: boolean): Stated[] {
  const found: Stated[] = [];
  const add = (name: string, kind: string, base64: string | undefined): void => {
    const algorithm = kind.toLowerCase().replace('-', '') as Algorithm;
    if (base64 === undefined || !(algorithm in lengths)) return;
    const digest = Buffer.from(base64, 'base64');
    if (digest.length === lengths[algorithm]) found.push({ name, algorithm, digest });
  };
  const addList = (name: string): void => {
    for (const [, kind = '', base64] of (headers[name] ?? '').matchAll(
      /([a-z0-9-]+)=:?([A-Za-z0-9+/]+={0,2}):?/gi,
    ))
      add(name, kind, base64);
  };
  addList('content-digest');
  if (!whole) return found;
  addList('repr-digest');
  addList('digest');
  // The checksum of checksums of a multipart object says nothing of the bytes as a whole.
  if (headers['x-amz-checksum-type']?.toUpperCase() !== 'COMPOSITE')
    for (const kind of [...hashes, ...crcs]) {
      const text = headers[`x-amz-checksum-${kind}`];
      if (text !== undefined && !text.includes('-')) add(`x-amz-checksum-${kind}`, kind, text);
    }
  addList('x-goog-hash');
  add('content-md5', 'md5', headers['content-md5']);
  return found;
}

function etagMd5(headers: Headers): string | undefined {
  if (headers['x-amz-request-id'] === undefined) return undefined;
  if (headers['x-amz-server-side-encryption']?.startsWith('aws:kms')) return undefined;
  if (headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined) return undefined;
  return /^"([0-9a-f]{32})"$/.exec(headers.etag ?? '')?.[1];
}

/**
 * What is done about bytes that no checksum covers when they come over plain http, whose only guard is TCP's 16-bit sum:
 * `checksums` (the default) takes them, `twice` asks for them until two answers are alike. `FURROW_VERIFY_READS` says which.
 */
export function verifyReads(environment: NodeJS.ProcessEnv = process.env): 'checksums' | 'twice' {
  const text = environment.FURROW_VERIFY_READS || 'checksums';
  if (text === 'checksums' || text === 'twice') return text;
  throw new InvalidArgument(`FURROW_VERIFY_READS is '${text}': write checksums or twice`);
}
