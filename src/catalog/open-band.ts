import { InvalidFile } from '../errors.ts';
import { type Grid, gridKey } from '../geometry/grid.ts';
import { maskedRaster } from '../raster/masked-raster.ts';
import { asStored } from '../raster/nodata.ts';
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
 * are re-gridded and re-encoded without their catalog being told. Scale and offset are the catalog's where it states them (archives publish files
 * whose header leaves the offset out), else the header's, else 1 and 0. What the file's mask or alpha band masks is nodata in the raster's pixels (`maskedRaster`). Throws `InvalidFile` when the file has no such band,
 * besides what `openRasterAt` throws.
 */
export async function openBand(band: BandAsset, options: SignalOption = {}): Promise<OpenBand> {
  const opened = await openRasterAt(band.href, options);
  const stated = band.nodata === undefined ? undefined : asStored(band.nodata, opened.info.dataType);
  const raster = maskedRaster(opened, opened.info.nodata ?? stated);
  const { info } = raster;
  if (band.bandIndex >= info.bands)
    throw new InvalidFile(
      `${band.href} has ${info.bands} bands; band ${band.name} should be number ${band.bandIndex + 1}`,
    );
  const grid = headerGrid(raster, band.grid);
  const same = band.grid === grid || gridKey(band.grid) === gridKey(grid);
  const { scale, offset } = headerScaling(raster, band);
  const nodata = info.nodata ?? stated;
  if (
    same &&
    band.scale === scale &&
    band.offset === offset &&
    band.dataType === info.dataType &&
    Object.is(nodata, band.nodata)
  )
    return { band, raster };
  return {
    raster,
    band: { ...band, grid, dataType: info.dataType, nodata, scale, offset },
  };
}

/** Scale and offset of a band whose file is open: stated, else of the header, else 1 and 0. */
function headerScaling(
  { info }: Raster,
  { bandIndex, scale: stated, offset, unstated = [], assumedOffset = 0 }: BandAsset,
): Pick<BandAsset, 'scale' | 'offset'> {
  const scale = unstated.includes('scale') ? (info.scales[bandIndex] ?? 1) : stated;
  if (!unstated.includes('offset')) return { scale, offset };
  // A header without an offset reads as 0.
  return { scale, offset: info.offsets[bandIndex] || assumedOffset * scale };
}

/**
 * The grid of the header; what the header leaves open (a file without georeference) comes from `stated`, and so does a CRS that
 * the header writes out in parameters: the catalog's code knows its datum too.
 */
function headerGrid({ info }: Raster, stated: Grid): Grid {
  return {
    crs: info.crs?.startsWith('EPSG:') ? info.crs : stated.crs,
    transform: info.transform ?? stated.transform,
    width: info.width,
    height: info.height,
  };
}
