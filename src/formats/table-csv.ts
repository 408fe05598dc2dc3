import type { Column, ColumnBatches } from './column-batch.ts';
import { fits, unfit } from './whole-numbers.ts';

/** Spreadsheets take a cell that begins so for a formula, and would run it (OWASP, "CSV Injection"). */
const formula = /^[=+\-@\t\r]/;

/**
 * A table as CSV (RFC 4180, but lines end in a line feed): a line of names, then rows. Every number comes back exactly from its
 * digits; NaN and missing texts are empty, times ISO 8601. A text that a spreadsheet would run as a formula gets an apostrophe
 * before it. A table without batches is empty. Throws `InvalidArgument` for a time that no date can hold.
 */
export async function* csvOfTable(batches: ColumnBatches): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let first = true;
  let before = 0;
  for await (const { rows, columns } of batches) {
    const lines: string[] = [];
    if (first) lines.push(columns.map(({ name }) => quoted(name)).join(','));
    first = false;
    const cells = columns.map((column) => cellsOf(column, before));
    for (let row = 0; row < rows; row++) lines.push(cells.map((cell) => cell(row)).join(','));
    before += rows;
    if (lines.length > 0) yield encoder.encode(`${lines.join('\n')}\n`);
  }
}

function cellsOf(column: Column, before: number): (row: number) => string {
  switch (column.type) {
    case 'text':
      return (row) => quoted(column.values[row] ?? '');
    case 'time':
      return (row) => {
        const time = column.values[row] ?? Number.NaN;
        if (Number.isNaN(time)) return '';
        if (!fits(column, time)) throw unfit(column, before + row, time);
        return new Date(time).toISOString();
      };
    case 'float32':
      return (row) => shortSingle(column.values[row] ?? Number.NaN);
    default:
      return (row) => digits(column.values[row] ?? Number.NaN);
  }
}

function quoted(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function digits(value: number): string {
  if (Number.isNaN(value)) return '';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The fewest digits that give the same single-precision number; nine always do. */
export function shortSingle(value: number): string {
  if (!Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) <= 2 ** 24))
    return digits(value);
  for (let precision = 6; precision < 9; precision++) {
    const short = Number(value.toPrecision(precision));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
