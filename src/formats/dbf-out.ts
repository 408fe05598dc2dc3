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
/** Most readers stop at 2 GB. */
const MOST_BYTES = 2 ** 31 - 1;

const encoder = new TextEncoder();

/**
 * A dBASE table of columns, texts in UTF-8; what the format has no room for is cut. Throws `LimitExceeded` beyond 255 columns or
 * 2 GB.
 */
export function dbfOfColumns(columns: readonly ParcelColumn[], rows: number): Uint8Array {
  if (columns.length > MOST_FIELDS)
    throw new LimitExceeded(`a .dbf has at most ${MOST_FIELDS} columns, not ${columns.length}`);
  const names = shortNames(columns.map(({ name }) => name));
  const fields = columns.map((column, i) => fieldOf(column, names[i] ?? ''));
  const start = 32 + fields.length * 32 + 1;
  const width = fields.reduce((sum, field) => sum + field.width, 1);
  const total = start + rows * width + 1;
  if (total > MOST_BYTES)
    throw new LimitExceeded(
      `a .dbf of ${rows} rows of ${width} bytes in ${columns.length} columns: the format ends at 2 GB; write a GeoPackage (.gpkg) instead`,
    );
  const bytes = new Uint8Array(total).fill(0x20, start);
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
      const digits = (value: number | null | undefined): string => String(value ?? '');
      // The count of decimals tells readers that it is no whole number; the digits stand as they are.
      return {
        name,
        type: 'N',
        width: widest(values, (value) => digits(value).length),
        decimals: type === 'integer' ? 0 : 15,
        cell: (row) => encoder.encode(digits(values[row])),
      };
    }
  }
}

function textField(name: string, values: readonly (string | null)[]): DbfField {
  return {
    name,
    type: 'C',
    width: widest(values, (value) => {
      const length = Buffer.byteLength(value ?? '');
      return length <= TEXT_BYTES ? length : cut(value ?? '').length;
    }),
    decimals: 0,
    cell: (row) => cut(values[row] ?? ''),
  };
}

/** The letters that there is room for, none of several bytes in part. */
function cut(text: string): Uint8Array {
  const cell = encoder.encode(text);
  let end = Math.min(cell.length, TEXT_BYTES);
  while (end < cell.length && end > 0 && ((cell[end] ?? 0) & 0xc0) === 0x80) end--;
  return cell.subarray(0, end);
}

/** Cells are measured before they are encoded: the table of a ragged set has many more than it has values. */
function widest<T>(values: readonly T[], length: (value: T) => number): number {
  return values.reduce((most, value) => Math.max(most, length(value)), 1);
}
