import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { bandOf, findBand } from '../../src/catalog/band-name.ts';
import type { Item } from '../../src/catalog/item.ts';
import { openBand } from '../../src/catalog/open-band.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { indexStatistics } from '../../src/parcels/index-statistics.ts';
import { indexDefinition } from '../../src/parcels/indices.ts';
import type { Parcel } from '../../src/parcels/parcel.ts';
import { classMask } from '../../src/parcels/quality.ts';
import { buildRuns, type ZonalStatistics, zonalStatistics } from '../../src/parcels/statistics.ts';
import type { PixelArray } from '../../src/raster/pixels.ts';
import { parseCsv } from '../support/csv.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import type { Check, SuiteResult } from './suite.ts';

const dataSets = ['s2-l2a-swiss-wheat-2022', 's1s2-monthly-hesbaye-2021', 's2-l1c-slovenia-2015-2017'];

type Row = Record<string, string>;

/** One row of a reference: `undefined` when ours equals it, else what differs. */
interface Compared {
  readonly name: string;
  readonly difference: string | undefined;
}

/**
 * Statistics of every parcel, item and band of the three real data sets against the columns of rasterstats in `reference/`: count,
 * sum, min, max, median exactly, mean and std to 1e-9, NDVI means to 1e-6. One check a row, through the collection, the raster reader
 * and the statistics of `src`; an empty cell of the reference asks for no row. `short` takes every ninth item.
 */
export async function references({ short }: { readonly short: boolean }): Promise<SuiteResult> {
  const details: Check[] = [];
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const name of dataSets) {
    const folder = sharedData('data', name);
    if (folder === undefined) {
      totals.skipped++;
      details.push({ name, status: 'skipped', message: withoutSharedData });
      continue;
    }
    const checks = await compareDataSet(folder, short);
    const failed = checks.filter(({ difference }) => difference !== undefined);
    totals.passed += checks.length - failed.length;
    totals.failed += failed.length;
    for (const check of failed)
      details.push({ name: `${name}: ${check.name}`, status: 'failed', message: check.difference ?? '' });
    details.push({
      name,
      status: failed.length === 0 ? 'passed' : 'failed',
      message: `${checks.length - failed.length} of ${checks.length} checks equal`,
    });
  }
  return { suite: 'references', ...totals, details };
}

async function compareDataSet(folder: string, short: boolean): Promise<Compared[]> {
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
    checks.push(...compareRows(ndviRows.get(id) ?? [], parcels, await ndviStatistics(scene), ['ndvi']));
  }
  return checks;
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

async function ndviStatistics({ item, parcels, crs }: Scene): Promise<ZonalStatistics> {
  const scl = await readBand(item, 'scl');
  const options = { width: scl.grid.width, mask: classMask(scl.pixels), percentiles: [50] };
  const runs = buildRuns(parcels, crs, scl.grid);
  const ndvi = indexDefinition('ndvi');
  if (ndvi.bands.every((name) => findBand(item.bands, name) !== undefined)) {
    const bands = await Promise.all(ndvi.bands.map((name) => readBand(item, name)));
    return indexStatistics(runs, ndvi, bands, options);
  }
  const { pixels, nodata, scale, offset } = await readBand(item, 'NDVI');
  return zonalStatistics(runs, [pixels], { ...options, nodata, scale, offset });
}

/** Our name of a statistic, and how far it may lie from the reference's (relative; NDVI absolute). */
const columns: Readonly<
  Record<
    string,
    { readonly ours: string; readonly column: string; readonly within: (expected: number) => number }
  >
> = {
  sum: { ours: 'sum', column: 'sum_rs', within: () => 0 },
  min: { ours: 'min', column: 'min_rs', within: () => 0 },
  max: { ours: 'max', column: 'max_rs', within: () => 0 },
  median: { ours: 'p50', column: 'median_rs', within: () => 0 },
  mean: { ours: 'mean', column: 'mean_rs', within: (expected) => 1e-9 * Math.abs(expected) },
  stdev: { ours: 'std', column: 'stdev_rs', within: (expected) => 1e-9 * Math.abs(expected) },
  ndvi: { ours: 'mean', column: 'mean_rs', within: () => 1e-6 },
};

function compareRows(
  rows: readonly Row[],
  parcels: readonly Parcel[],
  statistics: ZonalStatistics,
  compared: readonly string[],
): Compared[] {
  const pids = new Map(parcels.map(({ label, pid }) => [label, pid]));
  const places = new Map(Array.from(statistics.pid, (pid, at) => [pid, at]));
  return rows.map((row) => {
    const name = [row.parcel_id, row.item, row.band ?? 'NDVI'].join(' ');
    const pid = pids.get(row.parcel_id ?? '');
    if (pid === undefined) return { name, difference: 'the data set has no such parcel' };
    const at = places.get(pid);
    const count = at === undefined ? 0 : (statistics.n[at] as number);
    const expectedCount = Number(row.count_rs);
    if (row.count_rs === '' || count !== expectedCount)
      return { name, difference: `count is ${count} instead of ${row.count_rs}` };
    if (at === undefined)
      return { name, difference: row.mean_rs === '' ? undefined : `no row, but mean ${row.mean_rs}` };
    const differences = compared.flatMap((key) => {
      const { ours, column, within } = columns[key] as (typeof columns)[string];
      const text = row[column] ?? '';
      const value = statistics.values[
        at * statistics.stats.length + statistics.stats.indexOf(ours)
      ] as number;
      const close = text !== '' && Math.abs(value - Number(text)) <= within(Number(text));
      return close ? [] : [`${key} is ${value} instead of ${text || 'nothing'}`];
    });
    return { name, difference: differences.length === 0 ? undefined : differences.join(', ') };
  });
}
