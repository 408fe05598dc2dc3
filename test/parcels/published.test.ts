import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Grid } from '../../src/geometry/grid.ts';
import type { Parcel } from '../../src/parcels/parcel.ts';
import { classHistogram } from '../../src/parcels/quality.ts';
import { buildRuns, zonalStatistics } from '../../src/parcels/statistics.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { shapefilePolygons } from '../support/shapefile.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

const published = (file: string) => sharedData('data', 'zonal-published', file) as string;

async function open(rasterFile: string, vectorFile: string) {
  const raster = await openRasterAt(published(rasterFile));
  const { transform, width, height, nodata } = raster.info;
  assert.ok(transform !== undefined);
  // Both files share a CRS that has no EPSG code; its name does not matter as long as it is one.
  const grid: Grid = { crs: 'shared', transform, width, height };
  const parcels = shapefilePolygons(published(vectorFile)).map(
    (geometry, i): Parcel => ({ pid: i + 1, label: '', crop: undefined, area: 1, geometry, attributes: {} }),
  );
  const [pixels] = await raster.read();
  assert.ok(pixels !== undefined);
  return { runs: buildRuns(parcels, 'shared', grid), pixels, width, nodata };
}

/** Numbers that the tests of rasterstats assert, and its full results for two parcels (zonal-published). */
describe('published expectations', { skip: sharedData() === undefined && withoutSharedData }, () => {
  test('slope.tif and polygons.shp give the numbers of rasterstats', async () => {
    const { runs, pixels, width, nodata } = await open('slope.tif', 'polygons.shp');
    const { n, values, stats } = zonalStatistics(runs, [pixels], { width, nodata });
    const { rasterstats } = JSON.parse(readFileSync(published('recomputed_here.json'), 'utf8')) as {
      rasterstats: Record<string, number>[];
    };
    assert.equal(rasterstats.length, 2);
    for (const [i, expected] of rasterstats.entries()) {
      const ours = (stat: string) => values[i * stats.length + stats.indexOf(stat)] as number;
      assert.equal(n[i], expected.count);
      assert.deepEqual([ours('min'), ours('max')], [expected.min, expected.max]);
      // They compute with float32.
      for (const [stat, theirs] of Object.entries({ mean: 'mean', sum: 'sum', std: 'std', p50: 'median' }))
        assert.ok(Math.abs(ours(stat) / (expected[theirs] as number) - 1) < 1e-6, stat);
    }
  });

  test('the parts of a multipolygon count together', async () => {
    const { runs, pixels, width, nodata } = await open('slope.tif', 'multipolygons.shp');
    assert.deepEqual([...zonalStatistics(runs, [pixels], { width, nodata }).n], [125]);
  });

  test('polygons beside the raster, and a raster of nodata, give no row', async () => {
    for (const [raster, vector] of [
      ['slope.tif', 'polygons_no_overlap.shp'],
      ['all_nodata.tif', 'polygons.shp'],
    ] as const) {
      const { runs, pixels, width, nodata } = await open(raster, vector);
      assert.equal(zonalStatistics(runs, [pixels], { width, nodata }).pid.length, 0, raster);
    }
  });

  test('classes and another nodata value are counted as published', async () => {
    const { runs, pixels, width } = await open('slope_classes.tif', 'polygons.shp');
    const { counts, classes } = classHistogram(runs, pixels, { width });
    assert.equal(counts[1], 75);
    assert.equal(
      counts.subarray(classes, 2 * classes).reduce((sum, n) => sum + n, 0),
      50,
    );
    const { pid, n } = zonalStatistics(runs, [pixels], { width, nodata: 1 });
    assert.deepEqual([[...pid], [...n]], [[2], [49]]);
  });
});
