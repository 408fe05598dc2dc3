import { bandOf } from '../catalog/band-name.ts';
import type { BandAsset, Item } from '../catalog/item.ts';
import { openBand } from '../catalog/open-band.ts';
import { planeValues, type RasterCube } from '../cube/raster-cube.ts';
import { applyAffine } from '../geometry/affine.ts';
import { isGeographic, metresPerUnit, transformBBox, transformer } from '../geometry/crs.ts';
import { type BBox, type Grid, gridBounds } from '../geometry/grid.ts';
import type { PixelArray } from '../raster/pixels.ts';
import { resampleInto } from '../raster/resample.ts';
import { warp } from '../raster/warp.ts';

export interface ValuesOptions {
  readonly signal?: AbortSignal | undefined;
}

/** An image that gives its values on any grid: one array a layer, NaN where it has none; nearest pixel. */
export interface ImageValues {
  /** Degrees. */
  readonly bounds: BBox;
  /** Metres on the ground of its finest pixel, roughly. */
  readonly pixel: number;
  read(grid: Grid, options?: ValuesOptions): Promise<Float32Array[]>;
}

/** Values of some bands of an item, scale and offset applied. Throws `BandNotFound`. */
export function itemValues(item: Item, bands: readonly string[]): ImageValues {
  const assets = bands.map((band) => bandOf(item, band));
  return {
    bounds: item.bbox,
    pixel: Math.min(...assets.map(({ grid }) => pixelOf(grid))),
    read: (grid, options) => Promise.all(assets.map((asset) => assetValues(asset, grid, options))),
  };
}

/** Values of one band on a grid, scale and offset applied, NaN where it has none; nearest pixel. */
export async function assetValues(
  asset: BandAsset,
  target: Grid,
  { signal }: ValuesOptions = {},
): Promise<Float32Array> {
  const { band, raster } = await openBand(asset, { signal });
  const { bands, valid } = await resampleInto(raster, {
    target,
    toSource: transformer(target.crs, band.grid.crs),
    bands: [band.bandIndex],
    nodata: band.nodata,
    signal,
  });
  return scaled(bands[0], valid[0], band.scale, band.offset, target.width * target.height);
}

/** Values of some planes of a computed cube. */
export function cubeValues(cube: RasterCube, planes: readonly number[]): ImageValues {
  return {
    bounds: transformBBox(gridBounds(cube), cube.crs, 'OGC:CRS84'),
    pixel: pixelOf(cube),
    read: async (grid) => {
      const pixels = planes.map((plane) => planeValues(cube, plane));
      const { bands, valid } = warp(pixels, cube, grid, transformer(grid.crs, cube.crs));
      return bands.map((band, i) => scaled(band, valid[i], 1, 0, grid.width * grid.height));
    },
  };
}

function scaled(
  pixels: PixelArray | undefined,
  valid: Uint8Array | undefined,
  scale: number,
  offset: number,
  length: number,
): Float32Array {
  const values = new Float32Array(length).fill(Number.NaN);
  if (pixels === undefined || valid === undefined) return values;
  for (let i = 0; i < length; i++) if (valid[i] === 1) values[i] = Number(pixels[i]) * scale + offset;
  return values;
}

/** Metres along one pixel in the middle of a grid; a degree counts as on the equator. */
function pixelOf({ crs, transform, width, height }: Grid): number {
  const [x0, y0] = applyAffine(transform, width / 2, height / 2);
  const [x1, y1] = applyAffine(transform, width / 2 + 1, height / 2);
  return Math.hypot(x1 - x0, y1 - y0) * (isGeographic(crs) ? 111_320 : metresPerUnit(crs));
}
