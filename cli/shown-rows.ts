import type { SignatureRow } from '../src/session/fields.ts';

/** Statistics were stored in single precision: more digits than that say nothing. */
export function shortened(rows: readonly SignatureRow[]): SignatureRow[] {
  return rows.map((row) => ({
    ...row,
    mean: single(row.mean),
    p25: single(row.p25),
    median: single(row.median),
    p75: single(row.p75),
  }));
}

/** The same of rows that come batch by batch. */
export async function* shortenedBatches(
  batches: AsyncIterable<readonly SignatureRow[]>,
): AsyncGenerator<SignatureRow[], void, undefined> {
  for await (const rows of batches) yield shortened(rows);
}

/** The shortest number that is the same in single precision. */
export function single(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

/** What is said where a question about a column has no row. */
export function noRows(dataset: string, index: string): string {
  return `no rows: '${dataset}' has no '${index}' of these parcels and this time; furrow images ${dataset} lists what was extracted`;
}
