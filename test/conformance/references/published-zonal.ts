import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FurrowError, InvalidFile } from '../../../src/errors.ts';
import { readParcels } from '../../../src/formats/read-parcels.ts';
import type { Grid } from '../../../src/geometry/grid.ts';
import type { Parcel } from '../../../src/parcels/parcel.ts';
import { classHistogram } from '../../../src/parcels/quality.ts';
import { buildRuns, type ZonalStatistics, zonalStatistics } from '../../../src/parcels/statistics.ts';
import { maskedRaster } from '../../../src/raster/masked-raster.ts';
import type { PixelArray } from '../../../src/raster/pixels.ts';
import { openRasterAt } from '../../../src/raster/raster-cache.ts';
import { shapefilePlaces, shapefilePolygons } from '../../support/shapefile.ts';
import { type Compared, coverageWeighted, type Reference } from './compare-rows.ts';

/** A case of `expected.json` as far as it is compared. */
interface Case {
  readonly raster: string;
  readonly vector: string;
  readonly all_touched?: boolean;
  readonly nodata?: number;
  readonly count?: readonly number[] | string;
  readonly mean_rounded2?: readonly (number | null)[];
  readonly class_1_count_first?: number;
  readonly minority_second?: number;
}

interface Image {
  readonly grid: Grid;
  readonly pixels: PixelArray;
  readonly nodata: number | undefined;
}

/**
 * The numbers that the tests of rasterstats assert, and its full results on slope.tif. Points and lines are no parcels: for them a
 * typed refusal is expected.
 */
export async function publishedReference(folder: string): Promise<Reference> {
  const [published] = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as [
    { cases: Case[] },
  ];
  const checks: Compared[] = [];
  for (const one of published.cases) {
    const name = [one.vector, 'on', one.raster, ...(one.all_touched ? ['all-touched'] : [])].join(' ');
    if (/^(multi)?(lines|points)/.test(one.vector))
      checks.push({ name: `${name}: refused`, difference: await refusal(join(folder, one.vector)) });
    else checks.push(...(await compareCase(folder, one, name)));
  }
  checks.push(...(await compareRecomputed(folder)), ...(await compareAllNodata(folder)));
  const skipped = [
    { name: 'recomputed_here.json: exactextract', reason: coverageWeighted.reason },
    { name: "expected.json: exactextract's own tests", reason: coverageWeighted.reason },
  ];
  return { checks, skipped };
}

async function compareCase(folder: string, one: Case, name: string): Promise<Compared[]> {
  const parcels = await parcelsIn(folder, one.vector);
  const image = await readImage(join(folder, one.raster));
  const runs = buildRuns(parcels, 'shared', image.grid, { allTouched: one.all_touched === true });
  // Another nodata value stands beside the file's own, which these files have at no pixel.
  const statistics = zonalStatistics(runs, [image.pixels], {
    width: image.grid.width,
    nodata: one.nodata ?? image.nodata,
  });
  const counts = parcels.map(({ pid }) => statistics.n[statistics.pid.indexOf(pid)] ?? 0);
  const checks: Compared[] = [];
  const check = (what: string, ours: unknown, theirs: unknown): void => {
    const same = JSON.stringify(ours) === JSON.stringify(theirs);
    checks.push({
      name: `${name}: ${what}`,
      difference: same ? undefined : `${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`,
    });
  };
  if (one.count !== undefined)
    check('count', counts, one.count === 'all 0' ? counts.map(() => 0) : one.count);
  for (const [i, mean] of (one.mean_rounded2 ?? []).entries())
    if (mean !== null)
      check(`mean of polygon ${i + 1}`, Number(statOf(statistics, i, 'mean').toFixed(2)), mean);
  if (one.class_1_count_first === undefined && one.minority_second === undefined) return checks;
  const { counts: histogram, classes } = classHistogram(runs, image.pixels, { width: image.grid.width });
  if (one.class_1_count_first !== undefined)
    check('pixels of class 1 in the first polygon', histogram[1], one.class_1_count_first);
  if (one.minority_second !== undefined) {
    const second = Array.from(histogram.subarray(classes, 2 * classes), (n, value) => ({ n, value }));
    const found = second.filter(({ n, value }) => n > 0 && value !== one.nodata).sort((a, b) => a.n - b.n);
    check('rarest class in the second polygon', found[0]?.value, one.minority_second);
  }
  return checks;
}

