import { Type } from 'typebox';

/** An answer of the service: a list for each column, an element a row. */
export type Columns = Readonly<Record<string, readonly unknown[]>>;

/** How answers are described. */
export const columnsSchema = Type.Unsafe<Columns>({
  type: 'object',
  additionalProperties: { type: 'array' },
  description: 'One list a column, all of one length: an element a row.',
});

/** Lists of the given names from rows; names stay where there is no row. */
export function columnsOf<const Name extends string>(
  names: readonly Name[],
  rows: readonly Readonly<Record<Name, unknown>>[],
): Record<Name, unknown[]> {
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])) as Record<
    Name,
    unknown[]
  >;
}

/** Spreadsheets take a cell that begins so for a formula, and would run it (OWASP, "CSV Injection"). */
const formula = /^[=+\-@\t\r]/;

/** The same as CSV (RFC 4180): a line of names, then the rows; null is empty, objects are JSON. */
export function csvOfColumns(columns: Columns): string {
  const names = Object.keys(columns);
  const lines = [names.map(cell).join(',')];
  const rows = Math.max(0, ...names.map((name) => columns[name]?.length ?? 0));
  for (let row = 0; row < rows; row++) lines.push(names.map((name) => cell(columns[name]?.[row])).join(','));
  return `${lines.join('\n')}\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = typeof value === 'string' && formula.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
