import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidFile } from '../../../src/errors.ts';
import { readParcels } from '../../../src/formats/read-parcels.ts';
import { indexStatistics } from '../../../src/parcels/index-statistics.ts';
import { indexDefinition } from '../../../src/parcels/indices.ts';
import { buildRuns, zonalStatistics } from '../../../src/parcels/statistics.ts';
import { openRasterAt } from '../../../src/raster/raster-cache.ts';
import { parseCsv } from '../../support/csv.ts';
import { type Compared, compareRows, coverageWeighted, type Reference } from './compare-rows.ts';

const every = ['sum', 'min', 'max', 'median', 'mean', 'stdev'];
/** The reference computes NDVI in float64 as we do, but adds in another order. */
const ofIndex = ['ndvi', 'ndviMin', 'ndviMax', 'ndviMedian', 'ndviStdev'];

/** OpenStreetMap's land-use polygons over the JPEG 2000 files of one Sentinel-2 scene, all bands and NDVI; 0 is nodata there. */
export async function jpeg2000Reference(folder: string): Promise<Reference> {
  const { parcels, crs } = await readParcels(join(folder, 'osm_landuse.gpkg'));
  const rows = Map.groupBy(
    parseCsv(await readFile(join(folder, 'zonal_reference.csv'), 'utf8')).map((row) => ({
      ...row,
      item: 'T33UUU_20170216T102101',
    })),
    (row: Record<string, string>) => row.band ?? '',
  );
  const read = async (band: string) => {
    const raster = await openRasterAt(join(folder, `T33UUU_20170216T102101_${band}.jp2`));
    const { transform, width, height } = raster.info;
    const [pixels] = await raster.read();
    if (transform === undefined || pixels === undefined || raster.info.crs === undefined)
      throw new InvalidFile(`${raster.info.url} has no georeference`);
    return { grid: { crs: raster.info.crs, transform, width, height }, pixels };
  };
  const checks: Compared[] = [];
  for (const [band, wanted] of rows) {
    if (band === 'NDVI') {
      const { bands } = indexDefinition('ndvi');
      const files: Readonly<Record<string, string>> = { nir: 'B08', red: 'B04' };
      const images = await Promise.all(bands.map((name) => read(files[name] ?? name)));
      const [first] = images;
      if (first === undefined) continue;
      const statistics = indexStatistics(
        buildRuns(parcels, crs, first.grid),
        indexDefinition('ndvi'),
        images.map(({ pixels }) => ({ pixels, nodata: 0 })),
        { width: first.grid.width, percentiles: [50] },
      );
      checks.push(...compareRows(wanted, parcels, statistics, ofIndex));
    } else {
      const { grid, pixels } = await read(band);
      const statistics = zonalStatistics(buildRuns(parcels, crs, grid), [pixels], {
        width: grid.width,
        nodata: 0,
        percentiles: [50],
      });
      checks.push(...compareRows(wanted, parcels, statistics, every));
    }
  }
  return { checks, skipped: [coverageWeighted] };
}
