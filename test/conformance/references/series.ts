import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { bandOf, findBand } from '../../../src/catalog/band-name.ts';
import type { Item } from '../../../src/catalog/item.ts';
import { openBand } from '../../../src/catalog/open-band.ts';
import { openCollection } from '../../../src/catalog/open-collection.ts';
import { readParcels } from '../../../src/formats/read-parcels.ts';
import { areaBounds } from '../../../src/geometry/area.ts';
import type { Grid } from '../../../src/geometry/grid.ts';
import { indexStatistics } from '../../../src/parcels/index-statistics.ts';
import { indexDefinition } from '../../../src/parcels/indices.ts';
import type { Parcel } from '../../../src/parcels/parcel.ts';
import { classMask } from '../../../src/parcels/quality.ts';
import { runsWindow } from '../../../src/parcels/runs.ts';
import {
  buildRuns,
  type ParcelRuns,
  type ZonalStatistics,
  zonalStatistics,
} from '../../../src/parcels/statistics.ts';
import type { PixelArray } from '../../../src/raster/pixels.ts';
import { parseCsv } from '../../support/csv.ts';
import { type Compared, compareRows, coverageWeighted, type Reference } from './compare-rows.ts';

/** The series with a `reference/` made with rasterstats. */
export const seriesFolders = [
  's2-l2a-swiss-wheat-2022',
  's1s2-monthly-hesbaye-2021',
  's2-l1c-slovenia-2015-2017',
  's2-l2a-valladolid-2019',
];

/**
 * Statistics of every parcel, item and band of a series (Sentinel-2 bands and classes, NDVI, Sentinel-1 VV and VH) against the columns of
 * rasterstats, through the collection, the raster reader and the statistics of `src`. `short` takes every ninth item.
 */
export async function seriesReference(folder: string, short: boolean): Promise<Reference> {
  const [geopackage, geoparquet, collection, bandText, ndviText] = await Promise.all([
    readParcels(join(folder, 'parcels.gpkg')),
    readParcels(join(folder, 'parcels.parquet')),
    openCollection(folder),
    readFile(join(folder, 'reference', 'zonal_bands.csv.gz')).then((bytes) => gunzipSync(bytes).toString()),
    readFile(join(folder, 'reference', 'zonal_ndvi.csv'), 'utf8'),
  ]);
  const same = isDeepStrictEqual(
    geopackage.parcels.map(({ label, geometry }) => ({ label, geometry })),
    geoparquet.parcels.map(({ label, geometry }) => ({ label, geometry })),
  );
  const checks: Compared[] = [
    {
      name: 'parcels.gpkg and parcels.parquet',
      difference: same ? undefined : 'labels or geometries differ',
    },
  ];
  const bandRows = Map.groupBy(parseCsv(bandText), ({ item }) => item);
  const ndviRows = Map.groupBy(parseCsv(ndviText), ({ item }) => item);
  const items = new Map((await collection.items()).map((item) => [item.id, item]));
  const farms = new Map<unknown, Parcel[]>();
  const ids = [...new Set([...bandRows.keys(), ...ndviRows.keys()])];
  for (const id of short ? ids.filter((_, i) => i % 9 === 0) : ids) {
    const item = items.get(id ?? '');
    if (item === undefined) {
      checks.push({ name: `${id}`, difference: 'the collection has no such item' });
      continue;
    }
    // The references took the parcels of the item's farm, where it has one.
    const farm = item.properties.farm;
    const parcels =
      farms.get(farm) ??
      geopackage.parcels.filter(({ attributes }) => farm === undefined || attributes.farm === farm);
    farms.set(farm, parcels);
    const scene: Scene = { item, parcels, crs: geopackage.crs };
    for (const [band, rows] of Map.groupBy(bandRows.get(id) ?? [], (row) => row.band ?? ''))
      checks.push(
        ...compareRows(rows, parcels, await bandStatistics(scene, band), [
          'sum',
          'min',
          'max',
          'median',
          'mean',
          'stdev',
        ]),
      );
    const rows = ndviRows.get(id) ?? [];
    checks.push(...compareRows(rows, parcels, await ndviStatistics(scene), ['ndvi']));
    const touched = await ndviStatistics(scene, touchedInWindows);
    const renamed = rows.map((row) => ({
      ...row,
      band: 'NDVI all-touched',
      count_rs: row.count_all_touched_rs ?? '',
    }));
    checks.push(...compareRows(renamed, parcels, touched, ['touched']));
  }
  return { checks, skipped: [coverageWeighted] };
}

interface Scene {
  readonly item: Item;
  readonly parcels: readonly Parcel[];
  readonly crs: string;
}

async function readBand(item: Item, name: string) {
  const { band, raster } = await openBand(bandOf(item, name));
  const [pixels] = await raster.read({ bands: [band.bandIndex] });
  return { ...band, pixels: pixels as PixelArray };
}

/** Of stored numbers: the references do not apply scale and offset to bands. */
async function bandStatistics({ item, parcels, crs }: Scene, name: string): Promise<ZonalStatistics> {
  const { grid, nodata, pixels } = await readBand(item, name);
  return zonalStatistics(buildRuns(parcels, crs, grid), [pixels], {
    width: grid.width,
    nodata,
    percentiles: [50],
  });
}

async function ndviStatistics(
  { item, parcels, crs }: Scene,
  find: typeof buildRuns = buildRuns,
): Promise<ZonalStatistics> {
  const scl = await readBand(item, 'scl');
  const options = { width: scl.grid.width, mask: classMask(scl.pixels), percentiles: [50] };
  const runs = find(parcels, crs, scl.grid);
  const ndvi = indexDefinition('ndvi');
  if (ndvi.bands.every((name) => findBand(item.bands, name) !== undefined)) {
    const bands = await Promise.all(ndvi.bands.map((name) => readBand(item, name)));
    return indexStatistics(runs, ndvi, bands, options);
  }
  const { pixels, nodata, scale, offset } = await readBand(item, 'NDVI');
  return zonalStatistics(runs, [pixels], { ...options, nodata, scale, offset });
}

/**
 * The pixels that parcels touch as rasterstats has them: it rasterizes each in a window of its own (the pixels of its bounds), where an edge
 * along a border of pixels touches others than on the whole grid (there ours are GDAL's).
 */
function touchedInWindows(parcels: readonly Parcel[], crs: string, grid: Grid): ParcelRuns {
  const runs: number[] = [];
  const offsets = [0];
  const [a, b, c, d, e, f] = grid.transform;
  for (const parcel of parcels) {
    const [west, south, east, north] = areaBounds(parcel.geometry);
    const [left, right] = [Math.floor((west - c) / a), Math.ceil((east - c) / a)];
    const [top, bottom] = [Math.floor((north - f) / e), Math.ceil((south - f) / e)];
    const window = {
      crs: grid.crs,
      transform: [a, b, c + left * a, d, e, f + top * e] as const,
      width: right - left,
      height: bottom - top,
    };
    const own = buildRuns([parcel], crs, window, { allTouched: true }).runs;
    for (let i = 0; i < own.length; i += 3) {
      const row = (own[i] as number) + top;
      const from = Math.max(0, (own[i + 1] as number) + left);
      const to = Math.min(grid.width, (own[i + 2] as number) + left);
      if (row >= 0 && row < grid.height && from < to) runs.push(row, from, to);
    }
    offsets.push(runs.length);
  }
  const all = Int32Array.from(runs);
  return {
    pids: Float64Array.from(parcels, ({ pid }) => pid),
    runs: all,
    offsets: Int32Array.from(offsets),
    window: runsWindow(all, 0, all.length),
  };
}
