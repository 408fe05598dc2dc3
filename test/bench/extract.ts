import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BandAsset } from '../../src/catalog/item.ts';
import { openBand } from '../../src/catalog/open-band.ts';
import { openExtractPool, startExtractPool } from '../../src/extract/extract-pool.ts';
import { measureGrid } from '../../src/extract/measure-grid.ts';
import type { Measured } from '../../src/extract/measure-parcels.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import { measuresOf } from '../../src/parcels/measures.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { bandAssetOf } from '../support/band-asset.ts';

/**
 * The project's side of `bench_extract_peers.py --own`: `extract.ts RASTER,RASTER... PARCELS CORES DUMP`. The clock starts with
 * the parcels in memory, in the CRS of the image, and the threads loaded; it stops with the statistics in memory. Bands without a file name of
 * their own are told apart by it; the statistics of each go to a file beside DUMP, those of the last to DUMP; '-' writes none.
 */
const [rasters = '', parcelFile = '', cores = '1', dump = '-'] = process.argv.slice(2);
const files = rasters.split(',');
const first = await openRasterAt(files[0] ?? '', { trust: 'user' });
const crs = first.info.crs ?? '';
const read = await readParcels(parcelFile);
const parcels = {
  name: 'bench',
  crs,
  parcels: read.parcels.map((parcel) => ({
    ...parcel,
    geometry: transformArea(parcel.geometry, read.crs, crs),
  })),
};
const pool = openExtractPool(Number(cores));
await startExtractPool(pool);

const cpu = process.cpuUsage();
const start = performance.now();
const bands = await Promise.all(files.map(async (file) => await openBand(await bandOf(file))));
const grid = bands[0]?.band.grid;
const parts =
  grid === undefined
    ? []
    : await measureGrid(
        { grid, groups: [{ grid, bands }], indices: [], histogram: false },
        parcels,
        measuresOf(),
        {
          pool,
        },
      );
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);

await pool.close();
console.log(
  `RESULT ${JSON.stringify({
    parcels: parcels.parcels.length,
    bands: files.length,
    seconds: Number(seconds.toFixed(4)),
    cpu_s: Number(((user + system) / 1e6).toFixed(4)),
  })}`,
);
if (dump !== '-')
  for (const [band, file] of files.entries()) {
    const text = dumpOf(parts, band);
    writeFileSync(join(dirname(dump), `own.${basename(file).replace(/\.[^.]*$/, '')}.json`), text);
    if (band === files.length - 1) writeFileSync(dump, text);
  }

async function bandOf(href: string): Promise<BandAsset> {
  const { info } = await openRasterAt(href, { trust: 'user' });
  return bandAssetOf(basename(href), href, crs, info);
}

function dumpOf(parts: readonly Measured[], band: number): string {
  const stats = ['mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'];
  const rows = new Map<number, readonly (number | null)[]>(
    parcels.parcels.map(({ pid }) => [pid, [pid, 0, ...stats.map(() => null)]]),
  );
  for (const { groups } of parts)
    for (const { pid, counts, values, stats: names, bands: all } of groups)
      for (const [row, id] of pid.entries()) {
        const cell = row * all + band;
        if (counts[cell] === 0) continue;
        const own = stats.map((stat) => values[cell * names.length + names.indexOf(stat)] ?? null);
        rows.set(id, [id, counts[cell] ?? 0, ...own]);
      }
  return JSON.stringify({ stats: ['count', ...stats], rows: [...rows.values()] });
}
