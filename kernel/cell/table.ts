import { inspect, types } from 'node:util';
import { escapeHtml } from './escape-html.ts';

const mostRows = 60;
const mostColumns = 30;
const mostCellText = 200;

/**
 * An HTML table for an array of plain objects, or a Map of them; undefined for anything else. No getter of the user
 * runs, long tables are cut with a line that says so, every text is escaped.
 */
export function tableOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined;
  if (Array.isArray(value)) return isRecords(value) ? tableOfRecords(value) : undefined;
  if (types.isMap(value) && value.size > 0) {
    const rows = [...value]
      .slice(0, mostRows)
      .map(([key, item]) => row({ key }, isRecord(item) ? dataOf(item) : { value: item }));
    return render(rows, value.size);
  }
  return undefined;
}

/** As `tableOf` for rows of a known kind; `columns` chooses and orders the columns. */
export function tableOfRecords(records: readonly object[], columns?: readonly string[]): string {
  return render(records.slice(0, mostRows).map(dataOf), records.length, columns);
}

function render(
  rows: readonly Record<string, unknown>[],
  total: number,
  columns?: readonly string[],
): string {
  const all = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = all.slice(0, mostColumns);
  const head = shown.map((name) => `<th>${escapeHtml(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${shown.map((name) => cell(row[name])).join('')}</tr>`).join('\n');
  const cut = [
    total > rows.length ? `${rows.length} of ${total} rows` : '',
    all.length > shown.length ? `${shown.length} of ${all.length} columns` : '',
  ].filter(Boolean);
  const note = cut.length > 0 ? `\n<p>${cut.join(', ')}</p>` : '';
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>${note}`;
}

function cell(value: unknown): string {
  if (value === undefined) return '<td></td>';
  const number = typeof value === 'number' || typeof value === 'bigint';
  const text =
    typeof value === 'string' ? value : inspect(value, { colors: false, depth: 1, maxArrayLength: 6 });
  const short = text.length > mostCellText ? `${text.slice(0, mostCellText)}…` : text;
  return `<td${number ? ' style="text-align:right"' : ''}>${escapeHtml(short)}</td>`;
}

function isRecords(values: readonly unknown[]): values is object[] {
  return values.length > 0 && values.slice(0, mostRows).every(isRecord);
}

function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.keys(value).length > 0;
}

/** A row has the names that its owner gave it, and no others: neither `constructor` nor a prototype. */
function row(...parts: readonly object[]): Record<string, unknown> {
  return Object.assign(Object.create(null) as Record<string, unknown>, ...parts);
}

/** Own values without calling getters. */
function dataOf(record: object): Record<string, unknown> {
  const data = row();
  for (const [name, { enumerable, value, get }] of Object.entries(Object.getOwnPropertyDescriptors(record)))
    if (enumerable) data[name] = get ? undefined : value;
  return data;
}
