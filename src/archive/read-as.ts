import type { Column } from '../formats/column-batch.ts';
import type { ParquetValues } from '../formats/parquet-columns.ts';

/** Values as Parquet's reader gives them (bigints, dates, plain arrays where there was a dictionary), in the form of a column. */
export function readAs(like: Column, values: ParquetValues): Column {
  if (like.type === 'text')
    return { ...like, values: Array.from(values, (value) => (value == null ? null : String(value))) };
  if (like.type === 'float32') return { ...like, values: singles(values) };
  if (like.type === 'integer' && like.values instanceof Int32Array)
    return { ...like, values: wholeNumbers(values) };
  return { ...like, values: doubles(values) };
}

export function singles(values: ParquetValues): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
}

export function wholeNumbers(values: ParquetValues): Int32Array {
  return values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>);
}

/** Numbers of 64 bits and dates (as milliseconds since 1970). */
export function doubles(values: ParquetValues): Float64Array {
  return Float64Array.from(values as ArrayLike<number | bigint | Date>, Number);
}
