import { LimitExceeded } from '../errors.ts';
import type { ParcelColumn } from './parcel-columns.ts';

interface DbfField {
  readonly name: string;
  readonly type: 'N' | 'L' | 'C';
  readonly width: number;
  readonly decimals: number;
  readonly cell: (row: number) => Uint8Array;
}

const NAME_LETTERS = 10;
const TEXT_BYTES = 254;
const MOST_FIELDS = 255;

const encoder = new TextEncoder();

/** A dBASE table of columns, texts in UTF-8; what the format has no room for is cut. Throws `LimitExceeded` beyond 255 columns. */
export function dbfOfColumns(columns: readonly ParcelColumn[], rows: number): Uint8Array {
  if (columns.length > MOST_FIELDS)
    throw new LimitExceeded(`a .dbf has at most ${MOST_FIELDS} columns, not ${columns.length}`);
  const names = shortNames(columns.map(({ name }) => name));
  const fields = columns.map((column, i) => fieldOf(column, names[i] ?? ''));
  const start = 32 + fields.length * 32 + 1;
  const width = fields.reduce((sum, field) => sum + field.width, 1);
  const bytes = new Uint8Array(start + rows * width + 1).fill(0x20, start);
  const view = new DataView(bytes.buffer);
  bytes.set([3, 80, 1, 1]);
  view.setUint32(4, rows, true);
  view.setUint16(8, start, true);
  view.setUint16(10, width, true);
  for (const [i, { name, type, width: length, decimals }] of fields.entries()) {
    const at = 32 + i * 32;
    bytes.set(encoder.encode(name), at);
    bytes[at + 11] = type.charCodeAt(0);
    bytes[at + 16] = length;
    bytes[at + 17] = decimals;
  }
  bytes[start - 1] = 0x0d;
  for (let row = 0; row < rows; row++) {
    let at = start + row * width + 1;
    for (const field of fields) {
      const cell = field.cell(row);
      // Numbers stand at the right, texts at the left.
      bytes.set(cell, field.type === 'N' ? at + field.width - cell.length : at);
      at += field.width;
    }
  }
  bytes[bytes.length - 1] = 0x1a;
  return bytes;
}

/** Names of ten letters of ASCII, each once. */
function shortNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.replace(/[^A-Za-z0-9_]/g, '_') || 'field';
    let short = plain.slice(0, NAME_LETTERS);
    for (let i = 2; taken.has(short.toLowerCase()); i++)
      short = `${plain.slice(0, NAME_LETTERS - String(i).length)}${i}`;
    taken.add(short.toLowerCase());
    return short;
  });
}

function fieldOf({ type, values }: ParcelColumn, name: string): DbfField {
  switch (type) {
    case 'boolean':
      return {
        name,
        type: 'L',
        width: 1,
        decimals: 0,
        cell: (row) => encoder.encode(values[row] === null ? '?' : values[row] === true ? 'T' : 'F'),
      };
    case 'text':
      return textField(name, values);
    default: {
      const cells = values.map((value) => encoder.encode(value === null ? '' : String(value)));
      const width = Math.min(TEXT_BYTES, widest(cells));
      // The count of decimals tells readers that it is no whole number; the digits stand as they are.
      return {
        name,
        type: 'N',
        width,
        decimals: type === 'integer' ? 0 : 15,
        cell: (row) => cells[row] ?? new Uint8Array(0),
      };
    }
  }
}

function textField(name: string, values: readonly (string | null)[]): DbfField {
  const cells = values.map((value) => {
    const cell = encoder.encode(value ?? '');
    // Not in the middle of a letter of several bytes.
    let end = Math.min(cell.length, TEXT_BYTES);
    while (end < cell.length && end > 0 && ((cell[end] ?? 0) & 0xc0) === 0x80) end--;
    return cell.subarray(0, end);
  });
  return {
    name,
    type: 'C',
    width: widest(cells),
    decimals: 0,
    cell: (row) => cells[row] ?? new Uint8Array(0),
  };
}

function widest(cells: readonly Uint8Array[]): number {
  return cells.reduce((most, { length }) => Math.max(most, length), 1);
}
