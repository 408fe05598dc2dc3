const oids = { int4: 23, int8: 20, float4: 700, float8: 701 } as const;
const sizes = { int4: 4, int8: 8, float4: 4, float8: 8 } as const;

/** Length of an array's header in the binary format (array_send in PostgreSQL's arrayfuncs.c), one dimension. */
const arrayHeader = 20;

/**
 * A one-dimensional array without nulls in PostgreSQL's binary format: dimensions, null flag, element type, length,
 * lower bound, then length and big-endian value of each element.
 */
export function binaryArray(type: keyof typeof oids, values: ArrayLike<number>): Buffer {
  const size = sizes[type];
  const bytes = Buffer.allocUnsafe(values.length === 0 ? 12 : arrayHeader + values.length * (4 + size));
  bytes.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  bytes.writeInt32BE(0, 4);
  bytes.writeInt32BE(oids[type], 8);
  if (values.length === 0) return bytes;
  bytes.writeInt32BE(values.length, 12);
  bytes.writeInt32BE(1, 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = arrayHeader;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    view.setInt32(at, size);
    at += 4;
    if (type === 'float4') view.setFloat32(at, value);
    else if (type === 'float8') view.setFloat64(at, value);
    else if (type === 'int4') view.setInt32(at, value);
    else view.setBigInt64(at, BigInt(value));
    at += size;
  }
  return bytes;
}

/** The elements of a one-dimensional array of numbers in PostgreSQL's text format, `{1,2,NaN}`; null elements become NaN. */
export function numbersOf(text: string): number[] {
  return text.length <= 2 ? [] : text.slice(1, -1).split(',').map(Number);
}
