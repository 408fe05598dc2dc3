import { transformBBox } from '../geometry/crs.ts';
import type { BBox, Grid } from '../geometry/grid.ts';
import { halfWorld } from './mercator.ts';

export const webMercator = 'EPSG:3857';

/** Metres of one pixel at the equator in the single tile of zoom 0, for tiles of 256 pixels. */
const zoomZeroPixel = (2 * halfWorld) / 256;

/** The pixels of one web mercator tile (y southwards), `size` pixels a side. */
export function tileGrid(z: number, x: number, y: number, size: number): Grid {
  const side = (2 * halfWorld) / 2 ** z;
  const pixel = side / size;
  const transform = [pixel, 0, x * side - halfWorld, 0, -pixel, halfWorld - y * side] as const;
  return { crs: webMercator, transform, width: size, height: size };
}

/** A grid over a box in degrees whose longer side has at most `most` pixels: what an overview needs. */
export function overviewGrid(bounds: BBox, most: number): Grid {
  const [xmin, ymin, xmax, ymax] = transformBBox(bounds, 'OGC:CRS84', webMercator);
  const pixel = Math.max(xmax - xmin, ymax - ymin, 1) / most;
  const width = Math.max(1, Math.round((xmax - xmin) / pixel));
  const height = Math.max(1, Math.round((ymax - ymin) / pixel));
  return { crs: webMercator, transform: [pixel, 0, xmin, 0, -pixel, ymax], width, height };
}

/**
 * The first zoom whose pixels are at least as fine as the image's (`pixel` in metres on the ground at `latitude`), one
 * deeper so that the image's own pixels keep their shape; at most 21.
 */
export function deepestUsefulZoom(pixel: number, latitude: number, size: number): number {
  const onMap = pixel / Math.cos((Math.min(85, Math.abs(latitude)) * Math.PI) / 180);
  const zoom = Math.ceil(Math.log2((zoomZeroPixel * 256) / size / onMap)) + 1;
  return Math.min(21, Math.max(0, zoom));
}
