import { clampRange } from './check-range.ts';
import type { ByteRange, ByteSource } from './source.ts';

/** Bytes in memory as a source: a freshly encoded image, a download that came whole. `version` tells objects apart. */
export function memorySource(
  bytes: Uint8Array,
  url = 'memory:',
  version: string = nextVersion(),
): ByteSource {
  const read = (range: ByteRange): Uint8Array => {
    const { offset, length } = clampRange(range, bytes.length, url);
    return bytes.subarray(offset, offset + length);
  };
  return {
    url,
    inMemory: true,
    near: true,
    size: async () => bytes.length,
    version: async () => version,
    read: async (range) => read(range),
    readMany: async (ranges) => ranges.map(read),
  };
}

let made = 0;
function nextVersion(): string {
  made += 1;
  return `memory-${made}`;
}
