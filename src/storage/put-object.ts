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

/**
 * Writes an object of S3 or of storage that speaks its protocol, signed, tried again like reads; beyond 16 MiB in parts, of
 * which one is in memory. Readers see the old object or the whole new one. The bucket must have been named by the user, like those that are
 * read with keys. Throws `StorageFailure` with what the server says, `InvalidArgument` without keys, `Cancelled`;
 * parts of an upload that failed are given up, and an error says when they could not be within 3 s.
 */
export async function putObject(
  address: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: S3Options = {},
): Promise<void> {
  const send = s3Requests(address, options);
  let upload: string | undefined;
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
      const query = { partNumber: String(tags.length + 1), uploadId: upload };
      const { headers } = await send({ method: 'PUT', query, body: part });
      tags.push(String(headers.etag ?? ''));
      size += part.length;
    }
    if (upload !== undefined) await finishUpload(send, address, upload, tags, size);
  } catch (error) {
    if (upload === undefined || (await giveUp(send, upload))) throw error;
    throw partsRemain(error, address, upload);
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

async function startUpload(send: S3Send, address: string): Promise<string> {
  const { text } = await send({ method: 'POST', query: { uploads: '' } });
  const id = /<UploadId>([^<]+)<\/UploadId>/.exec(text)?.[1];
  if (id === undefined) throw new StorageFailure(`${address}: the server gave no id for an upload in parts`);
  return id.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

async function finishUpload(
  send: S3Send,
  address: string,
  upload: string,
  tags: readonly string[],
  size: number,
): Promise<void> {
  const parts = tags.map(
    (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  try {
    const query = { uploadId: upload };
    const { text } = await send({ method: 'POST', query, body: new TextEncoder().encode(body) });
    if (/<CompleteMultipartUploadResult[\s>]/.test(text)) return;
    throw new StorageFailure(`${address}: the server does not say that it joined the parts`);
  } catch (error) {
    // An answer that was lost leaves an object that stands, and a repeat that finds no upload.
    if (error instanceof StorageFailure && (await isJoined(send, tags, size))) return;
    throw error;
  }
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

/** Parts that nobody joins are kept, and paid for, until somebody gives them up. Gives whether they are gone. */
async function giveUp(send: S3Send, upload: string): Promise<boolean> {
  try {
    await send(
      { method: 'DELETE', query: { uploadId: upload }, may404: true },
      AbortSignal.timeout(GIVE_UP_MS),
    );
    return true;
  } catch {
    return false;
  }
}

/** The error, of its class, with what is left behind. */
function partsRemain(error: unknown, address: string, upload: string): FurrowError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${reason}; the server did not take back the parts that were sent, so they may remain and be paid for: end the upload '${upload}' of ${address} (abort-multipart-upload), or let a lifecycle rule of the bucket do it`;
  const own = error instanceof FurrowError && !(error instanceof ProcessException);
  const Kind = own ? (error.constructor as typeof StorageFailure) : StorageFailure;
  return new Kind(message, { cause: error });
}
