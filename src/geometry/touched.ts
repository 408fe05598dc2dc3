import { checkLimit } from '../limits.ts';
import { invertAffine } from './affine.ts';
import { polygonsOf } from './area.ts';
import type { Area, Position, Ring } from './polygon.ts';
import { addPixelRuns, type PixelGrid } from './rasterize.ts';
import { type RunList, unite } from './run-list.ts';

/** Edges nearer than this to upright or level are walked along one column or row. */
const STRAIGHT = 0.01;
/** The last pixel of a straight edge is the one this far before its end; an edge this near to a border of pixels touches neither side. */
const ON_BORDER = 1e-4;
const LEAST_STEP = 1e-9;

/**
 * Adds the pixels that an area touches to a list: those of `pixelRuns`, and each that its outline or a hole's passes
 * through. The rule is GDAL's (alg/llrasterize.cpp, GDALdllImageLineAllTouched, as used for polygons), which an edge along a
 * border of pixels, within a ten-thousandth of one, does not widen. Throws `LimitExceeded`.
 */
export function addTouchedRuns(list: RunList, area: Area, grid: PixelGrid): void {
  const before = list.length;
  addPixelRuns(list, area, grid);
  for (const rings of polygonsOf(area)) for (const ring of rings) addOutline(list, ring, grid);
  list.replace(before, unite(list.values.subarray(before, list.length)));
}

function addOutline(list: RunList, ring: Ring, { transform, width, height }: PixelGrid): void {
  const [a, b, c, d, e, f] = invertAffine(transform);
  const place = ([x, y]: Position): [number, number] => [c + x * a + y * b, f + x * d + y * e];
  for (let i = 1; i < ring.length; i++) {
    let [x1, y1] = place(ring[i - 1] as Position);
    let [x2, y2] = place(ring[i] as Position);
    if ((y1 < 0 && y2 < 0) || (y1 > height && y2 > height)) continue;
    if ((x1 < 0 && x2 < 0) || (x1 > width && x2 > width)) continue;
    if (x1 > x2) [x1, y1, x2, y2] = [x2, y2, x1, y1];
    if (Math.floor(x1) === Math.floor(x2) || Math.abs(x1 - x2) < STRAIGHT) {
      if (onBorder(x1) && onBorder(x2)) continue;
      const column = Math.floor(x2);
      if (column < 0 || column >= width) continue;
      const first = Math.max(0, Math.floor(Math.min(y1, y2)));
      const last = Math.min(height - 1, Math.floor(Math.max(y1, y2) - ON_BORDER));
      for (let row = first; row <= last; row++) list.add(row, column, column + 1);
    } else if (Math.floor(y1) === Math.floor(y2) || Math.abs(y1 - y2) < STRAIGHT) {
      if (onBorder(y1) && onBorder(y2)) continue;
      const row = Math.floor(y1);
      if (row < 0 || row >= height) continue;
      const first = Math.max(0, Math.floor(x1));
      const end = Math.min(width, Math.floor(x2 - ON_BORDER) + 1);
      if (first < end) list.add(row, first, end);
    } else addSlope(list, x1, y1, x2, y2, width, height);
  }
}

function onBorder(place: number): boolean {
  return Math.abs(place - Math.round(place)) < ON_BORDER;
}

/** From pixel to pixel along an edge that runs to the right. */
function addSlope(
  list: RunList,
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  width: number,
  height: number,
): void {
  const slope = (toY - fromY) / (toX - fromX);
  let x = fromX;
  let y = fromY;
  let end = Math.min(toX, width);
  if (x < 0) {
    y -= x * slope;
    x = 0;
  }
  if (slope > 0 && y < 0) {
    x -= y / slope;
    y = 0;
  } else if (slope < 0 && y >= height) {
    x += (height - y) / slope;
    y = height;
  }
  const leave = slope > 0 ? height : 0;
  if (slope > 0 ? toY >= height : toY < 0) end = Math.min(end, toX + (leave - toY) / slope);
  checkLimit('windowBytes', Math.max(0, end - x) * (1 + Math.abs(slope)) * 12, 'rasterize');
  while (x >= 0 && x < end) {
    const column = Math.floor(x);
    const row = Math.floor(y);
    // A step along a very steep edge may be too small to change `x`.
    if (slope > 0 ? row >= height : row < 0) break;
    if (row >= 0 && row < height) list.add(row, column, column + 1);
    let stepX = Math.floor(x + 1) - x;
    let stepY = stepX * slope;
    if (Math.floor(y + stepY) !== row) {
      stepY = slope < 0 ? Math.min(row - y, -LEAST_STEP) : Math.max(row + 1 - y, LEAST_STEP);
      stepX = stepY / slope;
    }
    x += stepX;
    y += stepY;
  }
}
