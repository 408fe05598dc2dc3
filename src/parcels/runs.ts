import { throwIfCancelled } from '../errors.ts';
import { polygonsOf } from '../geometry/area.ts';
import { transformArea, transformBBox } from '../geometry/crs.ts';
import { type BBox, type Grid, gridBounds, gridKey } from '../geometry/grid.ts';
import { removeBorder } from '../geometry/inner-buffer.ts';
import type { Area } from '../geometry/polygon.ts';
import { addPixelRuns } from '../geometry/rasterize.ts';
import { RunList } from '../geometry/run-list.ts';
import { addTouchedRuns } from '../geometry/touched.ts';
import { type Measures, measuresOf } from './measures.ts';
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

/** Which pixels are a parcel's, and which parcels are measured at all. */
export type RunsOptions = Partial<Pick<Measures, 'allTouched' | 'innerBuffer' | 'minArea'>>;

/** Grids kept per list of parcels: those of the images that a season is at. */
const MOST_GRIDS = 16;
const built = new WeakMap<readonly Parcel[], Map<string, ParcelRuns>>();

/**
 * Finds the pixels of parcels (coordinates in `crs`) on a grid by `pixelRuns`' rule, or the rule of the options. Parcels below
 * the minimum area have no pixel. Kept per list of parcels, grid and rule: the second call costs nothing. Throws `CrsUnknown`, `LimitExceeded`,
 * `Cancelled`.
 */
export function buildRuns(
  parcels: readonly Parcel[],
  crs: string,
  grid: Grid,
  options: RunsOptions & { readonly signal?: AbortSignal | undefined } = {},
): ParcelRuns {
  const { allTouched, innerBuffer, minArea } = measuresOf(options);
  const key = `${crs}|${gridKey(grid)}|${JSON.stringify([allTouched, innerBuffer, minArea])}`;
  const known = built.get(parcels) ?? new Map<string, ParcelRuns>();
  built.set(parcels, known);
  const runs =
    known.get(key) ?? findRuns(parcels, crs, grid, { allTouched, innerBuffer, minArea }, options.signal);
  known.delete(key);
  known.set(key, runs);
  for (const oldest of known.keys()) if (known.size > MOST_GRIDS) known.delete(oldest);
  return runs;
}

function findRuns(
  parcels: readonly Parcel[],
  crs: string,
  grid: Grid,
  { allTouched, innerBuffer, minArea }: Required<RunsOptions> & Pick<Measures, 'minArea'>,
  signal: AbortSignal | undefined,
): ParcelRuns {
  const pids = Float64Array.from(parcels, ({ pid }) => pid);
  const offsets = new Int32Array(parcels.length + 1);
  const list = new RunList(Math.max(1024, parcels.length * 64));
  const near = around(grid, crs);
  for (let i = 0; i < parcels.length; i++) {
    if (i % 1024 === 0) throwIfCancelled(signal, 'finding the pixels of the parcels');
    const { geometry, area } = parcels[i] as Parcel;
    const before = list.length;
    if (area >= minArea.hectares && meets(geometry, near)) {
      const placed = transformArea(geometry, crs, grid.crs);
      if (allTouched) addTouchedRuns(list, placed, grid);
      else addPixelRuns(list, placed, grid);
      if (innerBuffer > 0) removeBorder(list, before, placed, grid, innerBuffer);
      if (minArea.pixels > 0 && pixelsIn(list.values, before, list.length) < minArea.pixels)
        list.length = before;
    }
    offsets[i + 1] = list.length;
  }
  const runs = list.toArray();
  return { pids, runs, offsets, window: runsWindow(runs, 0, runs.length) };
}

/** The box of a grid in the CRS of parcels, with a margin for edges that bend; undefined where it cannot be told. */
function around(grid: Grid, crs: string): BBox | undefined {
  const [xmin, ymin, xmax, ymax] = transformBBox(gridBounds(grid), grid.crs, crs);
  if (![xmin, ymin, xmax, ymax].every(Number.isFinite) || xmin > xmax || ymin > ymax) return undefined;
  const x = (xmax - xmin) * MARGIN;
  const y = (ymax - ymin) * MARGIN;
  return [xmin - x, ymin - y, xmax + x, ymax + y];
}

const MARGIN = 0.05;

function meets(area: Area, box: BBox | undefined): boolean {
  if (box === undefined) return true;
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const rings of polygonsOf(area))
    for (const position of rings[0] ?? []) {
      const x = position[0];
      const y = position[1];
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < bottom) bottom = y;
      if (y > top) top = y;
    }
  return left <= box[2] && right >= box[0] && bottom <= box[3] && top >= box[1];
}

function pixelsIn(runs: Int32Array, from: number, to: number): number {
  let pixels = 0;
  for (let at = from; at < to; at += 3) pixels += (runs[at + 2] as number) - (runs[at + 1] as number);
  return pixels;
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
  return pixelsIn(runs, offsets[i] ?? 0, offsets[i + 1] ?? 0);
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

/** Neighbouring parcels `from` to `to` only, without a copy. */
export function partOfRuns({ pids, runs, offsets }: ParcelRuns, from: number, to: number): ParcelRuns {
  const ends = offsets.subarray(from, to + 1);
  return {
    pids: pids.subarray(from, to),
    runs,
    offsets: ends,
    window: runsWindow(runs, ends[0] ?? 0, ends.at(-1) ?? 0),
  };
}

const lines = new WeakMap<ParcelRuns, ParcelRuns>();

/**
 * The same parcels where the pixels of their runs stand one after another in a line, as `filePicks` places them: every parcel has one run on
 * the only row. In shared memory, so that a worker gets it without a copy.
 */
export function onOneLine(runs: ParcelRuns): ParcelRuns {
  const known = lines.get(runs);
  if (known !== undefined) return known;
  const parcels = runs.pids.length;
  const pids = new Float64Array(new SharedArrayBuffer(parcels * 8));
  pids.set(runs.pids);
  const spans = new Int32Array(new SharedArrayBuffer(parcels * 12));
  const offsets = new Int32Array(new SharedArrayBuffer((parcels + 1) * 4));
  let pixels = 0;
  let used = 0;
  for (let i = 0; i < parcels; i++) {
    const own = pixelsOfParcel(runs, i);
    if (own > 0) {
      spans[used + 1] = pixels;
      spans[used + 2] = pixels + own;
      used += 3;
    }
    pixels += own;
    offsets[i + 1] = used;
  }
  const window = pixels === 0 ? undefined : { x: 0, y: 0, width: pixels, height: 1 };
  const line = { pids, runs: spans, offsets, window };
  lines.set(runs, line);
  return line;
}
