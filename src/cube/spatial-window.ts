import { intersection, isBBox } from '../geometry/bbox.ts';
import { crsName, sameCrs, transformBBox } from '../geometry/crs.ts';
import type { BBox, Grid } from '../geometry/grid.ts';
import type { PixelWindow } from '../raster/pixels.ts';

/** A pixel centre that misses the border by less than this part of a pixel counts as on it: reprojected borders are not exact. */
const TOLERANCE = 1e-6;

/** A box with the CRS of its coordinates. */
export interface Box {
  readonly bbox: BBox;
  readonly crs: string;
}

/** A box whose CRS is an EPSG number or a text of any form that `crs.ts` reads. Throws `CrsUnknown`. */
export function makeBox(bbox: BBox, crs: number | string): Box {
  return { bbox, crs: typeof crs === 'number' ? `EPSG:${crs}` : crsName(crs) };
}

/**
 * The pixels of a grid whose centres lie in a box of any CRS; the box is taken to the grid's CRS first. `around` names the
 * pixels that matter, for boxes that may reach beyond what the grid's projection can show (the whole earth in a UTM zone):
 * such a box is cut to their surroundings before, and one that holds them all gives `around` itself.
 */
export function windowOfBox(grid: Grid, { bbox, crs }: Box, around?: PixelWindow): PixelWindow {
  const whole = () => windowInBox(grid, transformBBox(bbox, crs, grid.crs));
  if (around === undefined || sameCrs(crs, grid.crs)) return whole();
  const footprint = transformBBox(windowBounds(grid, around), grid.crs, crs);
  if (!isBBox(footprint)) return whole();
  const [xmin, ymin, xmax, ymax] = footprint;
  if (bbox[0] <= xmin && bbox[1] <= ymin && bbox[2] >= xmax && bbox[3] >= ymax) return around;
  // A footprint's own size on each side: near enough for the projection, and ordinary boxes stay as they are.
  const [width, height] = [xmax - xmin, ymax - ymin];
  const near = intersection(bbox, [xmin - width, ymin - height, xmax + width, ymax + height]);
  return near === undefined
    ? { x: around.x, y: around.y, width: 0, height: 0 }
    : windowInBox(grid, transformBBox(near, crs, grid.crs));
}

/** The edges of a window of a grid (not rotated), in the grid's CRS. */
function windowBounds({ transform: [a, , c, , e, f] }: Grid, { x, y, width, height }: PixelWindow): BBox {
  const xs = [c + x * a, c + (x + width) * a];
  const ys = [f + y * e, f + (y + height) * e];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * The pixels of a grid (not rotated) whose centres lie in a box or on its border; box and grid in the same CRS. The window
 * is in pixels of the grid and not cut at its borders; its size is 0 when no centre lies in the box.
 */
export function windowInBox(
  { transform: [a, , c, , e, f] }: Grid,
  [xmin, ymin, xmax, ymax]: BBox,
): PixelWindow {
  const span = (step: number, origin: number, from: number, to: number) => {
    const positions = [(from - origin) / step - 0.5, (to - origin) / step - 0.5];
    const first = Math.ceil(Math.min(...positions) - TOLERANCE);
    return { first, count: Math.max(0, Math.floor(Math.max(...positions) + TOLERANCE) - first + 1) };
  };
  const columns = span(a, c, xmin, xmax);
  const rows = span(e, f, ymin, ymax);
  return { x: columns.first, y: rows.first, width: columns.count, height: rows.count };
}
