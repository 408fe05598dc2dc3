import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteSource, ReadOptions } from '../storage/source.ts';

/** The directories and tile tables of a 10,980 px COG end at byte 6,742: one read of this size holds most headers. */
export const HEADER_READ_BYTES = 32 * 1024;

export interface HeaderOptions extends ReadOptions {
  /** The file's first bytes, where they were read before. */
  readonly start?: Uint8Array | undefined;
}

/** The first bytes of a file, by which its format is told; most headers end in them. */
export async function readStart(source: ByteSource, options: ReadOptions): Promise<Uint8Array> {
  const length = Math.min(HEADER_READ_BYTES, await source.size(options));
  return length === 0 ? new Uint8Array(0) : source.read({ offset: 0, length }, options);
}

/** Reads `length` header bytes at `offset`, from what was read before where it can. */
export type HeaderReader = (offset: number, length: number) => Promise<Uint8Array>;

/**
 * Header bytes of one file, in reads of at least 32 KB. Every range is checked against the file's size, and the sum
 * of all that is asked against `headerBytes`, before anything is allocated: a file whose directories point at
 * each other cannot make the sum grow without end. Throws `InvalidFile` and `LimitExceeded`.
 */
export function headerReader(source: ByteSource, size: number, options: HeaderOptions): HeaderReader {
  const segments = options.start === undefined ? [] : [{ offset: 0, bytes: options.start }];
  let asked = 0;
  return async (offset, length) => {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > size)
      throw new InvalidFile(
        `${source.url}: the header points at ${length} bytes from ${offset}, the file has ${size}; it is cut short or damaged`,
      );
    asked += length;
    checkLimit('headerBytes', asked, source.url);
    const holds = (segment: { offset: number; bytes: Uint8Array }): boolean =>
      offset >= segment.offset && offset + length <= segment.offset + segment.bytes.length;
    let segment = segments.find(holds);
    if (segment === undefined) {
      const wanted = Math.min(Math.max(length, HEADER_READ_BYTES), size - offset);
      segment = { offset, bytes: await source.read({ offset, length: wanted }, options) };
      segments.push(segment);
      if (segment.bytes.length < length) throw new InvalidFile(`${source.url}: the header ends early`);
    }
    return segment.bytes.subarray(offset - segment.offset, offset - segment.offset + length);
  };
}
