import type { Parcel } from '../../../src/parcels/parcel.ts';
import type { ZonalStatistics } from '../../../src/parcels/statistics.ts';

export type Row = Record<string, string>;

/** One row of a reference: `difference` is undefined when ours equals it. */
export interface Compared {
  readonly name: string;
  readonly difference: string | undefined;
}

/** Why columns that end in `_ee` are not compared. */
export const coverageWeighted = {
  name: 'columns of exactextract',
  reason:
    'another definition: pixels weighted by the share that the polygon covers; ours are those whose centre lies inside',
};

/** What a reference gave: its checks, and what is told without being one (another definition, a difference that is expected). */
export interface Reference {
  readonly checks: readonly Compared[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Our name of a statistic, and how far it may lie from the reference's (relative; NDVI absolute). */
const columns: Readonly<
  Record<
    string,
    { readonly ours: string; readonly column: string; readonly within: (expected: number) => number }
  >
> = {
  sum: { ours: 'sum', column: 'sum_rs', within: () => 0 },
  min: { ours: 'min', column: 'min_rs', within: () => 0 },
  max: { ours: 'max', column: 'max_rs', within: () => 0 },
  median: { ours: 'p50', column: 'median_rs', within: () => 0 },
  mean: { ours: 'mean', column: 'mean_rs', within: (expected) => 1e-9 * Math.abs(expected) },
  stdev: { ours: 'std', column: 'stdev_rs', within: (expected) => 1e-9 * Math.abs(expected) },
  touched: { ours: 'mean', column: 'mean_all_touched_rs', within: () => 1e-6 },
  ndviMin: { ours: 'min', column: 'min_rs', within: () => 1e-6 },
  ndviMax: { ours: 'max', column: 'max_rs', within: () => 1e-6 },
  ndviMedian: { ours: 'p50', column: 'median_rs', within: () => 1e-6 },
  ndviStdev: { ours: 'std', column: 'stdev_rs', within: () => 1e-6 },
  ndvi: { ours: 'mean', column: 'mean_rs', within: () => 1e-6 },
};

/** Compares each row of a reference with the statistics of the parcel of that label; an empty cell asks for no row. */
export function compareRows(
  rows: readonly Row[],
  parcels: readonly Parcel[],
  statistics: ZonalStatistics,
  compared: readonly string[],
): Compared[] {
  const pids = new Map(parcels.map(({ label, pid }) => [label, pid]));
  const places = new Map(Array.from(statistics.pid, (pid, at) => [pid, at]));
  return rows.map((row) => {
    const name = [row.parcel_id, row.item, row.band ?? 'NDVI'].join(' ');
    const pid = pids.get(row.parcel_id ?? '');
    if (pid === undefined) return { name, difference: 'the data set has no such parcel' };
    const at = places.get(pid);
    const count = at === undefined ? 0 : (statistics.n[at] as number);
    const expectedCount = Number(row.count_rs);
    if (row.count_rs === '' || count !== expectedCount)
      return { name, difference: `count is ${count} instead of ${row.count_rs}` };
    if (at === undefined)
      return { name, difference: row.mean_rs === '' ? undefined : `no row, but mean ${row.mean_rs}` };
    const differences = compared.flatMap((key) => {
      const { ours, column, within } = columns[key] as (typeof columns)[string];
      const text = row[column] ?? '';
      const value = statistics.values[
        at * statistics.stats.length + statistics.stats.indexOf(ours)
      ] as number;
      const close = text !== '' && Math.abs(value - Number(text)) <= within(Number(text));
      return close ? [] : [`${key} is ${value} instead of ${text || 'nothing'}`];
    });
    return { name, difference: differences.length === 0 ? undefined : differences.join(', ') };
  });
}
