import type { BandAsset } from '../catalog/item.ts';
import { openBand } from '../catalog/open-band.ts';
import { InvalidArgument, NoData } from '../errors.ts';
import { applyAffine, invertAffine } from '../geometry/affine.ts';
import { isGeographic, metresPerUnit, transformer } from '../geometry/crs.ts';
import type { Grid } from '../geometry/grid.ts';
import { encodePng } from '../raster/encode-png.ts';
import { encodeCog } from '../raster/write-cog.ts';
import { assetValues } from './image-values.ts';
import { paintRgb, paintScale, percentileStretch } from './paint.ts';

/** A square of an image around a point. */
export interface ChipPlace {
  /** Degrees. */
  readonly lon: number;
  readonly lat: number;
  /** Metres along a side. */
  readonly size: number;
}

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** The pixels of a band around a point, in whole pixels of its grid and cut at its edges. */
function chipGrid(
  grid: Grid,
  { lon, lat, size }: ChipPlace,
): Grid & { readonly x: number; readonly y: number } {
  const { crs, transform, width, height } = grid;
  const [east, north] = transformer('OGC:CRS84', crs)(lon, lat);
  const [column, row] = applyAffine(invertAffine(transform), east, north);
  const unit = isGeographic(crs) ? 111_320 : metresPerUnit(crs);
  const across = Math.max(1, Math.round(size / (Math.hypot(transform[0], transform[3]) * unit)));
  const down = Math.max(1, Math.round(size / (Math.hypot(transform[1], transform[4]) * unit)));
  const left = Math.round(column - across / 2);
  const top = Math.round(row - down / 2);
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  const [right, bottom] = [Math.min(width, left + across), Math.min(height, top + down)];
  if (!(right > x && bottom > y)) throw new NoData(`the image does not reach to ${lon}, ${lat}`);
  const [a, b, , d, e] = transform;
  const [c, f] = applyAffine(transform, x, y);
  return { crs, transform: [a, b, c, d, e, f], width: right - x, height: bottom - y, x, y };
}

/** The stored numbers of one band around a point as a GeoTIFF. Throws `NoData` outside the image, and what reading throws. */
export async function rawChip(
  asset: BandAsset,
  place: ChipPlace,
  { signal }: SignalOption = {},
): Promise<Uint8Array> {
  const { band, raster } = await openBand(asset, { signal });
  const { x, y, width, height, crs, transform } = chipGrid(band.grid, place);
  const bands = await raster.read({ bands: [band.bandIndex], window: { x, y, width, height }, signal });
  return await encodeCog(
    { width, height, dataType: band.dataType, bands },
    {
      crs,
      transform,
      nodata: band.nodata,
      scale: band.scale,
      offset: band.offset,
      descriptions: [band.name],
      overviews: 'none',
      signal,
    },
  );
}

/**
 * One band in gray, or three as red, green and blue, each stretched between two percentiles of the chip, as PNG on the grid of the first.
 * Throws `NoData` outside the image, `InvalidArgument` for another number of bands.
 */
export async function pictureChip(
  assets: readonly BandAsset[],
  place: ChipPlace,
  [from, to]: readonly [number, number],
  { signal }: SignalOption = {},
): Promise<Uint8Array> {
  const [first] = assets;
  if (first === undefined || (assets.length !== 1 && assets.length !== 3))
    throw new InvalidArgument(`one band or three make a picture, not ${assets.length}`);
  const opened = await openBand(first, { signal });
  const target = chipGrid(opened.band.grid, place);
  const layers = await Promise.all(assets.map((asset) => assetValues(asset, target, { signal })));
  const stretches = layers.map((layer) => percentileStretch(layer, from, to));
  const [layer] = layers;
  const [stretch] = stretches;
  const data =
    layers.length === 1 && layer !== undefined && stretch !== undefined
      ? paintScale(layer, stretch, gray)
      : paintRgb(layers, stretches);
  return encodePng({ width: target.width, height: target.height, data });
}

const gray = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
