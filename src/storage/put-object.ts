import { createHash } from 'node:crypto';
import { FurrowError, LimitExceeded, ProcessException, StorageFailure } from '../errors.ts';
import { type S3Answer, type S3Send, s3Requests } from './s3-requests.ts';
import type { S3Options } from './s3-source.ts';

/** Up to here an object goes in one request, beyond it in parts of this size; S3 takes parts from 5 MiB on. */
export const PART_BYTES = 16 * 2 ** 20;
/** Parts of one object at most (Amazon S3 user guide, "Multipart upload limits"). */
const MOST_PARTS = 10_000;
/** Whoever cancelled, or was failed, waits so long at most for the parts to be given up. */
export const GIVE_UP_MS = 3_000;

/** An upload in parts. */
interface Upload {
  readonly id: string;
  /** The server was asked to join the parts, and nothing is known of it. */
  joining: boolean;
}

/**
 * Writes an object of S3 or of storage that speaks its protocol, signed, tried again like reads; beyond 16 MiB in parts, of
 * which one is in memory. Readers see the old object or the whole new one. The bucket must have been named by the user, like those that are
 * read with keys. Throws `StorageFailure` with what the server says, `InvalidArgument` without keys, `Cancelled`;
 * parts of an upload that failed are given up, and an error says when they could not be within 3 s, or when the new object may stand
 * nevertheless.
 */
export async function putObject(
  address: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: S3Options = {},
): Promise<void> {
  const send = s3Requests(address, options);
  let upload: Upload | undefined;
  let size = 0;
  const tags: string[] = [];
  try {
    for await (const { part, last } of partsOf(content)) {
      if (last && upload === undefined) {
        await send({ method: 'PUT', body: part });
        return;
      }
      upload ??= await startUpload(send, address);
      if (tags.length === MOST_PARTS)
        throw new LimitExceeded(
          `${address}: an object has at most ${MOST_PARTS} parts of ${PART_BYTES} bytes`,
        );
      const query = { partNumber: String(tags.length + 1), uploadId: upload.id };
      const { headers } = await send({ method: 'PUT', query, body: part });
      tags.push(String(headers.etag ?? ''));
      size += part.length;
    }
    if (upload !== undefined) await finishUpload(send, address, upload, tags, size);
  } catch (error) {
    if (upload === undefined) throw error;
    const left = whatIsLeft(await giveUp(send, upload), address, upload);
    throw left === undefined ? error : saying(error, left);
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

async function startUpload(send: S3Send, address: string): Promise<Upload> {
  const { text } = await send({ method: 'POST', query: { uploads: '' } });
  const id = /<UploadId>([^<]+)<\/UploadId>/.exec(text)?.[1];
  if (id === undefined) throw new StorageFailure(`${address}: the server gave no id for an upload in parts`);
  return { id: id.replaceAll('&quot;', '"').replaceAll('&amp;', '&'), joining: false };
}

async function finishUpload(
  send: S3Send,
  address: string,
  upload: Upload,
  tags: readonly string[],
  size: number,
): Promise<void> {
  const parts = tags.map(
    (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  upload.joining = true;
  const asked = {
    method: 'POST',
    query: { uploadId: upload.id },
    body: new TextEncoder().encode(body),
    may404: true,
    mayRefuse: true,
  } as const;
  const answer = await send(asked).catch((error: unknown) => {
    if (error instanceof StorageFailure) return { failure: error };
    throw error;
  });
  let failure: StorageFailure;
  if ('failure' in answer) failure = answer.failure;
  else if (answer.refusal) throw answer.refusal;
  else if (/<CompleteMultipartUploadResult[\s>/]/.test(answer.text)) return;
  else if (answer.status === 404)
    failure = new StorageFailure(`${address}: the server no longer knows the upload whose parts were sent`);
  else failure = new StorageFailure(`${address}: the server does not say that it joined the parts`);
  // An answer that was lost leaves an object that stands, and a repeat that finds no upload.
  const joined = await isJoined(send, tags, size);
  upload.joining = false;
  if (!joined) throw failure;
  // The same object may have stood before, its parts waiting beside it.
  if ('failure' in answer && (await giveUp(send, upload)) === 'unheard') throw failure;
}

/** Whether the object at the address is the one that these parts make: an ETag in parts is the MD5 of the parts' own. */
async function isJoined(send: S3Send, tags: readonly string[], size: number): Promise<boolean> {
  const digests = tags.map((tag) => /^"?([0-9a-f]{32})"?$/.exec(tag)?.[1]);
  const joined = createHash('md5')
    .update(Buffer.from(digests.join(''), 'hex'))
    .digest('hex');
  const { status, headers } = await send({ method: 'HEAD', may404: true }).catch((error: unknown) => {
    // What is told is why the parts were not joined.
    if (error instanceof StorageFailure) return { status: 0, headers: {} as S3Answer['headers'] };
    throw error;
  });
  return (
    status === 200 &&
    digests.every((digest) => digest !== undefined) &&
    headers.etag === `"${joined}-${tags.length}"` &&
    Number(headers['content-length']) === size
  );
}

/** Parts that nobody joins are kept, and paid for, until somebody gives them up. */
async function giveUp(send: S3Send, upload: Upload): Promise<'given up' | 'no upload' | 'unheard'> {
  try {
    const { status } = await send(
      { method: 'DELETE', query: { uploadId: upload.id }, may404: true },
      AbortSignal.timeout(GIVE_UP_MS),
    );
    return status === 404 ? 'no upload' : 'given up';
  } catch {
    return 'unheard';
  }
}

/** What an upload that failed may have left behind; undefined when nothing. */
function whatIsLeft(
  ended: Awaited<ReturnType<typeof giveUp>>,
  address: string,
  { id, joining }: Upload,
): string | undefined {
  const stands = `the server was asked to join the parts before, so the new object may stand at ${address}`;
  if (ended === 'no upload') return joining ? `${stands}: look before you write it again` : undefined;
  if (ended === 'given up') return undefined;
  const remain = `the server did not take back the parts that were sent, so they may remain and be paid for: end the upload '${id}' of ${address} (abort-multipart-upload), or let a lifecycle rule of the bucket do it`;
  return joining ? `${remain}; ${stands}` : remain;
}

/** The error, of its class, that says this too. */
function saying(error: unknown, more: string): FurrowError {
  const reason = error instanceof Error ? error.message : String(error);
  const own = error instanceof FurrowError && !(error instanceof ProcessException);
  const Kind = own ? (error.constructor as typeof StorageFailure) : StorageFailure;
  return new Kind(`${reason}; ${more}`, { cause: error });
}
