import { InvalidArgument } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { statNames } from './distribution.ts';
import type { PixelLayout } from './gather.ts';
import { type ParcelRuns, pixelsOfParcel } from './runs.ts';

/** Statistics of parcels that have at least one valid pixel; row `i` of every array is parcel `pid[i]`. */
export interface ZonalStatistics {
  readonly pid: Float64Array;
  /** Valid pixels: the most over the bands; the same for all bands that share a nodata mask. */
  readonly n: Int32Array;
  /** Valid pixels of each band, parcel by parcel. */
  readonly counts: Int32Array;
  /** Parcel by parcel, in it band by band, in it in the order of `stats`; NaN for a band without valid pixel. */
  readonly values: Float64Array;
  readonly stats: readonly string[];
  readonly bands: number;
}

/** A row for every parcel, filled band by band; `finishTable` leaves out the parcels without valid pixel. */
export interface ZonalTable {
  readonly bands: number;
  readonly stats: readonly string[];
  readonly counts: Int32Array;
  readonly values: Float64Array;
}

export function openTable({ pids }: ParcelRuns, bands: number, percentiles: readonly number[]): ZonalTable {
  const stats = statNames(percentiles);
  const cells = pids.length * bands * stats.length;
  checkLimit('cubeBytes', cells * 8, 'statistics of parcels');
  return {
    bands,
    stats,
    counts: new Int32Array(pids.length * bands),
    values: new Float64Array(cells).fill(NaN),
  };
}

export function finishTable(
  { pids }: ParcelRuns,
  { bands, stats, counts, values }: ZonalTable,
): ZonalStatistics {
  const most = Int32Array.from(pids, (_, i) => {
    let n = 0;
    for (let b = 0; b < bands; b++) n = Math.max(n, counts[i * bands + b] as number);
    return n;
  });
  const rows = most.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0);
  if (rows === pids.length) return { pid: pids, n: most, counts, values, stats, bands };
  const cells = bands * stats.length;
  const kept = {
    pid: new Float64Array(rows),
    n: new Int32Array(rows),
    counts: new Int32Array(rows * bands),
    values: new Float64Array(rows * cells),
  };
  let row = 0;
  for (const [i, n] of most.entries()) {
    if (n === 0) continue;
    kept.pid[row] = pids[i] as number;
    kept.n[row] = n;
    kept.counts.set(counts.subarray(i * bands, (i + 1) * bands), row * bands);
    kept.values.set(values.subarray(i * cells, (i + 1) * cells), row * cells);
    row++;
  }
  return { ...kept, stats, bands };
}

/** The pixels of the largest parcel. */
export function largestParcel(runs: ParcelRuns): number {
  let largest = 0;
  for (let i = 0; i < runs.pids.length; i++) largest = Math.max(largest, pixelsOfParcel(runs, i));
  checkLimit('windowBytes', largest * 8, 'pixels of one parcel');
  return largest;
}

/** Percentiles as asked for, quartiles when not. Throws `InvalidArgument` unless ascending within 0 to 100. */
export function checkPercentiles(percentiles: readonly number[] = [25, 50, 75]): readonly number[] {
  for (const [i, p] of percentiles.entries())
    if (!(p >= 0 && p <= 100) || p <= (percentiles[i - 1] ?? -1))
      throw new InvalidArgument(`percentiles must ascend from 0 to 100, not ${percentiles.join(', ')}`);
  return percentiles;
}

/** Throws `InvalidArgument` when an array of pixels does not hold every run: the wrong grid, window or width. */
export function checkCover(
  { window }: ParcelRuns,
  length: number,
  { width, origin }: PixelLayout,
  what: string,
): void {
  const [x, y] = [origin?.x ?? 0, origin?.y ?? 0];
  if (!Number.isSafeInteger(width) || width < 1 || length % width !== 0)
    throw new InvalidArgument(`${what} has ${length} pixels, not a whole number of rows of ${width}`);
  if (window === undefined) return;
  const rows = length / width;
  if (
    window.x < x ||
    window.y < y ||
    window.x + window.width > x + width ||
    window.y + window.height > y + rows
  )
    throw new InvalidArgument(
      `${what} holds ${width} x ${rows} pixels from ${x}, ${y} on; the parcels need ${window.width} x ${window.height} from ${window.x}, ${window.y} on`,
    );
}
