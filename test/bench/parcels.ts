import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bandOf } from '../../src/catalog/band-name.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { packageRoot } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import type { ParcelSet } from '../../src/parcels/parcel.ts';
import { buildRuns, zonalStatistics } from '../../src/parcels/statistics.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { type AreaResult, median } from './area.ts';

const rounds = 3;

/**
 * Statistics of every demo parcel on the red band of the demo season: file opened, pixels decoded and reduced, in process
 * CPU seconds. The peer is rasterstats on the same files and polygons, both in the image's CRS, in turn.
 */
export async function parcels({ short }: { readonly short: boolean }): Promise<AreaResult> {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-bench-'));
  try {
    const demo = await makeDemoSeason({ folder: join(folder, 'demo') });
    const collection = await openCollection(demo.collection);
    const items = (await collection.items()).filter(({ bands }) => bands.some(({ name }) => name === 'B04'));
    const files = items.slice(0, short ? 4 : items.length).map((item) => bandOf(item, 'B04'));
    const crs = files[0]?.grid.crs ?? 'EPSG:32632';
    const read = await readParcels(demo.parcels);
    const set: ParcelSet = {
      name: 'demo',
      crs,
      parcels: read.parcels.map((parcel) => ({
        ...parcel,
        geometry: transformArea(parcel.geometry, read.crs, crs),
      })),
    };
    const python = testPython();
    const task = join(folder, 'task.json');
    writeFileSync(
      task,
      JSON.stringify({
        files: files.map(({ href }) => href),
        geometries: set.parcels.map(({ geometry }) => geometry),
      }),
    );
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < (short ? 1 : rounds); round++) {
      ours.push(
        await ownSeconds(
          files.map(({ href }) => href),
          set,
        ),
      );
      if (python !== undefined) theirs.push(rasterstatsSeconds(python, task));
    }
    const cells = files.length * set.parcels.length;
    const own = cells / median(ours);
    const peer = theirs.length === 0 ? undefined : cells / median(theirs);
    return {
      area: 'parcels',
      figures: {
        images: files.length,
        parcels: set.parcels.length,
        furrow_parcels_per_cpu_s: Math.round(own),
        ...(peer !== undefined && { rasterstats_parcels_per_cpu_s: Math.round(peer) }),
      },
      ratios: peer === undefined ? {} : { statistics_vs_rasterstats: Number((own / peer).toFixed(2)) },
      ...(peer === undefined && { missing: [`rasterstats: ${withoutTestPython}`] }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ownSeconds(files: readonly string[], set: ParcelSet): Promise<number> {
  const before = process.cpuUsage();
  // A list of its own: the pixel runs are found anew in every round.
  const parcels = [...set.parcels];
  for (const file of files) {
    const raster = await openRaster(await openSource(file, { trust: 'user' }));
    const { transform, width, height, nodata } = raster.info;
    if (transform === undefined) continue;
    const runs = buildRuns(parcels, set.crs, { crs: set.crs, transform, width, height });
    zonalStatistics(runs, await raster.read(), { width, nodata });
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function rasterstatsSeconds(python: string, task: string): number {
  const script = join(packageRoot(), 'test', 'bench', 'rasterstats_seconds.py');
  const { stdout, stderr, status } = spawnSync(python, [script, task], { encoding: 'utf8' });
  if (status !== 0) throw new PeerFailed(`rasterstats failed: ${stderr}`);
  return Number(stdout);
}

/** A peer ended with an error instead of a figure. */
class PeerFailed extends Error {
  override readonly name = 'PeerFailed';
}