async function compareRecomputed(folder: string): Promise<Compared[]> {
  const { rasterstats } = JSON.parse(await readFile(join(folder, 'recomputed_here.json'), 'utf8')) as {
    rasterstats: Readonly<Record<string, number>>[];
  };
  const image = await readImage(join(folder, 'slope.tif'));
  const runs = buildRuns(await parcelsIn(folder, 'polygons.shp'), 'shared', image.grid);
  const statistics = zonalStatistics(runs, [image.pixels], { width: image.grid.width, nodata: image.nodata });
  // Theirs are sums of float32.
  const within = { min: 0, max: 0, mean: 1e-6, sum: 1e-6, std: 1e-6, p50: 1e-6 };
  return rasterstats.flatMap((expected, i) => [
    {
      name: `recomputed_here.json: count of polygon ${i + 1}`,
      difference: statistics.n[i] === expected.count ? undefined : `${statistics.n[i]}`,
    },
    ...Object.entries(within).map(([stat, relative]) => {
      const theirs = expected[stat === 'p50' ? 'median' : stat] as number;
      const ours = statOf(statistics, i, stat);
      const same = Math.abs(ours - theirs) <= relative * Math.abs(theirs);
      return {
        name: `recomputed_here.json: ${stat} of polygon ${i + 1}`,
        difference: same ? undefined : `${ours} instead of ${theirs}`,
      };
    }),
  ]);
}

async function compareAllNodata(folder: string): Promise<Compared[]> {
  const image = await readImage(join(folder, 'all_nodata.tif'));
  const runs = buildRuns(await parcelsIn(folder, 'polygons.shp'), 'shared', image.grid);
  const { pid } = zonalStatistics(runs, [image.pixels], { width: image.grid.width, nodata: image.nodata });
  const difference = pid.length === 0 ? undefined : `${pid.length} rows`;
  return [{ name: 'polygons.shp on all_nodata.tif: no row', difference }];
}

function statOf({ values, stats }: ZonalStatistics, row: number, stat: string): number {
  return values[row * stats.length + stats.indexOf(stat)] as number;
}

async function parcelsIn(folder: string, vector: string): Promise<Parcel[]> {
  return shapefilePolygons(join(folder, vector)).map((geometry, i) => ({
    pid: i + 1,
    label: '',
    crop: undefined,
    area: 1,
    geometry,
    attributes: {},
  }));
}

async function readImage(path: string): Promise<Image> {
  const raster = maskedRaster(await openRasterAt(path));
  const { transform, width, height, nodata } = raster.info;
  const [pixels] = await raster.read();
  if (transform === undefined || pixels === undefined) throw new InvalidFile(`${path} has no georeference`);
  // These files and their polygons share a CRS without an EPSG code; its name does not matter as long as it is one.
  return { grid: { crs: 'shared', transform, width, height }, pixels, nodata };
}

/** Gives points or lines, as GeoJSON, to the product's reader of parcels: undefined when it refuses them with a typed error. */
async function refusal(shapefile: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-places-'));
  try {
    const geometry = shapefilePlaces(shapefile);
    const path = join(folder, 'places.geojson');
    const features = [{ type: 'Feature', properties: {}, geometry }];
    await writeFile(path, JSON.stringify({ type: 'FeatureCollection', features }));
    const { parcels } = await readParcels(path);
    return `${parcels.length} parcels were read`;
  } catch (error) {
    return error instanceof FurrowError ? undefined : `no typed error: ${String(error)}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}
