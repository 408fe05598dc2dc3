import type { OpenBand } from '../catalog/open-band.ts';
import { InvalidFile } from '../errors.ts';
import { applyAffine } from '../geometry/affine.ts';
import { transformer } from '../geometry/crs.ts';
import { type Grid, gridKey } from '../geometry/grid.ts';
import type { RunWindow } from '../parcels/runs.ts';
import type { PixelArray } from '../raster/pixels.ts';
import type { Raster } from '../raster/raster.ts';
import { resampleInto } from '../raster/resample.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** Stored pixels of one band; `valid` is 0 where a band of another grid has none, undefined where nodata tells. */
export interface BandPixels {
  readonly pixels: PixelArray;
  readonly valid?: Uint8Array | undefined;
}

/**
 * The stored pixels of bands in a window of a grid, one array a band. Bands on that grid are read as they are, all bands of
 * one file at once; others are laid on it, each pixel taking what lies under its centre, and say what of it is valid: beyond
 * their edge stands nodata, or a 0 that looks like data where there is no nodata or the type cannot hold it.
 */
export async function readBands(
  bands: readonly OpenBand[],
  grid: Grid,
  window: RunWindow,
  { signal }: SignalOption,
): Promise<BandPixels[]> {
  const pixels = new Map<OpenBand, BandPixels>();
  const files = Map.groupBy(
    bands.filter(({ band }) => gridKey(band.grid) === gridKey(grid)),
    ({ raster }) => raster,
  );
  await Promise.all([
    ...[...files].map(async ([raster, group]) => {
      const numbers = [...new Set(group.map(({ band }) => band.bandIndex))];
      const arrays = await raster.read({ bands: numbers, window, signal });
      for (const open of group)
        pixels.set(open, { pixels: found(arrays[numbers.indexOf(open.band.bandIndex)], raster) });
    }),
    ...bands
      .filter(({ band }) => gridKey(band.grid) !== gridKey(grid))
      .map(async (open) => pixels.set(open, await layOn(open, grid, window, signal))),
  ]);
  return bands.map((band) => found(pixels.get(band), band.raster));
}

async function layOn(
  { band, raster }: OpenBand,
  grid: Grid,
  window: RunWindow,
  signal: AbortSignal | undefined,
): Promise<BandPixels> {
  const { bands, valid } = await resampleInto(raster, {
    target: windowGrid(grid, window),
    toSource: transformer(grid.crs, band.grid.crs),
    bands: [band.bandIndex],
    method: 'nearest',
    nodata: band.nodata,
    signal,
  });
  return { pixels: found(bands[0], raster), valid: valid[0] };
}

function found<T>(pixels: T | undefined, raster: Raster): T {
  if (pixels === undefined) throw new InvalidFile(`${raster.info.url} gave no pixels for one of its bands`);
  return pixels;
}

/** The grid of a window of a grid. */
export function windowGrid({ crs, transform }: Grid, { x, y, width, height }: RunWindow): Grid {
  const [a, b, , d, e] = transform;
  const [c, f] = applyAffine(transform, x, y);
  return { crs, transform: [a, b, c, d, e, f], width, height };
}
