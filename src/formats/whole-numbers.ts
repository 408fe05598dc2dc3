import { InvalidArgument } from '../errors.ts';
import type { Column, ColumnBatch, ColumnBatches } from './column-batch.ts';

/** Milliseconds from 1970 that a time of JavaScript may have, before and after (ECMA-262, 21.4.1.1). */
const MOST_MS = 8.64e15;

/**
 * Passes batches on whose whole numbers and times integers of 64 bits can hold. Throws `InvalidArgument` naming column and row
 * (from 1, over all batches) for NaN, fractions and what is beyond.
 */
export async function* wholeNumbers(batches: ColumnBatches): AsyncGenerator<ColumnBatch, void, undefined> {
  let before = 0;
  for await (const batch of batches) {
    for (const column of batch.columns) {
      if (column.type !== 'time' && column.type !== 'integer') continue;
      const row = column.values.findIndex((value) => !(Number.isInteger(value) && fits(column, value)));
      if (row >= 0) throw unfit(column, before + row, column.values[row]);
    }
    before += batch.rows;
    yield batch;
  }
}

/** Whether it is within what a date, or an integer of 64 bits, can hold. */
export function fits({ type }: Column, value: number): boolean {
  return type === 'time' ? Math.abs(value) <= MOST_MS : value >= -(2 ** 63) && value < 2 ** 63;
}

export function unfit({ name, type }: Column, row: number, value: number | undefined): InvalidArgument {
  const wanted = type === 'time' ? 'a time in whole milliseconds since 1970' : 'a whole number of 64 bits';
  return new InvalidArgument(
    `column '${name}', row ${row + 1}: ${value} is not ${wanted}; leave the row out, or give another value`,
  );
}
