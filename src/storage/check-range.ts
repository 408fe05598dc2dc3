import { InvalidArgument, InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteRange } from './source.ts';

/**
 * The range cut at the object's end. Throws `InvalidArgument` for a range that is none, `InvalidFile` when it starts
 * at or beyond the end (an empty range may start at the end), `LimitExceeded` when it is longer than `readBytes`.
 */
export function clampRange({ offset, length }: ByteRange, size: number, url: string): ByteRange {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0)
    throw new InvalidArgument(`${url}: ${length} bytes from ${offset} are no range`);
  if (offset > size || (offset === size && length > 0))
    throw new InvalidFile(
      `${url}: a read from byte ${offset} starts beyond its end at ${size}; the file is cut short or contradicts itself`,
    );
  const within = Math.min(length, size - offset);
  checkLimit('readBytes', within, url);
  return { offset, length: within };
}
