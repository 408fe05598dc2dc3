import { FileNotFound, InvalidFile, ObjectChanged, StorageFailure, Unsupported } from '../errors.ts';
import { checkLimit, limit } from '../limits.ts';
import { clampRange } from './check-range.ts';
import { readCoalesced } from './coalesce.ts';
import { type Answer, discard, get, passing } from './http-request.ts';
import { memorySource } from './memory-source.ts';
import { type Attempt, type RetryOptions, withRetries } from './retry.ts';
import type { ByteRange, ByteSource } from './source.ts';

/** Read when the object is opened: holds most headers (see `header-reader.ts`) and many small objects whole. */
const FIRST_READ_BYTES = 32 * 1024;

export interface HttpOptions extends RetryOptions {
  /** The object's name in messages and keys; the address when left out. */
  readonly name?: string | undefined;
  /** Address and headers of the next request, asked anew for every try (a signature ages). */
  readonly prepare?:
    | ((range: string) => { readonly url: URL; readonly headers: Readonly<Record<string, string>> })
    | undefined;
  /** Looks at a refusal; true when the next `prepare` will do better (another region, say). */
  readonly adjust?: ((answer: Answer) => boolean) | undefined;
}

interface Part {
  readonly bytes: Uint8Array;
  readonly total: number;
  readonly version: string;
  /** The server ignored the range and sent everything. */
  readonly whole: boolean;
}

/**
 * An object behind http or https. Opening reads its first 32 KB, which tells size and ETag; every later answer must
 * show the same ETag (or date and size), else `ObjectChanged`. Broken, truncated or wrong answers and 408, 429, 5xx are tried again.
 * A server without ranges is read whole, within `readBytes`. Throws `FileNotFound`, `EgressRefused`, `StorageFailure`.
 */
export async function openHttp(url: URL, options: HttpOptions = {}): Promise<ByteSource> {
  const name = options.name ?? url.href;
  const first = await readPart(url, name, { offset: 0, length: FIRST_READ_BYTES }, undefined, options);
  const { total, version } = first;
  if (first.whole) return memorySource(first.bytes, name, version);

  const read = async (range: ByteRange, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const { offset, length } = clampRange(range, total, name);
    if (offset + length <= first.bytes.length) return first.bytes.subarray(offset, offset + length);
    const known = { total, version };
    const { bytes } = await readPart(url, name, { offset, length }, known, { ...options, signal });
    return bytes;
  };
  return {
    url: name,
    size: async () => total,
    version: async () => version,
    read: (range, readOptions) => read(range, readOptions?.signal),
    readMany: async (ranges, readOptions) => {
      for (const range of ranges) clampRange(range, total, name);
      return readCoalesced(ranges, (range) => read(range, readOptions?.signal));
    },
  };
}

async function readPart(
  url: URL,
  name: string,
  range: ByteRange,
  known: { readonly total: number; readonly version: string } | undefined,
  options: HttpOptions,
): Promise<Part> {
  const text = `bytes=${range.offset}-${range.offset + range.length - 1}`;
  return withRetries(
    name,
    async () => {
      const prepared = options.prepare?.(text) ?? { url, headers: {} };
      const outcome = await get(prepared.url, { ...prepared.headers, range: text }, options.signal);
      if (!('value' in outcome)) return outcome;
      const answer = outcome.value;
      try {
        const part = await partOf(answer, name, range, known, options);
        if (!('value' in part)) discard(answer);
        return part;
      } catch (error) {
        discard(answer);
        throw error;
      }
    },
    options,
  );
}

