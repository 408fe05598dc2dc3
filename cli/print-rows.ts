import { factLines, tableLines } from './tables.ts';

/** Programs read JSON: with `--json`, and wherever the output is a pipe or a file. A person at a terminal reads tables. */
export function wantsJson({ json }: { readonly json?: boolean | undefined }): boolean {
  return json === true || !process.stdout.isTTY;
}

/** One object: on a line of JSON, or as facts. */
export function printFacts(
  whole: object,
  facts: () => readonly (readonly [name: string, value: string])[],
  json: boolean,
): void {
  if (json) console.log(JSON.stringify(whole));
  else for (const line of factLines(facts())) console.log(line);
}

/**
 * Rows of one kind: a JSON object a line, or a table with the columns of the first row and their count below it. `none` is told on stderr
 * where there is no row: a program sees an empty output, a person learns why.
 */
export function printRows<Row extends object>(rows: readonly Row[], json: boolean, none: string): void {
  const [first] = rows;
  if (first === undefined) {
    console.error(none);
    return;
  }
  if (json) {
    for (const row of rows) console.log(JSON.stringify(row));
    return;
  }
  const names = Object.keys(first) as (keyof Row & string)[];
  for (const line of tableLines(
    names,
    rows.map((row) => names.map((name) => cellOf(row[name]))),
  ))
    console.log(line);
  console.log(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`);
}

/** Four digits are what a person reads; a moment to the second. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toPrecision(4);
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) ? `${value.slice(0, 19)}Z` : value;
}
