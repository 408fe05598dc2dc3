import { InvalidFile } from '../errors.ts';
import { clampRange } from './check-range.ts';
import type { ByteRange, ByteSource, ReadOptions } from './source.ts';

export interface Slice {
  readonly url: string;
  readonly offset: number;
  readonly length: number;
  readonly version: string;
  /** The slice's first bytes, where they are at hand. */
  readonly head?: Uint8Array | undefined;
  /** Throws when the bytes of the whole slice are not what they must be; asked when it is read whole. */
  readonly check?: ((bytes: Uint8Array) => void) | undefined;
}

/** A part of another source as a source of its own; the caller has checked that it lies inside. */
export function sliceSource(outer: ByteSource, slice: Slice): ByteSource {
  const { url, offset, length, version, check } = slice;
  const head = slice.head?.subarray(0, length) ?? new Uint8Array(0);
  const within = (range: ByteRange): ByteRange => clampRange(range, length, url);
  const checkWhole = (range: ByteRange, bytes: Uint8Array): Uint8Array => {
    if (bytes.length !== range.length) throw new InvalidFile(`${url}: its archive is cut short`);
    if (range.length === length) check?.(bytes);
    return bytes;
  };
  const read = async (asked: ByteRange, options?: ReadOptions): Promise<Uint8Array> => {
    const range = within(asked);
    const end = range.offset + range.length;
    if (end <= head.length) return checkWhole(range, head.subarray(range.offset, end));
    const bytes = await outer.read({ offset: offset + range.offset, length: range.length }, options);
    return checkWhole(range, bytes);
  };
  return {
    url,
    inMemory: outer.inMemory,
    near: outer.near,
    size: async () => length,
    version: async () => version,
    read,
    readMany: async (ranges, options) => {
      const inside = ranges.map(within);
      if (inside.every((range) => range.offset + range.length <= head.length))
        return inside.map((range) =>
          checkWhole(range, head.subarray(range.offset, range.offset + range.length)),
        );
      const moved = inside.map((range) => ({ offset: offset + range.offset, length: range.length }));
      const parts = await outer.readMany(moved, options);
      return inside.map((range, i) => checkWhole(range, parts[i] ?? new Uint8Array(0)));
    },
  };
}
