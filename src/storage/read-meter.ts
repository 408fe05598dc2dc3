import type { ByteSource } from './source.ts';

/** What was asked of all sources that this thread has opened, since it started. */
export interface ReadCount {
  readonly bytes: number;
  readonly ranges: number;
}

let count: ReadCount = { bytes: 0, ranges: 0 };

/** The count so far: what a piece of work reads is the difference of two. Bytes as asked for, without merged gaps. */
export function readCount(): ReadCount {
  return count;
}

/** The source, with its reads counted. */
export function metered(source: ByteSource): ByteSource {
  const add = (parts: readonly Uint8Array[]) => {
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    count = { bytes: count.bytes + bytes, ranges: count.ranges + parts.length };
  };
  return {
    ...source,
    read: async (range, options) => {
      const part = await source.read(range, options);
      add([part]);
      return part;
    },
    readMany: async (ranges, options) => {
      const parts = await source.readMany(ranges, options);
      add(parts);
      return parts;
    },
  };
}
