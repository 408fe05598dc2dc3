import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidFile } from '../../../src/errors.ts';
import { readParcels } from '../../../src/formats/read-parcels.ts';
import { applyAffine, invertAffine } from '../../../src/geometry/affine.ts';
import type { Grid } from '../../../src/geometry/grid.ts';
import { buildRuns, zonalStatistics } from '../../../src/parcels/statistics.ts';
import type { PixelArray } from '../../../src/raster/pixels.ts';
import { openRasterAt } from '../../../src/raster/raster-cache.ts';
import { parseCsv } from '../../support/csv.ts';
import type { Compared, Reference } from './compare-rows.ts';

interface Image {
  readonly grid: Grid;
  readonly pixels: PixelArray;
  readonly nodata: number | undefined;
}

/**
 * The NDVI means that sen2rts published for two fields and sixty dates, of the same images. Its mean weights pixels by the quality
 * of their class (SCL), so ours equals it to 1e-6 where all pixels of a field have one class; where they have several it is listed
 * with the difference.
 */
export async function ferraraReference(folder: string): Promise<Reference> {
  const { parcels, crs } = await readParcels(join(folder, 'roi.gpkg'));
  const published = parseCsv(await readFile(join(folder, 'published_ts_raw.csv'), 'utf8'));
  const files = await readdir(join(folder, 'NDVI'));
  const checks: Compared[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const { id = '', date = '', sensor = '', value = '', qa = '' } of published) {
    const name = `field ${id} on ${date}`;
    const stem = `S${sensor}2A_${date.replaceAll('-', '')}`;
    const file = files.find((candidate) => candidate.startsWith(stem));
    // The README: the first row of the regions is field 1 of the tables, the second field 2.
    const parcel = parcels[Number(id) - 1];
    if (file === undefined || parcel === undefined) {
      checks.push({ name, difference: `there is no image ${stem} or no field` });
      continue;
    }
    const ndvi = await readImage(join(folder, 'NDVI', file));
    const scl = await readImage(join(folder, 'SCL', file.replace('NDVI', 'SCL')));
    const runs = buildRuns([parcel], crs, ndvi.grid);
    const { values, stats, n } = zonalStatistics(runs, [ndvi.pixels], {
      width: ndvi.grid.width,
      nodata: ndvi.nodata,
      scale: 1e-4,
    });
    const ours = n.length === 0 ? Number.NaN : (values[stats.indexOf('mean')] as number);
    const off = Math.abs(ours - Number(value));
    const classes = classesUnder(runs.runs, ndvi.grid, scl);
    if (off <= 1e-6) checks.push({ name, difference: undefined });
    else if (classes.size === 1) checks.push({ name, difference: `mean is ${ours} instead of ${value}` });
    else
      skipped.push({
        name,
        reason: `its pixels have the classes ${[...classes].sort((a, b) => a - b).join(', ')} (quality ${Number(qa).toFixed(2)}), which the published mean weights: ${value}, unweighted ${ours}, ${off.toFixed(6)} apart`,
      });
  }
  return { checks, skipped };
}

async function readImage(path: string): Promise<Image> {
  const raster = await openRasterAt(path);
  const { crs, transform, width, height, nodata } = raster.info;
  const [pixels] = await raster.read();
  if (crs === undefined || transform === undefined || pixels === undefined)
    throw new InvalidFile(`${path} has no georeference`);
  return { grid: { crs, transform, width, height }, pixels, nodata };
}

/** Classes of a coarser image at the centres of the pixels of runs. */
function classesUnder(runs: Int32Array, grid: Grid, classes: Image): Set<number> {
  const toClasses = invertAffine(classes.grid.transform);
  const found = new Set<number>();
  for (let run = 0; run < runs.length; run += 3)
    for (let column = runs[run + 1] as number; column < (runs[run + 2] as number); column++) {
      const [x, y] = applyAffine(grid.transform, column + 0.5, (runs[run] as number) + 0.5);
      const [c, r] = applyAffine(toClasses, x, y).map(Math.floor) as [number, number];
      if (c >= 0 && r >= 0 && c < classes.grid.width && r < classes.grid.height)
        found.add(Number(classes.pixels[r * classes.grid.width + c]));
    }
  return found;
}
