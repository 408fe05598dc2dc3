import { StoreFailure } from '../errors.ts';

/** The fields of one tuple: where each begins in `view`, and its bytes (-1: null). Overwritten by the next tuple. */
export interface Tuple {
  readonly view: DataView;
  readonly at: Int32Array;
  readonly bytes: Int32Array;
}

/**
 * Calls `take` for every tuple of a chunk of `copyOut` (PostgreSQL manual, COPY, "Binary Format": number of fields, then length
 * and value of each). Throws `StoreFailure` when a tuple has not that many fields or the chunk ends within one.
 */
export function eachTuple(chunk: Buffer, fields: number, take: (tuple: Tuple) => void): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const at = new Int32Array(fields);
  const bytes = new Int32Array(fields);
  const tuple = { view, at, bytes };
  const { byteLength } = chunk;
  let place = 0;
  while (place < byteLength) {
    if (place + 2 > byteLength || view.getInt16(place) !== fields)
      throw new StoreFailure(`the store sent a row that has not ${fields} fields`);
    place += 2;
    for (let field = 0; field < fields; field++) {
      if (place + 4 > byteLength) throw new StoreFailure('the store sent a part of a row');
      const size = view.getInt32(place);
      place += 4;
      at[field] = place;
      bytes[field] = size;
      if (size > 0) place += size;
      if (size < -1 || place > byteLength) throw new StoreFailure('the store sent a part of a row');
    }
    take(tuple);
  }
}

/** A whole number of 8 bytes. Throws `StoreFailure` beyond 2^53. */
export function readInt8(view: DataView, at: number): number {
  const value = view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4);
  if (!Number.isSafeInteger(value))
    throw new StoreFailure(
      `the store answered ${view.getBigInt64(at)}, beyond the whole numbers of JavaScript`,
    );
  return value;
}

/** Where the elements of an array of 4-byte numbers begin: 8 bytes each, a length and the value. */
const arrayHeader = 20;
const elementStep = 8;
const elementValue = 4;

/** Number of elements of a one-dimensional array. Throws `StoreFailure` for another one, or one with nulls. */
export function arrayLength({ view, at, bytes }: Tuple, field: number): number {
  const from = at[field] ?? 0;
  const size = bytes[field] ?? -1;
  if (size === 12 && view.getInt32(from) === 0) return 0;
  const length = size >= arrayHeader ? view.getInt32(from + 12) : -1;
  if (
    length < 0 ||
    view.getInt32(from) !== 1 ||
    view.getInt32(from + 4) !== 0 ||
    size !== arrayHeader + length * elementStep
  )
    throw new StoreFailure('the store sent something else than a list of numbers without nulls');
  return length;
}

/** Where element `index` (from 0) of an array of 4-byte numbers stands in the tuple's view. */
export function elementAt({ at }: Tuple, field: number, index: number): number {
  return (at[field] ?? 0) + arrayHeader + index * elementStep + elementValue;
}

/**
 * Rows as `record_send` writes them (number of fields, then type, length and value of each) as `copyOut` gives them. With
 * `string_agg(record_send(q), '')` a small answer comes in one value.
 */
export function tuplesOfRecords(records: Buffer): Buffer {
  const tuples = Buffer.allocUnsafe(records.length);
  let from = 0;
  let to = 0;
  while (from < records.length) {
    const fields = records.readInt32BE(from);
    from += 4;
    to = tuples.writeInt16BE(fields, to);
    for (let field = 0; field < fields; field++) {
      const end = from + 8 + Math.max(0, records.readInt32BE(from + 4));
      to += records.copy(tuples, to, from + 4, end);
      from = end;
    }
  }
  return tuples.subarray(0, to);
}
