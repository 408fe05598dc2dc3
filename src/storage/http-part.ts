import { FileNotFound, ObjectChanged, StorageFailure, throwIfCancelled, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { checkAgainstStore, verifyReads } from './checksums.ts';
import { MERGE_MOST_BYTES } from './coalesce.ts';
import { type Refusal, readRefusal, takeAll, takeBody } from './http-body.ts';
import { type Answer, discard, get } from './http-request.ts';
import { type Attempt, type RetryOptions, TRIES, withRetries } from './retry.ts';
import type { ByteRange, ReadOptions } from './source.ts';

export interface HttpOptions extends RetryOptions, Pick<ReadOptions, 'memory'> {
  /** The object's name in messages and keys; the address when left out. */
  readonly name?: string | undefined;
  /** Address and headers of the next request, asked anew for every try (a signature ages). */
  readonly prepare?:
    | ((headers: Readonly<Record<string, string>>) => {
        readonly url: URL;
        readonly headers: Readonly<Record<string, string>>;
      })
    | undefined;
  /** Looks at a refusal; true when the next `prepare` will do better (another region, say). */
  readonly adjust?: ((answer: Answer, refusal: Refusal) => boolean) | undefined;
  /** What the user can do about a refusal with this status. */
  readonly advise?: ((status: number) => string | undefined) | undefined;
}

/** What an earlier answer said of the object. */
export interface KnownObject {
  readonly total: number;
  readonly version: string;
}

export interface Part extends KnownObject {
  readonly bytes: Uint8Array;
  /** The server sent everything, asked or not. */
  readonly whole: boolean;
  readonly checked: 'right' | 'unknown' | 'doubtful';
  readonly secure: boolean;
}

export interface PartRequest {
  readonly url: URL;
  readonly name: string;
  /** Left out: the whole object with one GET, for which stores state a checksum. */
  readonly range?: ByteRange | undefined;
  readonly known?: KnownObject | undefined;
}

/**
 * One part of an object, asked for until it comes right: at most `TRIES` requests, twice as many where bytes must come alike
 * from two answers (`FURROW_VERIFY_READS=twice` on plain http, or an ETag that contradicts them).
 */
export async function readPart(request: PartRequest, options: HttpOptions): Promise<Part> {
  const { url, name, range, known } = request;
  const twice = verifyReads() === 'twice';
  const earlier: Uint8Array[] = [];
  const headers: Record<string, string> = {};
  if (range) headers.range = `bytes=${range.offset}-${range.offset + range.length - 1}`;
  if (known?.version.startsWith('"')) headers['if-match'] = known.version;
  const attempt = async (): Promise<Attempt<Part>> => {
    const prepared = options.prepare?.(headers) ?? { url, headers };
    const outcome = await get(prepared.url, prepared.headers, options.signal);
    if (!('value' in outcome)) return outcome;
    const part = await settle(outcome.value, request, options);
    if (!('value' in part)) return part;
    const { checked, secure, bytes } = part.value;
    if (checked === 'right' || (checked === 'unknown' && (secure || !twice))) return part;
    if (earlier.some((other) => Buffer.compare(other, bytes) === 0)) return part;
    // Two copies at most are kept: the next one that is alike settles it.
    if (earlier.push(bytes) > 2) earlier.shift();
    return { passing: 'no two answers brought the same bytes', atOnce: true };
  };
  return withRetries(name, attempt, { ...options, tries: twice ? 2 * TRIES : TRIES });
}

/** The answer's part, its body read or let go of. */
async function settle(answer: Answer, request: PartRequest, options: HttpOptions): Promise<Attempt<Part>> {
  try {
    const taken = await partOf(answer, request, options);
    if (!('value' in taken)) {
      discard(answer);
      return taken;
    }
    if (!answer.body.readableEnded) discard(answer);
    const { bytes, total } = taken.value;
    const verdict = checkAgainstStore(answer.headers, bytes, bytes.length === total);
    if (typeof verdict === 'object')
      return { passing: `the bytes that came do not match the store's ${verdict.wrong}` };
    return { value: { ...taken.value, checked: verdict, secure: answer.url.protocol === 'https:' } };
  } catch (error) {
    discard(answer);
    throw error;
  }
}

type Taken = Omit<Part, 'checked' | 'secure'>;

async function partOf(answer: Answer, request: PartRequest, options: HttpOptions): Promise<Attempt<Taken>> {
  const { name, known } = request;
  const { status, headers } = answer;
  if (status === 408 || status === 429 || status >= 500)
    return {
      passing: `the server answered ${status}`,
      waitMs: retryAfterMs(headers['retry-after'], options.now?.() ?? new Date()),
    };
  const encoding = headers['content-encoding'];
  if (status < 300 && encoding !== undefined && encoding !== 'identity')
    throw new Unsupported(`${name}: the server sends it as ${encoding}, of which no range can be read`);
  if (status === 206 && request.range) return rangeOf(answer, request.range, request, options);
  if (status === 200) return wholeOf(answer, request, options);
  if (status === 416 && known === undefined && /\*\/0$/.test(headers['content-range'] ?? ''))
    return { value: { bytes: new Uint8Array(0), total: 0, version: versionOf(headers, 0), whole: true } };
  if (status === 416 || status === 412)
    throw new ObjectChanged(
      `${name} changed while it was being read (answer ${status}); start the read again`,
    );
  if (status === 404 || status === 410)
    throw new FileNotFound(`nothing stands at ${name} (answer ${status})`);
  const refusal = await readRefusal(answer, options);
  throwIfCancelled(options.signal, `reading ${name}`);
  if (options.adjust?.(answer, refusal) || status < 400) return { passing: `the server answered ${status}` };
  const { code } = refusal;
  if (code === 'RequestTimeout') return { passing: `the server answered ${status} (${code})` };
  const advice = options.advise?.(status);
  throw new StorageFailure(
    `${name}: the server refuses with ${status}${code === undefined ? '' : ` (${code})`}${advice === undefined ? '' : `; ${advice}`}`,
  );
}

async function rangeOf(
  answer: Answer,
  { offset, length }: ByteRange,
  { name, known }: PartRequest,
  options: HttpOptions,
): Promise<Attempt<Taken>> {
  const text = answer.headers['content-range'] ?? '';
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(text);
  if (!match) return { passing: `the answer's range reads '${text}'` };
  const [from, to, total] = match.slice(1).map(Number) as [number, number, number];
  const version = versionOf(answer.headers, total);
  checkUnchanged(name, known, { total, version });
  const expected = Math.min(length, total - offset);
  if (from !== offset || to - from + 1 !== expected || expected < 0)
    return { passing: `${text} came in place of ${length} bytes from ${offset}` };
  const bytes = await takeBody(answer, { skip: 0, length: expected, open: false }, options);
  return 'value' in bytes ? { value: { bytes: bytes.value, total, version, whole: false } } : bytes;
}

/** The whole object, asked for or not. Of an object that was read by range before only the range is kept, where it lies near. */
async function wholeOf(
  answer: Answer,
  { name, range, known }: PartRequest,
  options: HttpOptions,
): Promise<Attempt<Taken>> {
  const text = answer.headers['content-length'];
  const stated = text === undefined ? undefined : Number(text);
  const where = range && !known ? `${name} (its server cannot read ranges)` : name;
  if (known) {
    const total = stated ?? known.total;
    checkUnchanged(name, known, { total, version: versionOf(answer.headers, total) });
    const { offset, length } = range ?? { offset: 0, length: total };
    if (range && offset + length > MERGE_MOST_BYTES)
      return { passing: 'the server sent the whole object in place of a range' };
    checkLimit('readBytes', offset + length, where);
    const bytes = await takeBody(answer, { skip: offset, length, open: range !== undefined }, options);
    return 'value' in bytes ? { value: { ...known, bytes: bytes.value, whole: range === undefined } } : bytes;
  }
  if (stated !== undefined) checkLimit('readBytes', stated, where);
  const bytes =
    stated === undefined
      ? await takeAll(answer, name, options)
      : await takeBody(answer, { skip: 0, length: stated, open: false }, options);
  if (!('value' in bytes)) return bytes;
  const total = bytes.value.length;
  return { value: { bytes: bytes.value, total, version: versionOf(answer.headers, total), whole: true } };
}

function checkUnchanged(name: string, known: KnownObject | undefined, now: KnownObject): void {
  if (known && (now.total !== known.total || now.version !== known.version))
    throw new ObjectChanged(`${name} changed while it was being read; start the read again`);
}

function versionOf(headers: Readonly<Record<string, string>>, total: number): string {
  return headers.etag ?? `${headers['last-modified'] ?? ''}-${total}`;
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(text: string | undefined, now: Date): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const seconds = Number(text);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now.getTime();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}
