import { InvalidFile } from '../errors.ts';
import { type Grid, gridKey } from '../geometry/grid.ts';
import type { Raster } from '../raster/raster.ts';
import { openRasterAt } from '../raster/raster-cache.ts';
import type { BandAsset } from './item.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** A band with its file open. */
export interface OpenBand {
  readonly band: BandAsset;
  readonly raster: Raster;
}

/**
 * Opens a band's file. Where the file's header disagrees with the catalog about grid, type or nodata the header wins: archives
 * are re-gridded and re-encoded without their catalog being told. Throws `InvalidFile` when the file has no such band, besides
 * what `openRasterAt` throws.
 */
export async function openBand(band: BandAsset, options: SignalOption = {}): Promise<OpenBand> {
  const raster = await openRasterAt(band.href, options);
  const { info } = raster;
  if (band.bandIndex >= info.bands)
    throw new InvalidFile(
      `${band.href} has ${info.bands} bands; band ${band.name} should be number ${band.bandIndex + 1}`,
    );
  const grid = headerGrid(raster, band.grid);
  const same = band.grid === grid || gridKey(band.grid) === gridKey(grid);
  if (
    same &&
    band.dataType === info.dataType &&
    (info.nodata === undefined || Object.is(info.nodata, band.nodata))
  )
    return { band, raster };
  return {
    raster,
    band: { ...band, grid, dataType: info.dataType, nodata: info.nodata ?? band.nodata },
  };
}

/** The grid of the header; what the header leaves open (a file without georeference) comes from `stated`. */
function headerGrid({ info }: Raster, stated: Grid): Grid {
  return {
    crs: info.crs ?? stated.crs,
    transform: info.transform ?? stated.transform,
    width: info.width,
    height: info.height,
  };
}
