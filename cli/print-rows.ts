import { columnWidths, factLines, rowLines } from './tables.ts';

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
  const printer = rowPrinter<Row>(json, none);
  printer.print(rows);
  printer.end();
}

/** The same of rows that come batch by batch, of which one is in memory. Columns of the table are as wide as the first batch asks. */
export async function printBatches<Row extends object>(
  batches: AsyncIterable<readonly Row[]>,
  json: boolean,
  none: string,
): Promise<void> {
  const printer = rowPrinter<Row>(json, none);
  for await (const rows of batches) printer.print(rows);
  printer.end();
}

/** Rows whose lines are put together in one text. */
const rowsAtOnce = 1000;

function rowPrinter<Row extends object>(json: boolean, none: string) {
  let [count, names]: [number, (keyof Row & string)[]] = [0, []];
  let widths: number[] | undefined;
  const cells = (row: Row) => names.map((name) => cellOf(row[name]));
  const printSome = (rows: readonly Row[]) => {
    if (json) console.log(rows.map((row) => JSON.stringify(row)).join('\n'));
    else console.log(rowLines(rows.map(cells), widths ?? []).join('\n'));
  };
  return {
    print(rows: readonly Row[]) {
      const [first] = rows;
      if (first === undefined) return;
      if (count === 0 && !json) {
        names = Object.keys(first) as (keyof Row & string)[];
        widths = columnWidths(names, rows.map(cells));
        console.log(rowLines([names], widths).join('\n'));
      }
      count += rows.length;
      for (let from = 0; from < rows.length; from += rowsAtOnce)
        printSome(rows.slice(from, from + rowsAtOnce));
    },
    end() {
      if (count === 0) console.error(none);
      else if (!json) console.log(`${count} ${count === 1 ? 'row' : 'rows'}`);
    },
  };
}

/** Four digits are what a person reads; a moment to the second. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toPrecision(4);
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) ? `${value.slice(0, 19)}Z` : value;
}
