import { throwIfCancelled } from '../errors.ts';
import type { ParquetColumns } from '../formats/parquet-columns.ts';
import type { QueryOptions } from '../store/store.ts';
import { doubles, singles, wholeNumbers } from './read-as.ts';

/** Rows of a file that were asked for. `value` gives a column of single-precision numbers, `count` one of whole numbers. */
export interface ArchivedRows {
  readonly rows: number;
  readonly pid: Float64Array;
  readonly image: Int32Array;
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly counts: ReadonlyMap<string, Int32Array>;
  readonly values: ReadonlyMap<string, Float32Array>;
}

export interface ArchivedRowsOptions extends QueryOptions {
  /** Ascending; every parcel when left out. */
  readonly pids?: Float64Array | undefined;
  /** Rows of other images are left out. */
  readonly images: ReadonlySet<number>;
  readonly texts?: readonly string[] | undefined;
  readonly counts?: readonly string[] | undefined;
  readonly values?: readonly string[] | undefined;
}

/** Row groups that are read together, in one request where they lie side by side: 2 MB of a parcel's band. */
const groupsAtOnce = 8;
/** So many of these reads at once: one comes while the other is decoded. */
const readsAtOnce = 2;

/** The rows of some parcels on some images, in the order of the file; only row groups that can hold them are read. */
export async function archivedRows(
  file: ParquetColumns,
  options: ArchivedRowsOptions,
): Promise<ArchivedRows[]> {
  const { pids, signal } = options;
  const groups = [...file.groups.keys()].filter((group) => mayHold(file.range('pid', group), pids));
  const found: ArchivedRows[] = [];
  let next = 0;
  const work = async () => {
    for (let from = next; from < groups.length; from = next) {
      throwIfCancelled(signal, `reading ${file.url}`);
      next += groupsAtOnce;
      const some = groups.slice(from, next);
      const rows = await Promise.all(some.map((group) => rowsOf(file, group, options)));
      for (const [at, one] of rows.entries()) found[from + at] = one;
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, work));
  return found;
}

function mayHold(range: readonly [unknown, unknown] | undefined, pids: Float64Array | undefined): boolean {
  if (pids === undefined || range === undefined) return true;
  const [least, most] = [Number(range[0]), Number(range[1])];
  const pid = pids[firstAtLeast(pids, least)];
  return pid !== undefined && pid <= most;
}

/** The place of the first number that is not below `value`. */
export function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function rowsOf(
  file: ParquetColumns,
  group: number,
  { pids, images, texts = [], counts = [], values = [], signal }: ArchivedRowsOptions,
): Promise<ArchivedRows> {
  const names = ['pid', 'image_id', ...texts, ...counts, ...values];
  const columns = await file.read(names, group, { signal });
  const allPids = doubles(columns.get('pid') ?? []);
  const allImages = wholeNumbers(columns.get('image_id') ?? []);
  const wanted: number[] = [];
  for (let row = 0; row < allPids.length; row++) {
    if (!images.has(allImages[row] ?? -1)) continue;
    const pid = allPids[row] ?? Number.NaN;
    if (pids === undefined || pids[firstAtLeast(pids, pid)] === pid) wanted.push(row);
  }
  const places = Int32Array.from(wanted);
  const whole = (name: string) => wholeNumbers(columns.get(name) ?? []);
  const single = (name: string) => singles(columns.get(name) ?? []);
  return {
    rows: places.length,
    pid: Float64Array.from(places, (row) => allPids[row] ?? Number.NaN),
    image: places.map((row) => allImages[row] ?? -1),
    texts: new Map(
      texts.map((name) => {
        const all = columns.get(name) ?? [];
        return [name, Array.from(places, (row) => String(all[row]))];
      }),
    ),
    counts: new Map(
      counts.map((name) => {
        const all = whole(name);
        return [name, places.map((row) => all[row] ?? 0)];
      }),
    ),
    values: new Map(
      values.map((name) => {
        const all = single(name);
        return [name, Float32Array.from(places, (row) => all[row] ?? Number.NaN)];
      }),
    ),
  };
}
