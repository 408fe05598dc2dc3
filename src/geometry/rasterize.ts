import { checkLimit } from '../limits.ts';
import { invertAffine } from './affine.ts';
import { isClockwise, polygonsOf, vertexCount } from './area.ts';
import type { Grid } from './grid.ts';
import type { Area, Position, Ring } from './polygon.ts';
import { RunList, unite } from './run-list.ts';

/**
 * The pixels of an area as triples `[row, firstColumn, endColumn)` in row order, disjoint, clipped to the grid. `area` is in
 * the CRS of the grid. A pixel counts when its centre is inside, by GDAL's rule (alg/llrasterize.cpp,
 * GDALdllImageFilledPolygon): the row's centre is y + 0.5, an edge counts when ymin <= yc < ymax, a run goes from
 * floor(xa + 0.5) to floor(xb + 0.5) - 1; rings of one polygon by even-odd, polygons of one area united. As in GDAL an edge
 * that lies exactly on a row of centres belongs to the area on both of its sides. Throws `LimitExceeded`.
 */
export function pixelRuns(area: Area, grid: PixelGrid): Int32Array {
  const list = new RunList(256);
  addPixelRuns(list, area, grid);
  return list.toArray();
}

export type PixelGrid = Pick<Grid, 'transform' | 'width' | 'height'>;

/** The same, added to the end of a list. */
export function addPixelRuns(list: RunList, area: Area, grid: PixelGrid): void {
  checkLimit('vertices', vertexCount(area), 'rasterize');
  const polygons = polygonsOf(area);
  const before = list.length;
  const parts = polygons.filter((rings) => addPolygonRuns(list, rings, grid)).length;
  if (parts > 1) list.replace(before, unite(list.values.subarray(before, list.length)));
}

/** A larger array of crossings is given up after use. */
const KEPT_CROSSINGS = 2 ** 20;

/** Edges of one polygon, x1, y1, x2, y2 in pixels with y1 < y2; reused from polygon to polygon. */
let slanted = new Float64Array(1024);
let rowStarts = new Int32Array(1024);
let crossings = new Int32Array(4096);

/** Fills `slanted` and tells how much of it; edges on a row of centres go to `flat` as runs. */
function pixelEdges(rings: readonly Ring[], { transform, width, height }: PixelGrid, flat: number[]): number {
  const [a, b, c, d, e, f] = invertAffine(transform);
  let edges = 0;
  for (const ring of rings) edges += Math.max(0, ring.length - 1);
  if (slanted.length < edges * 4) slanted = new Float64Array(edges * 8);
  let at = 0;
  for (const ring of rings) {
    let clockwise: boolean | undefined;
    let [x1, y1] = [0, 0];
    for (let i = 0; i < ring.length; i++) {
      const position = ring[i] as Position;
      const x = position[0];
      const y = position[1];
      // The order of the sums is GDAL's: vertices on pixel borders must land on the same side as there.
      const x2 = c + x * a + y * b;
      const y2 = f + x * d + y * e;
      if (i > 0 && y1 !== y2) {
        const down = y1 < y2;
        slanted[at] = down ? x1 : x2;
        slanted[at + 1] = down ? y1 : y2;
        slanted[at + 2] = down ? x2 : x1;
        slanted[at + 3] = down ? y2 : y1;
        at += 4;
      } else if (i > 0 && y1 >= 0 && y1 < height && y1 - Math.floor(y1) === 0.5) {
        // GDAL turns every ring clockwise in map coordinates and then fills the flat edges that run towards smaller columns.
        clockwise ??= isClockwise(ring);
        if (clockwise ? x1 > x2 : x2 > x1) {
          const first = clampColumn(Math.min(x1, x2), width);
          const end = clampColumn(Math.max(x1, x2), width);
          if (first < end) flat.push(Math.floor(y1), first, end);
        }
      }
      x1 = x2;
      y1 = y2;
    }
  }
  return at;
}

function clampColumn(x: number, width: number): number {
  return Math.min(width, Math.max(0, Math.floor(x + 0.5)));
}

/** The first row whose centre is not above `y`, kept inside the grid. */
function rowFrom(y: number, height: number): number {
  return Math.min(height, Math.max(0, Math.ceil(y - 0.5)));
}

/** Whether there was a pixel to add. */
function addPolygonRuns(list: RunList, rings: readonly Ring[], grid: PixelGrid): boolean {
  const flat: number[] = [];
  const edges = pixelEdges(rings, grid, flat);
  const { width, height } = grid;
  const before = list.length;
  let [top, bottom, crossed] = [height, 0, 0];
  for (let i = 0; i < edges; i += 4) {
    const first = rowFrom(slanted[i + 1] as number, height);
    const end = rowFrom(slanted[i + 3] as number, height);
    if (first < top) top = first;
    if (end > bottom) bottom = end;
    crossed += end - first;
  }
  checkLimit('windowBytes', crossed * 4, 'rasterize');
  if (top < bottom) {
    // Two passes over the edges: count the crossings of each row, then file them; no list per row is allocated.
    const rows = bottom - top;
    if (rowStarts.length < rows + 1) rowStarts = new Int32Array(2 * rows + 2);
    else rowStarts.fill(0, 0, rows + 1);
    if (crossings.length < crossed) crossings = new Int32Array(2 * crossed);
    for (let i = 0; i < edges; i += 4) {
      const end = rowFrom(slanted[i + 3] as number, height);
      for (let row = rowFrom(slanted[i + 1] as number, height); row < end; row++) rowStarts[row - top]! += 1;
    }
    // Each count becomes the end of its row, then, row filled from the back, its start.
    for (let row = 1; row <= rows; row++) rowStarts[row]! += rowStarts[row - 1] as number;
    for (let i = 0; i < edges; i += 4) {
      const x1 = slanted[i] as number;
      const y1 = slanted[i + 1] as number;
      const x2 = slanted[i + 2] as number;
      const y2 = slanted[i + 3] as number;
      const end = rowFrom(y2, height);
      for (let row = rowFrom(y1, height); row < end; row++) {
        const x = ((row + 0.5 - y1) * (x2 - x1)) / (y2 - y1) + x1;
        crossings[--rowStarts[row - top]!] = clampColumn(x, width);
      }
    }
    for (let row = 0; row < rows; row++)
      addRow(list, row + top, rowStarts[row] as number, rowStarts[row + 1] as number);
  }
  if (crossings.length > KEPT_CROSSINGS) crossings = new Int32Array(4096);
  if (flat.length > 0) {
    for (let i = 0; i < flat.length; i += 3)
      list.add(flat[i] as number, flat[i + 1] as number, flat[i + 2] as number);
    list.replace(before, unite(list.values.subarray(before, list.length)));
  }
  return list.length > before;
}

/** The runs of one row between the crossings `from` to `to`. */
function addRow(list: RunList, row: number, from: number, to: number): void {
  if (to - from === 2) {
    const one = crossings[from] as number;
    const other = crossings[from + 1] as number;
    if (one !== other) list.add(row, Math.min(one, other), Math.max(one, other));
    return;
  }
  const columns = crossings.subarray(from, to).sort();
  let last = -1;
  for (let i = 0; i + 1 < columns.length; i += 2) {
    const first = columns[i] as number;
    const end = columns[i + 1] as number;
    if (first === end) continue;
    // Two runs that touch are one run.
    if (first === last) list.values[list.length - 1] = end;
    else list.add(row, first, end);
    last = end;
  }
}
