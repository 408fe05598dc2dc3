import { throwIfCancelled } from '../errors.ts';
import { transformArea } from '../geometry/crs.ts';
import { type Grid, gridKey } from '../geometry/grid.ts';
import { pixelRuns } from '../geometry/rasterize.ts';
import type { Parcel } from './parcel.ts';

/** A rectangle of pixels of the grid. */
export interface RunWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The pixels of each parcel on one grid, as runs; plain arrays, so that it can go to a worker. */
export interface ParcelRuns {
  readonly pids: Float64Array;
  /** `[row, firstColumn, endColumn)` in pixels of the grid, parcel after parcel. */
  readonly runs: Int32Array;
  /** Parcel `i` has the elements `offsets[i]` to `offsets[i + 1]` of `runs`; none when it lies outside. */
  readonly offsets: Int32Array;
  /** The smallest window around all runs; undefined when no parcel has a pixel. */
  readonly window: RunWindow | undefined;
}

const built = new WeakMap<readonly Parcel[], Map<string, ParcelRuns>>();

/**
 * Finds the pixels of parcels (coordinates in `crs`) on a grid by `pixelRuns`' rule. Kept per list of parcels and grid: the
 * second call costs nothing. Throws `CrsUnknown`, `LimitExceeded`, `Cancelled`.
 */
export function buildRuns(
  parcels: readonly Parcel[],
  crs: string,
  grid: Grid,
  options: { readonly signal?: AbortSignal | undefined } = {},
): ParcelRuns {
  const key = `${crs}|${gridKey(grid)}`;
  const known = built.get(parcels) ?? new Map<string, ParcelRuns>();
  built.set(parcels, known);
  let runs = known.get(key);
  if (runs === undefined) {
    runs = findRuns(parcels, crs, grid, options.signal);
    known.set(key, runs);
  }
  return runs;
}

function findRuns(
  parcels: readonly Parcel[],
  crs: string,
  grid: Grid,
  signal: AbortSignal | undefined,
): ParcelRuns {
  const pids = Float64Array.from(parcels, ({ pid }) => pid);
  const offsets = new Int32Array(parcels.length + 1);
  let runs = new Int32Array(Math.max(1024, parcels.length * 64));
  let used = 0;
  for (const [i, parcel] of parcels.entries()) {
    if (i % 1024 === 0) throwIfCancelled(signal, 'finding the pixels of the parcels');
    const own = pixelRuns(transformArea(parcel.geometry, crs, grid.crs), grid);
    if (used + own.length > runs.length) {
      const larger = new Int32Array(Math.max(runs.length * 2, used + own.length));
      larger.set(runs.subarray(0, used));
      runs = larger;
    }
    runs.set(own, used);
    used += own.length;
    offsets[i + 1] = used;
  }
  runs = runs.slice(0, used);
  return { pids, runs, offsets, window: runsWindow(runs, 0, used) };
}

/** The smallest window around the elements `from` to `to` of `runs`; undefined when there are none. */
export function runsWindow(runs: Int32Array, from: number, to: number): RunWindow | undefined {
  if (from >= to) return undefined;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = from; i < to; i += 3) {
    top = Math.min(top, runs[i] as number);
    bottom = Math.max(bottom, runs[i] as number);
    left = Math.min(left, runs[i + 1] as number);
    right = Math.max(right, runs[i + 2] as number);
  }
  return { x: left, y: top, width: right - left, height: bottom + 1 - top };
}

/** The window of parcel `i`; undefined when it has no pixel on the grid. */
export function parcelWindow({ runs, offsets }: ParcelRuns, i: number): RunWindow | undefined {
  return runsWindow(runs, offsets[i] ?? 0, offsets[i + 1] ?? 0);
}

/** The pixels of parcel `i` on the grid, nodata or not. */
export function pixelsOfParcel({ runs, offsets }: ParcelRuns, i: number): number {
  let pixels = 0;
  for (let at = offsets[i] ?? 0; at < (offsets[i + 1] ?? 0); at += 3)
    pixels += (runs[at + 2] as number) - (runs[at + 1] as number);
  return pixels;
}

/** The runs of some parcels only, by position; to work through a large raster window by window. */
export function selectRuns({ pids, runs, offsets }: ParcelRuns, positions: ArrayLike<number>): ParcelRuns {
  const chosen = Array.from(positions);
  const lengths = chosen.map((i) => (offsets[i + 1] ?? 0) - (offsets[i] ?? 0));
  const selected = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  const starts = new Int32Array(chosen.length + 1);
  for (const [at, i] of chosen.entries()) {
    selected.set(runs.subarray(offsets[i], offsets[i + 1]), starts[at]);
    starts[at + 1] = (starts[at] as number) + (lengths[at] as number);
  }
  return {
    pids: Float64Array.from(chosen, (i) => pids[i] as number),
    runs: selected,
    offsets: starts,
    window: runsWindow(selected, 0, selected.length),
  };
}
