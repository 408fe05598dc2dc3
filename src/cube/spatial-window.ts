import { crsName, transformBBox } from '../geometry/crs.ts';
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

/** The pixels of a grid whose centres lie in a box of any CRS; the box is taken to the grid's CRS first. */
export function windowOfBox(grid: Grid, { bbox, crs }: Box): PixelWindow {
  return windowInBox(grid, transformBBox(bbox, crs, grid.crs));
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
