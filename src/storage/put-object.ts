import { createHash } from 'node:crypto';
import { request } from 'undici';
import { InvalidArgument, LimitExceeded, StorageFailure } from '../errors.ts';
import { limit } from '../limits.ts';
import { splitS3 } from './address.ts';
import { allowHostOf, checkEgress, isAllowedBucket } from './egress.ts';
import { passing, poolFor } from './http-request.ts';
import { type Attempt, withRetries } from './retry.ts';
import { objectUrl, type S3Options, s3Settings } from './s3-source.ts';
import { signV4 } from './sign-v4.ts';

/** Up to here an object goes in one request, beyond it in parts of this size; S3 takes parts from 5 MiB on. */
export const PART_BYTES = 16 * 2 ** 20;
/** Parts of one object at most (Amazon S3 user guide, "Multipart upload limits"). */
const MOST_PARTS = 10_000;
/** Answers to writes are a few lines of XML. */
const MOST_ANSWER_BYTES = 2 ** 20;

interface Sent {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

type Send = (
  method: 'PUT' | 'POST' | 'DELETE',
  query: Readonly<Record<string, string>>,
  body: Uint8Array,
) => Promise<Sent>;

/**
 * Writes an object of S3 or of storage that speaks its protocol, signed, tried again like reads; beyond 16 MiB in parts, of
 * which one is in memory. Readers see the old object or the whole new one. The bucket must have been named by the user, like those that are
 * read with keys. Throws `StorageFailure` with what the server says, `InvalidArgument` without keys, `Cancelled`;
 * parts of an upload that failed are given up.
 */
export async function putObject(
  address: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: S3Options = {},
): Promise<void> {
  const send = sender(address, options);
  let upload: string | undefined;
  const tags: string[] = [];
  try {
    for await (const { part, last } of partsOf(content)) {
      if (last && upload === undefined) {
        await send('PUT', {}, part);
        return;
      }
      upload ??= await startUpload(send, address);
      if (tags.length === MOST_PARTS)
        throw new LimitExceeded(
          `${address}: an object has at most ${MOST_PARTS} parts of ${PART_BYTES} bytes`,
        );
      const { headers } = await send('PUT', { partNumber: String(tags.length + 1), uploadId: upload }, part);
      tags.push(String(headers.etag ?? ''));
    }
    if (upload !== undefined) await finishUpload(send, address, upload, tags);
  } catch (error) {
    // Parts that nobody joins are kept, and paid for, until somebody gives them up.
    if (upload !== undefined)
      await sender(address, { ...options, signal: undefined })(
        'DELETE',
        { uploadId: upload },
        new Uint8Array(0),
      ).catch(() => undefined);
    throw error;
  }
}

/** The content in parts of `PART_BYTES`, the last one shorter or empty. */
async function* partsOf(
  content: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<{ part: Uint8Array; last: boolean }, void, undefined> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of content instanceof Uint8Array ? [content] : content) {
    waiting.push(piece);
    size += piece.length;
    if (size <= PART_BYTES) continue;
    const bytes = Buffer.concat(waiting);
    let at = 0;
    for (; size - at > PART_BYTES; at += PART_BYTES)
      yield { part: bytes.subarray(at, at + PART_BYTES), last: false };
    waiting = [bytes.subarray(at)];
    size -= at;
  }
  yield { part: Buffer.concat(waiting), last: true };
}

async function startUpload(send: Send, address: string): Promise<string> {
  const { text } = await send('POST', { uploads: '' }, new Uint8Array(0));
  const id = /<UploadId>([^<]+)<\/UploadId>/.exec(text)?.[1];
  if (id === undefined) throw new StorageFailure(`${address}: the server gave no id for an upload in parts`);
  return id.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

async function finishUpload(
  send: Send,
  address: string,
  upload: string,
  tags: readonly string[],
): Promise<void> {
  const parts = tags.map(
    (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  const { text } = await send('POST', { uploadId: upload }, new TextEncoder().encode(body));
  // A failure after the server began to answer comes with status 200 (API reference, "CompleteMultipartUpload").
  if (/<Error>/.test(text))
    throw new StorageFailure(`${address}: the parts were not joined (${reasonOf(text)})`);
}

function sender(address: string, options: S3Options): Send {
  const settings = options.settings ?? s3Settings();
  const { credentials, endpoint } = settings;
  const { bucket, key } = splitS3(address);
  const now = options.now ?? (() => new Date());
  if (credentials === undefined)
    throw new InvalidArgument(
      `${address}: writing takes keys; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  if (endpoint === undefined && !isAllowedBucket(bucket))
    throw new InvalidArgument(
      `${address}: the bucket was not named by you; FURROW_S3_BUCKETS=${bucket} lets your keys be used on it`,
    );
  let region = settings.region;
  if (endpoint) allowHostOf(objectUrl(bucket, key, region, settings));
  return (method, query, body) =>
    withRetries(
      `writing ${address}`,
      async (): Promise<Attempt<Sent>> => {
        const url = objectUrl(bucket, key, region, settings);
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
        checkEgress(url);
        const payloadHash = createHash('sha256').update(body).digest('hex');
        const extra: Record<string, string> = settings.requesterPays
          ? { 'x-amz-request-payer': 'requester' }
          : {};
        const signing = { payloadHash, service: 's3', region, credentials, date: now() };
        const headers = signV4({ method, url, headers: extra, ...signing });
        const answer = await exchange(url, method, headers, body, options.signal);
        if (!('value' in answer)) return answer;
        const { status, sent } = answer.value;
        if (status >= 200 && status < 300) return { value: sent };
        if (status === 408 || status === 429 || status >= 500)
          return { passing: `the server answered ${status}` };
        const right = sent.headers['x-amz-bucket-region'];
        if (typeof right === 'string' && right !== region && /^[a-z0-9-]+$/.test(right)) {
          region = right;
          return { passing: `the bucket lies in ${right}` };
        }
        throw new StorageFailure(`${address}: the server refuses with ${status} (${reasonOf(sent.text)})`);
      },
      options,
    );
}

async function exchange(
  url: URL,
  method: 'PUT' | 'POST' | 'DELETE',
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Attempt<{ status: number; sent: Sent }>> {
  const milliseconds = limit('requestMs');
  try {
    const answer = await request(url, {
      method,
      headers,
      body: Buffer.from(body.buffer, body.byteOffset, body.length),
      dispatcher: poolFor(url),
      headersTimeout: milliseconds,
      bodyTimeout: milliseconds,
      signal: signal ?? null,
    });
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of answer.body) {
      if (!(piece instanceof Uint8Array)) continue;
      size += piece.length;
      if (size > MOST_ANSWER_BYTES) break;
      pieces.push(Buffer.from(piece));
    }
    const sent = { headers: answer.headers, text: Buffer.concat(pieces).toString('utf8') };
    return { value: { status: answer.statusCode, sent } };
  } catch (error) {
    return passing(error, url, signal);
  }
}

/** What the server's XML says of a refusal. */
function reasonOf(text: string): string {
  const [, code = ''] = /<Code>([^<]*)<\/Code>/.exec(text) ?? [];
  const [, message = ''] = /<Message>([^<]*)<\/Message>/.exec(text) ?? [];
  return [code, message].filter(Boolean).join(': ') || 'no reason given';
}