async function partOf(
  answer: Answer,
  name: string,
  range: ByteRange,
  known: { readonly total: number; readonly version: string } | undefined,
  options: HttpOptions,
): Promise<Attempt<Part>> {
  const { status, headers } = answer;
  if (status === 408 || status === 429 || status >= 500)
    return { passing: `the server answered ${status}`, waitMs: retryAfterMs(headers['retry-after']) };
  const encoding = headers['content-encoding'];
  if (status < 300 && encoding !== undefined && encoding !== 'identity')
    throw new Unsupported(`${name}: the server sends it as ${encoding}, of which no range can be read`);
  if (status === 206) return rangeOf(answer, name, range, known, options.signal);
  if (status === 200) {
    if (known) return { passing: 'the server sent the whole object in place of a range' };
    return wholeOf(answer, name, options.signal);
  }
  if (status === 416 && known === undefined && /\*\/0$/.test(headers['content-range'] ?? ''))
    return { value: { bytes: new Uint8Array(0), total: 0, version: versionOf(headers, 0), whole: true } };
  if (status === 416 || status === 412)
    throw new ObjectChanged(`${name} changed while it was being read (answer ${status})`);
  if (status === 404 || status === 410)
    throw new FileNotFound(`nothing stands at ${name} (answer ${status})`);
  if (options.adjust?.(answer)) return { passing: `the server answered ${status}` };
  throw new StorageFailure(`${name}: the server refuses with ${status}`);
}

async function rangeOf(
  answer: Answer,
  name: string,
  { offset, length }: ByteRange,
  known: { readonly total: number; readonly version: string } | undefined,
  signal: AbortSignal | undefined,
): Promise<Attempt<Part>> {
  const text = answer.headers['content-range'] ?? '';
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(text);
  if (!match) return { passing: `the answer's range reads '${text}'` };
  const [from, to, total] = match.slice(1).map(Number) as [number, number, number];
  const version = versionOf(answer.headers, total);
  if (known && (total !== known.total || version !== known.version))
    throw new ObjectChanged(`${name} changed while it was being read; start the read again`);
  const expected = Math.min(length, total - offset);
  if (from !== offset || to - from + 1 !== expected)
    return { passing: `${text} came in place of ${length} bytes from ${offset}` };
  const bytes = await collect(answer, expected, signal);
  return 'value' in bytes ? { value: { bytes: bytes.value, total, version, whole: false } } : bytes;
}

async function wholeOf(
  answer: Answer,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Attempt<Part>> {
  const length = answer.headers['content-length'];
  if (length !== undefined) {
    checkLimit('readBytes', Number(length), `${name} (its server cannot read ranges)`);
    const bytes = await collect(answer, Number(length), signal);
    if (!('value' in bytes)) return bytes;
    return {
      value: {
        bytes: bytes.value,
        total: bytes.value.length,
        version: versionOf(answer.headers, bytes.value.length),
        whole: true,
      },
    };
  }
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const part of answer.body) {
      if (!(part instanceof Uint8Array)) throw new InvalidFile(`${name}: no bytes`);
      total += part.length;
      checkLimit('readBytes', total, `${name} (its server cannot read ranges)`);
      parts.push(part);
    }
  } catch (error) {
    if (total > limit('readBytes') || error instanceof InvalidFile) throw error;
    return passing(error, answer.url, signal);
  }
  return {
    value: { bytes: Buffer.concat(parts), total, version: versionOf(answer.headers, total), whole: true },
  };
}

/** Exactly `expected` bytes of the body; more or fewer is a passing failure. */
async function collect(
  { body, url }: Answer,
  expected: number,
  signal: AbortSignal | undefined,
): Promise<Attempt<Uint8Array>> {
  const bytes = Buffer.allocUnsafeSlow(expected);
  let filled = 0;
  try {
    for await (const part of body) {
      if (!(part instanceof Uint8Array) || filled + part.length > expected)
        return { passing: 'the answer is too long' };
      bytes.set(part, filled);
      filled += part.length;
    }
  } catch (error) {
    return passing(error, url, signal);
  }
  if (filled < expected) return { passing: `the answer ended after ${filled} of ${expected} bytes` };
  return { value: bytes };
}

function versionOf(headers: Readonly<Record<string, string>>, total: number): string {
  return headers.etag ?? `${headers['last-modified'] ?? ''}-${total}`;
}

function retryAfterMs(text: string | undefined): number | undefined {
  const seconds = Number(text);
  return text !== undefined && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
