import { checkLimit } from '../limits.ts';
import { invertAffine } from './affine.ts';
import { isClockwise, polygonsOf, vertexCount } from './area.ts';
import type { Grid } from './grid.ts';
import type { Area, Position, Ring } from './polygon.ts';

/**
 * The pixels of an area as triples `[row, firstColumn, endColumn)` in row order, disjoint, clipped to the grid. `area` is in
 * the CRS of the grid. A pixel counts when its centre is inside, by GDAL's rule (alg/llrasterize.cpp,
 * GDALdllImageFilledPolygon): the row's centre is y + 0.5, an edge counts when ymin <= yc < ymax, a run goes from
 * floor(xa + 0.5) to floor(xb + 0.5) - 1; rings of one polygon by even-odd, polygons of one area united. As in GDAL an edge
 * that lies exactly on a row of centres belongs to the area on both of its sides. Throws `LimitExceeded`.
 */
export function pixelRuns(area: Area, grid: Pick<Grid, 'transform' | 'width' | 'height'>): Int32Array {
  checkLimit('vertices', vertexCount(area), 'rasterize');
  const polygons = polygonsOf(area);
  const parts = polygons.map((rings) => polygonRuns(rings, grid)).filter((runs) => runs.length > 0);
  if (parts.length === 1) return Int32Array.from(parts[0] as number[]);
  return Int32Array.from(unite(parts));
}

interface PixelEdges {
  /** x1, y1, x2, y2 in pixels, y1 < y2: one edge after the other. */
  readonly slanted: Float64Array;
  /** row, first, end: runs of edges that lie on a row of centres. */
  readonly flat: number[];
}

function pixelEdges(
  rings: readonly Ring[],
  { transform, width, height }: Pick<Grid, 'transform' | 'width' | 'height'>,
): PixelEdges {
  const [a, b, c, d, e, f] = invertAffine(transform);
  let edges = 0;
  for (const ring of rings) edges += Math.max(0, ring.length - 1);
  const slanted = new Float64Array(edges * 4);
  const flat: number[] = [];
  let at = 0;
  for (const ring of rings) {
    let clockwise: boolean | undefined;
    let [x1, y1] = [0, 0];
    for (let i = 0; i < ring.length; i++) {
      const [x, y] = ring[i] as Position;
      // The order of the sums is GDAL's: vertices on pixel borders must land on the same side as there.
      const x2 = c + x * a + y * b;
      const y2 = f + x * d + y * e;
      if (i > 0 && y1 !== y2) {
        const down = y1 < y2;
        slanted[at++] = down ? x1 : x2;
        slanted[at++] = down ? y1 : y2;
        slanted[at++] = down ? x2 : x1;
        slanted[at++] = down ? y2 : y1;
      } else if (i > 0 && y1 >= 0 && y1 < height && y1 - Math.floor(y1) === 0.5) {
        // GDAL turns every ring clockwise in map coordinates and then fills the flat edges that run towards smaller columns.
        clockwise ??= isClockwise(ring);
        if (clockwise ? x1 > x2 : x2 > x1) {
          const first = clampColumn(Math.min(x1, x2), width);
          const end = clampColumn(Math.max(x1, x2), width);
          if (first < end) flat.push(Math.floor(y1), first, end);
        }
      }
      [x1, y1] = [x2, y2];
    }
  }
  return { slanted: slanted.subarray(0, at), flat };
}

function clampColumn(x: number, width: number): number {
  return Math.min(width, Math.max(0, Math.floor(x + 0.5)));
}

/** The first row whose centre is not above `y`, kept inside the grid. */
function rowFrom(y: number, height: number): number {
  return Math.min(height, Math.max(0, Math.ceil(y - 0.5)));
}

function polygonRuns(rings: readonly Ring[], grid: Pick<Grid, 'transform' | 'width' | 'height'>): number[] {
  const { slanted, flat } = pixelEdges(rings, grid);
  const { width, height } = grid;
  let [top, bottom, crossed] = [height, 0, 0];
  for (let i = 0; i < slanted.length; i += 4) {
    const first = rowFrom(slanted[i + 1] as number, height);
    const end = rowFrom(slanted[i + 3] as number, height);
    top = Math.min(top, first);
    bottom = Math.max(bottom, end);
    crossed += end - first;
  }
  checkLimit('windowBytes', crossed * 4, 'rasterize');
  const runs: number[] = [];
  if (top < bottom) {
    // Two passes over the edges: count the crossings of each row, then file them; no list per row is allocated.
    const starts = new Int32Array(bottom - top + 1);
    for (let i = 0; i < slanted.length; i += 4) {
      const end = rowFrom(slanted[i + 3] as number, height);
      for (let row = rowFrom(slanted[i + 1] as number, height); row < end; row++) starts[row - top + 1]! += 1;
    }
    for (let row = 1; row < starts.length; row++) starts[row]! += starts[row - 1] as number;
    const crossings = new Int32Array(starts.at(-1) as number);
    const next = starts.slice(0, -1);
    for (let i = 0; i < slanted.length; i += 4) {
      const x1 = slanted[i] as number;
      const y1 = slanted[i + 1] as number;
      const x2 = slanted[i + 2] as number;
      const y2 = slanted[i + 3] as number;
      const end = rowFrom(y2, height);
      for (let row = rowFrom(y1, height); row < end; row++) {
        const x = ((row + 0.5 - y1) * (x2 - x1)) / (y2 - y1) + x1;
        crossings[next[row - top]!++] = clampColumn(x, width);
      }
    }
    for (let row = top; row < bottom; row++)
      pushRuns(runs, row, crossings.subarray(starts[row - top], starts[row - top + 1]));
  }
  return flat.length === 0 ? runs : unite([runs, flat]);
}

function pushRuns(runs: number[], row: number, columns: Int32Array): void {
  if (columns.length === 2) {
    const [one, other] = columns as unknown as [number, number];
    if (one !== other) runs.push(row, Math.min(one, other), Math.max(one, other));
    return;
  }
  columns.sort();
  for (let i = 0; i + 1 < columns.length; i += 2) {
    const first = columns[i] as number;
    const end = columns[i + 1] as number;
    if (first === end) continue;
    // Two runs that touch are one run.
    if (runs.at(-3) === row && runs.at(-1) === first) runs[runs.length - 1] = end;
    else runs.push(row, first, end);
  }
}

/** The union of several lists of runs, in row order and disjoint. */
function unite(parts: readonly (readonly number[])[]): number[] {
  const triples: [row: number, first: number, end: number][] = [];
  for (const part of parts)
    for (let i = 0; i < part.length; i += 3)
      triples.push([part[i] as number, part[i + 1] as number, part[i + 2] as number]);
  triples.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const union: number[] = [];
  for (const [row, first, end] of triples) {
    const last = union.length - 1;
    if (union[last - 2] === row && (union[last] as number) >= first)
      union[last] = Math.max(union[last] as number, end);
    else union.push(row, first, end);
  }
  return union;
}
