import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { InvalidArgument } from '../errors.ts';
import { escapeHtml } from './escape-html.ts';
import { shortText } from './plain-text.ts';
import { isList, isPlainObject, stillValue } from './still-value.ts';

/** How a table is shown. */
export interface TableOptions {
  /** Chooses and orders the columns. */
  readonly columns?: readonly string[] | undefined;
  /** Rows shown at most; 60 when absent. */
  readonly rows?: number | undefined;
}

/** Throws `InvalidArgument` for options that are none. */
export function checkTableOptions({ columns, rows }: TableOptions): void {
  if (rows !== undefined && !(Number.isInteger(rows) && rows >= 0))
    throw new InvalidArgument(`rows is a whole number from 0 on, not ${shortText(rows)}`);
  if (columns !== undefined && !(isList(columns) && columns.every((name) => typeof name === 'string')))
    throw new InvalidArgument(`columns is a list of names such as ['height'], not ${shortText(columns)}`);
}

/** Rows as text cells: `label` stands in front of the row. */
interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly unknown[] }[];
  /** What is not shown, and what the whole is. */
  readonly notes: readonly string[];
}

const usualRows = 60;
const mostColumns = 30;
/** Names looked at in one row: a record of a million names must not cost seconds. */
const mostNames = 1000;
const mostCellText = 200;
const typedArrayWidth = 10;

/**
 * An HTML table for an array of plain objects or of arrays of primitives, a typed array, a Map, a Set; undefined for
 * anything else. No getter of the user runs, what is long is cut with a line that says so, every text is escaped.
 */
export function tableOf(value: unknown, options: TableOptions = {}): string | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || Buffer.isBuffer(value))
    return undefined;
  const most = options.rows ?? usualRows;
  if (types.isTypedArray(value)) return value.length > 0 ? render(typedArrayGrid(value, most)) : undefined;
  if (types.isMap(value)) {
    const entries = [...Map.prototype.entries.call(value).take(most)];
    const rows = entries.map(([key, item]) => ({ label: shortCell(key), item: item as unknown }));
    return rows.length > 0 ? render(recordGrid(rows, value.size, options)) : undefined;
  }
  if (types.isSet(value)) {
    const items = [...Set.prototype.values.call(value).take(most)];
    return items.length > 0 ? render(recordGrid(labelled(items), value.size, options)) : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const items = firstItems(value, most);
  if (items.some(isPlainObject) && items.every((item) => isPlainObject(item) || isNothing(item)))
    return render(recordGrid(labelled(items), value.length, options));
  if (items.length > 0 && items.every(isRow)) return render(matrixGrid(items, value.length));
  return undefined;
}

/** As `tableOf` for an array of objects of any class. */
export function tableOfRecords(records: readonly object[], options: TableOptions = {}): string {
  const items = firstItems(records, options.rows ?? usualRows);
  return render(recordGrid(labelled(items), records.length, options));
}

/** Columns are the names of all records; what is no record stands in a column `value`. */
function recordGrid(
  shown: readonly { readonly label: string; readonly item: unknown }[],
  total: number,
  { columns }: TableOptions,
): Grid {
  const rows = shown.map(({ label, item }) => ({ label, data: dataOf(item) }));
  const all = columns ?? [...new Set(rows.flatMap(({ data }) => [...data.keys()]))];
  const names = columns ?? all.slice(0, mostColumns);
  return {
    columns: names,
    rows: rows.map(({ label, data }) => ({ label, cells: names.map((name) => data.get(name)) })),
    notes: [more(total - rows.length, 'row'), more(all.length - names.length, 'column')],
  };
}

function matrixGrid(rows: readonly (readonly unknown[])[], total: number): Grid {
  const width = rows.reduce((most, { length }) => Math.max(most, length), 0);
  const shown = Math.min(width, mostColumns);
  return {
    columns: Array.from({ length: shown }, (_, at) => String(at)),
    rows: rows.map((row, at) => ({ label: String(at), cells: firstItems(row, shown) })),
    notes: [more(total - rows.length, 'row'), more(width - shown, 'column')],
  };
}

/** Ten values a row, which begins with the index of its first. */
function typedArrayGrid(array: NodeJS.TypedArray, most: number): Grid {
  const width = Math.min(typedArrayWidth, array.length);
  const rows = [];
  for (let at = 0; at < array.length && rows.length < most; at += width)
    rows.push({ label: String(at), cells: valuesOf(array, at, Math.min(at + width, array.length)) });
  return {
    columns: Array.from({ length: width }, (_, at) => `+${at}`),
    rows,
    notes: [
      more(array.length - rows.length * width, 'value'),
      `${typeName.call(array)}, ${count(array.length, 'value')}, ${count(array.byteLength, 'byte')}`,
    ],
  };
}

