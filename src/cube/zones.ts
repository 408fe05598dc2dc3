import { invertAffine } from '../geometry/affine.ts';
import { transformArea, transformer } from '../geometry/crs.ts';
import type { Grid } from '../geometry/grid.ts';
import type { Position } from '../geometry/polygon.ts';
import { addPixelRuns, type PixelGrid } from '../geometry/rasterize.ts';
import { RunList, unite } from '../geometry/run-list.ts';
import { checkLimit } from '../limits.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import type { GeometrySet, Shape } from './geometries.ts';

/** The pixels of geometries on one grid. */
export interface Zones {
  /** `[row, firstColumn, endColumn)` in pixels of the grid, geometry after geometry; row order and disjoint in each. */
  readonly runs: Int32Array;
  /** Geometry `i` has the elements `offsets[i]` to `offsets[i + 1]` of `runs`. */
  readonly offsets: Int32Array;
  /** Number of pixels of each geometry. */
  readonly counts: Float64Array;
}

/**
 * Finds the pixels of geometries on a grid: those whose centres an area holds, by the rule of `pixelRuns`, and those that points
 * lie in. A geometry that is empty or lies outside has none. Throws `CrsUnknown`, `LimitExceeded`.
 */
export function zonesOf({ crs, features }: GeometrySet, grid: Grid): Zones {
  const list = new RunList(Math.max(64, features.length * 32));
  const offsets = new Int32Array(features.length + 1);
  const counts = new Float64Array(features.length);
  for (const [index, { shape }] of features.entries()) {
    const before = list.length;
    if (shape !== undefined) addShape(list, shape, crs, grid);
    checkLimit('windowBytes', list.length * 4, 'pixels of geometries');
    offsets[index + 1] = list.length;
    let count = 0;
    for (let i = before; i < list.length; i += 3)
      count += (list.values[i + 2] as number) - (list.values[i + 1] as number);
    counts[index] = count;
  }
  return { runs: list.toArray(), offsets, counts };
}

function addShape(list: RunList, shape: Shape, crs: string, grid: Grid): void {
  if (shape.type === 'Polygon' || shape.type === 'MultiPolygon') {
    addPixelRuns(list, transformArea(shape, crs, grid.crs), grid);
    return;
  }
  const place = transformer(crs, grid.crs);
  const before = list.length;
  const points = shape.type === 'Point' ? [shape.coordinates] : shape.coordinates;
  for (const [x, y] of points) addPixelOf(list, place(x, y), grid);
  list.replace(before, unite(list.values.slice(before, list.length)));
}

function addPixelOf(list: RunList, [x, y]: Position, { transform, width, height }: PixelGrid): void {
  const [a, b, c, d, e, f] = invertAffine(transform);
  const column = Math.floor(c + x * a + y * b);
  const row = Math.floor(f + x * d + y * e);
  if (column >= 0 && row >= 0 && column < width && row < height) list.add(row, column, column + 1);
}

/**
 * Calls `visit` for every run of a geometry's pixels in a window of the grid, in row order: where the run starts among the
 * geometry's own pixels, where in the window, and how long it is.
 */
export function visitRuns(
  { runs, offsets }: Zones,
  zone: number,
  { x, y, width, height }: PixelWindow,
  visit: (position: number, inWindow: number, length: number) => void,
): void {
  let position = 0;
  for (let i = offsets[zone] ?? 0; i < (offsets[zone + 1] ?? 0); i += 3) {
    const row = (runs[i] as number) - y;
    const first = runs[i + 1] as number;
    const end = runs[i + 2] as number;
    if (row >= 0 && row < height) {
      const from = Math.max(first, x);
      const to = Math.min(end, x + width);
      if (from < to) visit(position + from - first, row * width + from - x, to - from);
    }
    position += end - first;
  }
}

/** A mask of a window: 1 for pixels of any of the geometries. */
export function zoneMask(zones: Zones, window: PixelWindow): Uint8Array {
  const mask = new Uint8Array(window.width * window.height);
  for (let zone = 0; zone < zones.counts.length; zone += 1)
    visitRuns(zones, zone, window, (_position, inWindow, length) => {
      mask.fill(1, inWindow, inWindow + length);
    });
  return mask;
}

/** The smallest window of the grid around all pixels; of size 0 when there are none. */
export function zonesWindow({ runs }: Zones): PixelWindow {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (let i = 0; i < runs.length; i += 3) {
    top = Math.min(top, runs[i] as number);
    bottom = Math.max(bottom, (runs[i] as number) + 1);
    left = Math.min(left, runs[i + 1] as number);
    right = Math.max(right, runs[i + 2] as number);
  }
  return right > left
    ? { x: left, y: top, width: right - left, height: bottom - top }
    : { x: 0, y: 0, width: 0, height: 0 };
}
