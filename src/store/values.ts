import { types } from 'pg';
import { StoreFailure } from '../errors.ts';

const int8 = 20;
const date = 1082;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new StoreFailure(`the store answered ${text}, beyond the whole numbers of JavaScript`);
  return value;
}

/** Parsers of `pg` for rows as objects: bigint as number, date as text. */
export const rowTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) return wholeNumber;
    if (oid === date) return (text: string) => text;
    return types.getTypeParser(oid, format ?? 'text');
  },
};

/** No parsing: the bytes as they came. */
export const rawTypes = { getTypeParser: () => (bytes: Buffer) => bytes };

const oids = { int4: 23, int8, float4: 700, float8: 701 } as const;
const sizes = { int4: 4, int8: 8, float4: 4, float8: 8 } as const;

/** Length of an array's header in the binary format (array_send in PostgreSQL's arrayfuncs.c), one dimension. */
const arrayHeader = 20;

/**
 * A one-dimensional array without nulls in PostgreSQL's binary format: dimensions, null flag, element type, length,
 * lower bound, then length and big-endian value of each element. About six times faster than text in both directions.
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

/** Number of elements of a one-dimensional array in binary format; 0 for the empty one. Throws `StoreFailure` when it has nulls. */
export function binaryLength(bytes: Buffer): number {
  const dimensions = bytes.readInt32BE(0);
  if (dimensions === 0) return 0;
  if (dimensions !== 1 || bytes.readInt32BE(4) !== 0)
    throw new StoreFailure(
      'the store holds an array with nulls or several dimensions where a plain one belongs',
    );
  return bytes.readInt32BE(12);
}

/** Element `index` of a real[] in binary format. */
export function realAt(bytes: Buffer, index: number): number {
  return bytes.readFloatBE(arrayHeader + index * 8 + 4);
}

/** Element `index` of an integer[] in binary format. */
export function integerAt(bytes: Buffer, index: number): number {
  return bytes.readInt32BE(arrayHeader + index * 8 + 4);
}

/** A bigint column in binary format as number. */
export function bigintOf(bytes: Buffer): number {
  return Number(bytes.readBigInt64BE(0));
}