/** The name of its kind, whatever its class says of itself. */
const typeName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as () => string;

function valuesOf(array: NodeJS.TypedArray, from: number, to: number): unknown[] {
  return Array.from({ length: to - from }, (_, at) => brief(array[from + at] ?? 0));
}

/** Six digits, so that ten values fit in a line; the text beside the table has all of them. */
function brief(value: number | bigint): number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value) ? value : Number(value.toPrecision(6));
}

// JupyterLab aligns every cell to the right; the rest of its table style, light or dark, is left to it.
const left = ' style="text-align:left"';
const right = ' style="text-align:right"';

function render({ columns, rows, notes }: Grid): string {
  const head = columns.map((name, at) => {
    const numbers = rows.every(({ cells }) => isNothing(cells[at]) || isNumber(cells[at]));
    return `<th${numbers ? right : left}>${escapeHtml(cut(name))}</th>`;
  });
  const body = rows.map(({ label, cells }) => {
    const row = columns.map((_, at) => cellOf(cells[at])).join('');
    return `<tr><th>${escapeHtml(label)}</th>${row}</tr>`;
  });
  const said = notes.filter(Boolean).map((note) => `\n<p><small>${escapeHtml(note)}</small></p>`);
  return `<table>\n<thead><tr><th></th>${head.join('')}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>${said.join('')}`;
}

function cellOf(value: unknown): string {
  if (value === undefined) return '<td></td>';
  return `<td${isNumber(value) ? right : left}>${escapeHtml(shortCell(value))}</td>`;
}

/** Six decimals, or six digits of what is smaller than one: more are noise of single precision; the text beside has all of them. */
function readable(value: number): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value;
  const digits = Math.abs(value) < 1 ? value.toPrecision(6) : value.toFixed(6);
  return Number(digits);
}

function shortCell(value: unknown): string {
  if (typeof value === 'number') return shortText(readable(value));
  if (types.isDate(value) && !Number.isNaN(value.getTime())) return value.toISOString();
  return cut(typeof value === 'string' ? value : shortText(value));
}

function cut(text: string): string {
  return text.length > mostCellText ? `${text.slice(0, mostCellText)}…` : text;
}

function labelled(items: readonly unknown[]): { label: string; item: unknown }[] {
  return items.map((item, at) => ({ label: String(at), item }));
}

/** The first elements, where a hole or a getter is undefined. */
function firstItems(array: readonly unknown[], most: number): unknown[] {
  return Array.from(
    { length: Math.min(array.length, most) },
    (_, at) => Object.getOwnPropertyDescriptor(array, at)?.value as unknown,
  );
}

/** Own values without calling getters: the names that the owner gave, neither `constructor` nor a prototype. */
function dataOf(item: unknown): Map<string, unknown> {
  if (isNothing(item)) return new Map();
  const names = isRecord(item) ? Object.keys(item).slice(0, mostNames) : [];
  if (names.length === 0) return new Map([['value', item]]);
  return new Map(names.map((name) => [name, Object.getOwnPropertyDescriptor(item, name)?.value as unknown]));
}

/** Something with named values: not a list, a date, a map, an error... */
function isRecord(item: unknown): item is object {
  return (
    typeof item === 'object' &&
    item !== null &&
    !types.isProxy(item) &&
    !(isList(item) || ArrayBuffer.isView(item) || types.isArgumentsObject(item)) &&
    !(
      types.isDate(item) ||
      types.isRegExp(item) ||
      types.isNativeError(item) ||
      types.isBoxedPrimitive(item)
    ) &&
    typeof stillValue(item, Symbol.toStringTag) !== 'string'
  );
}

function isRow(item: unknown): item is unknown[] {
  return (
    isList(item) &&
    item.length > 0 &&
    firstItems(item, mostColumns).every((one) => one === null || typeof one !== 'object')
  );
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isNothing(item: unknown): boolean {
  return item === undefined || item === null;
}

function more(rest: number, what: string): string {
  return rest > 0 ? `… ${rest.toLocaleString('en')} more ${rest === 1 ? what : `${what}s`}` : '';
}

function count(amount: number, what: string): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? what : `${what}s`}`;
}
