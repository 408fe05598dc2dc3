import { checkLimit } from '../limits.ts';
import { applyAffine } from './affine.ts';
import { polygonsOf } from './area.ts';
import { isGeographic, metresPerUnit } from './crs.ts';
import type { Grid } from './grid.ts';
import type { Area, Position } from './polygon.ts';
import type { RunList } from './run-list.ts';

/** Metres of a degree of latitude and of longitude on WGS 84 at a latitude (degrees). */
function metresPerDegree(latitude: number): readonly [x: number, y: number] {
  const phi = (latitude * Math.PI) / 180;
  const [a, e2] = [6_378_137, 0.006_694_379_990_14];
  const w = Math.sqrt(1 - e2 * Math.sin(phi) ** 2);
  return [((Math.PI / 180) * a * Math.cos(phi)) / w, ((Math.PI / 180) * a * (1 - e2)) / w ** 3];
}

/**
 * Takes out of the runs from element `from` on the pixels whose centre lies less than `metres` from a boundary (outline or
 * hole) of `area`, which is in the CRS of the grid. Distances are those of the grid's plane, as of a negative buffer there; where
 * the grid counts degrees, of the plane that touches the ellipsoid at the area. Throws `CrsUnknown`, `LimitExceeded`.
 */
export function removeBorder(list: RunList, from: number, area: Area, grid: Grid, metres: number): void {
  if (list.length === from) return;
  const [a, , , d] = grid.transform;
  const firstRow = list.values[from] as number;
  const lastRow = list.values[list.length - 3] as number;
  const scale = planeScale(grid, firstRow);
  const along: Vector = [a * scale[0], d * scale[1]];
  // Per row the columns too near to some edge, as pairs first, end.
  const near: number[][] = Array.from({ length: lastRow - firstRow + 1 }, () => []);
  let visits = 0;
  for (const rings of polygonsOf(area))
    for (const ring of rings)
      for (let i = 1; i < ring.length; i++) {
        const start = scaled(ring[i - 1] as Position, scale);
        const end = scaled(ring[i] as Position, scale);
        visits += near.length;
        checkLimit('windowBytes', visits, 'inner buffer');
        for (let row = firstRow; row <= lastRow; row++) {
          const origin = scaled(applyAffine(grid.transform, 0.5, row + 0.5), scale);
          const columns = nearColumns(origin, along, start, end, metres);
          if (columns !== undefined) near[row - firstRow]?.push(...columns);
        }
      }
  const kept: number[] = [];
  for (let at = from; at < list.length; at += 3) {
    const row = list.values[at] as number;
    keepBetween(
      row,
      list.values[at + 1] as number,
      list.values[at + 2] as number,
      near[row - firstRow] ?? [],
      kept,
    );
  }
  list.replace(from, kept);
}

type Vector = readonly [x: number, y: number];

function planeScale(grid: Grid, row: number): Vector {
  if (!isGeographic(grid.crs)) return [metresPerUnit(grid.crs), metresPerUnit(grid.crs)];
  return metresPerDegree(applyAffine(grid.transform, grid.width / 2, row + 0.5)[1]);
}

function scaled([x, y]: Position | Vector, scale: Vector): Vector {
  return [x * scale[0], y * scale[1]];
}

/** The whole columns whose centre `origin + column * along` lies less than `metres` from the segment: first and end. */
function nearColumns(
  origin: Vector,
  along: Vector,
  start: Vector,
  end: Vector,
  metres: number,
): [first: number, end: number] | undefined {
  // The places near a segment are two discs and a strip between them; together convex, so one interval of columns.
  let low = Infinity;
  let high = -Infinity;
  const step = along[0] ** 2 + along[1] ** 2;
  for (const centre of [start, end]) {
    const [x, y] = [origin[0] - centre[0], origin[1] - centre[1]];
    const half = (x * along[0] + y * along[1]) / step;
    const root = half ** 2 - (x * x + y * y - metres * metres) / step;
    if (root <= 0) continue;
    low = Math.min(low, -half - Math.sqrt(root));
    high = Math.max(high, -half + Math.sqrt(root));
  }
  const strip = stripColumns(origin, along, start, end, metres);
  if (strip !== undefined) {
    low = Math.min(low, strip[0]);
    high = Math.max(high, strip[1]);
  }
  if (!(low < high)) return undefined;
  // Exactly `metres` away is far enough.
  return [Math.floor(low) + 1, Math.ceil(high)];
}

function stripColumns(
  origin: Vector,
  along: Vector,
  start: Vector,
  end: Vector,
  metres: number,
): [low: number, high: number] | undefined {
  const [ex, ey] = [end[0] - start[0], end[1] - start[1]];
  const length = Math.hypot(ex, ey);
  if (length === 0) return undefined;
  const [x, y] = [origin[0] - start[0], origin[1] - start[1]];
  const within = between((x * ex + y * ey) / length, (along[0] * ex + along[1] * ey) / length, 0, length);
  const beside = between(
    (x * ey - y * ex) / length,
    (along[0] * ey - along[1] * ex) / length,
    -metres,
    metres,
  );
  if (within === undefined || beside === undefined) return undefined;
  const low = Math.max(within[0], beside[0]);
  const high = Math.min(within[1], beside[1]);
  return low < high ? [low, high] : undefined;
}

/** Where low < at + t * slope < high. */
function between(
  at: number,
  slope: number,
  low: number,
  high: number,
): [from: number, to: number] | undefined {
  if (slope === 0) return at > low && at < high ? [-Infinity, Infinity] : undefined;
  const [one, other] = [(low - at) / slope, (high - at) / slope];
  return one < other ? [one, other] : [other, one];
}

/** Adds what of a run lies in none of the pairs of columns. */
function keepBetween(row: number, first: number, end: number, near: readonly number[], kept: number[]): void {
  const pairs: [number, number][] = [];
  for (let i = 0; i < near.length; i += 2) pairs.push([near[i] as number, near[i + 1] as number]);
  pairs.sort((one, other) => one[0] - other[0]);
  let at = first;
  for (const [low, high] of pairs) {
    if (high <= at) continue;
    if (low >= end) break;
    if (low > at) kept.push(row, at, low);
    at = Math.max(at, high);
  }
  if (at < end) kept.push(row, at, end);
}
