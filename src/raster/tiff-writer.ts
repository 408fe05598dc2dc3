/** One tag to be written; `ascii` values are UTF-8 bytes with their closing NUL. */
export type TagValue =
  | {
      readonly tag: number;
      readonly type: 'short' | 'long' | 'long8' | 'double';
      readonly values: ArrayLike<number>;
    }
  | { readonly tag: number; readonly type: 'ascii'; readonly text: string };

const codes = { ascii: 2, short: 3, long: 4, double: 12, long8: 16 } as const;
const sizes = { ascii: 1, short: 2, long: 4, double: 8, long8: 8 } as const;

function payload(entry: TagValue): { count: number; bytes: Uint8Array } {
  if (entry.type === 'ascii') {
    const bytes = new TextEncoder().encode(`${entry.text}\0`);
    return { count: bytes.length, bytes };
  }
  const bytes = new Uint8Array(entry.values.length * sizes[entry.type]);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < entry.values.length; i++) {
    const value = entry.values[i] as number;
    if (entry.type === 'short') view.setUint16(i * 2, value, true);
    else if (entry.type === 'long') view.setUint32(i * 4, value, true);
    else if (entry.type === 'double') view.setFloat64(i * 8, value, true);
    else view.setBigUint64(i * 8, BigInt(value), true);
  }
  return { count: entry.values.length, bytes };
}

/** Bytes that a directory and its values take; depends on counts only, not on the values. */
export function directoryBytes(entries: readonly TagValue[], bigTiff: boolean): number {
  const inline = bigTiff ? 8 : 4;
  let bytes = bigTiff ? 8 + entries.length * 20 + 8 : 2 + entries.length * 12 + 4;
  for (const entry of entries) {
    const { length } = payload(entry).bytes;
    if (length > inline) bytes += padded(length);
  }
  return padded(bytes);
}

/** Values start on multiples of 8: the specification asks for 2, doubles like 8. */
function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/**
 * One little-endian directory (TIFF 6.0 section 2, BigTIFF as in libtiff) standing at `offset`, its longer values
 * right behind it, `next` the place of the next directory or 0.
 */
export function writeDirectory(
  entries: readonly TagValue[],
  offset: number,
  next: number,
  bigTiff: boolean,
): Uint8Array {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag);
  const bytes = new Uint8Array(directoryBytes(entries, bigTiff));
  const view = new DataView(bytes.buffer);
  const [countBytes, entryBytes, inline] = bigTiff ? [8, 20, 8] : [2, 12, 4];
  const pointer = (at: number, value: number): void => {
    if (bigTiff) view.setBigUint64(at, BigInt(value), true);
    else view.setUint32(at, value, true);
  };
  if (bigTiff) pointer(0, sorted.length);
  else view.setUint16(0, sorted.length, true);
  const end = countBytes + sorted.length * entryBytes;
  pointer(end, next);
  let free = padded(end + inline);
  for (const [i, entry] of sorted.entries()) {
    const at = countBytes + i * entryBytes;
    const { count, bytes: values } = payload(entry);
    view.setUint16(at, entry.tag, true);
    view.setUint16(at + 2, codes[entry.type], true);
    pointer(at + 4, count);
    const valueAt = at + 4 + inline;
    if (values.length <= inline) bytes.set(values, valueAt);
    else {
      pointer(valueAt, offset + free);
      bytes.set(values, free);
      free += padded(values.length);
    }
  }
  return bytes;
}

/** The first 8 (classic) or 16 (BigTIFF) bytes; the first directory follows at once. */
export function writeHeader(bigTiff: boolean): Uint8Array {
  return bigTiff
    ? new Uint8Array([0x49, 0x49, 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0])
    : new Uint8Array([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
}
