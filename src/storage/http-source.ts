import { checkLimit } from '../limits.ts';
import { clampRange } from './check-range.ts';
import { readCoalesced } from './coalesce.ts';
import { type HttpOptions, type Part, readPart } from './http-part.ts';
import { memorySource } from './memory-source.ts';
import type { ByteRange, ByteSource, ReadOptions } from './source.ts';

export type { HttpOptions } from './http-part.ts';

/** Read when the object is opened: holds most headers (see `header-reader.ts`) and many small objects whole. */
const FIRST_READ_BYTES = 32 * 1024;

/**
 * An object behind http or https. Opening reads its first 32 KB, which tells size and ETag; every later answer must
 * show the same ETag (or date and size), else `ObjectChanged`. Broken, truncated, slow or wrong answers, bytes that contradict the
 * store's checksum, and 408, 429, 5xx are tried again. A server without ranges is read whole, within `readBytes`. Throws
 * `FileNotFound`, `EgressRefused`, `StorageFailure`.
 */
export async function openHttp(url: URL, options: HttpOptions = {}): Promise<ByteSource> {
  const name = options.name ?? url.href;
  const first = await readPart({ url, name, range: { offset: 0, length: FIRST_READ_BYTES } }, options);
  const known = { total: first.total, version: first.version };
  if (first.whole) return memorySource(first.bytes, name, first.version);

  const ask = (range: ByteRange | undefined, { signal, memory }: ReadOptions): Promise<Part> =>
    readPart({ url, name, range, known }, { ...options, signal, memory });
  const read = async (range: ByteRange, readOptions: ReadOptions = {}): Promise<Uint8Array> => {
    const { offset, length } = clampRange(range, known.total, name);
    if (offset + length <= first.bytes.length) return first.bytes.subarray(offset, offset + length);
    if (length === known.total) return (await ask(undefined, readOptions)).bytes;
    if (offset >= first.bytes.length) return (await ask({ offset, length }, readOptions)).bytes;
    const rest = { offset: first.bytes.length, length: offset + length - first.bytes.length };
    checkLimit('readBytes', length, name);
    return Buffer.concat([first.bytes.subarray(offset), (await ask(rest, readOptions)).bytes]);
  };
  return {
    url: name,
    size: async () => known.total,
    version: async () => known.version,
    read,
    readMany: async (ranges, { signal, memory, arrived } = {}) => {
      for (const range of ranges) clampRange(range, known.total, name);
      const readMerged = (range: ByteRange, stop: AbortSignal): Promise<Uint8Array> =>
        read(range, { memory, signal: signal ? AbortSignal.any([signal, stop]) : stop });
      return readCoalesced(ranges, readMerged, undefined, arrived);
    },
  };
}
