import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { extractSeason } from '../../src/extract/extract-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { areaBounds } from '../../src/geometry/area.ts';
import type { Parcel } from '../../src/parcels/parcel.ts';
import { parcelRows } from '../../src/store/parcel-rows.ts';
import { placeDataset } from '../../src/store/place-dataset.ts';
import { saveWeather } from '../../src/store/save-weather.ts';
import type { Store } from '../../src/store/store.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { startMapServer } from '../support/map-server.ts';
import { openParcelHouse, ownerName, password } from '../support/parcel-house.ts';
import { pythonPeer } from '../support/python-peer.ts';
import { runLimited } from '../support/run-limited.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

const session = join(import.meta.dirname, 'cbm-client', 'cbm_session.py');
const limitMs = 240_000;
/** The JRC's library: one of its calls uses `DataFrame.append`, which pandas 2 has no more, and its rasterio takes NumPy 1. 700 MB. */
const packages = ['cbm==0.0.18', 'pandas==1.5.3', 'numpy==1.26.4', 'rasterio==1.4.4', 'pillow==11.3.0'];
const days = ['2026-04-01', '2026-04-02', '2026-04-03'];

/**
 * The JRC's Python library `cbm` against `furrow serve` with accounts on PostgreSQL: every call that it makes, and the files that
 * arrive are opened by rasterio and Pillow.
 */
export async function cbmClient({ tell }: SuiteOptions): Promise<SuiteResult> {
  if (withoutPostgres !== undefined)
    return suiteResult('cbm-client', [{ name: 'cbm', status: 'skipped', message: withoutPostgres }]);
  const python = join(pythonPeer('cbm', packages, tell), 'python');
  const folder = await mkdtemp(join(tmpdir(), 'furrow-cbm-client-'));
  try {
    tell?.('generating a season');
    const data = join(folder, 'data');
    const { collection: address, parcels: file } = await makeDemoSeason({
      folder: join(data, 'demo'),
      size: 192,
      seed: 7,
    });
    const collection = await openCollection(address);
    const parcels = { ...(await readParcels(file)), name: 'fields of this year' };
    let chosen: Parcel | undefined;
    const fill = async (service: Store) => {
      const store = storeFor(service, ownerName);
      const interval = ['2026-04-01', '2026-06-01'] as const;
      tell?.('extracting two months');
      await extractSeason({ store, collection, parcels, interval });
      await placeDataset(store, parcels.name, { aoi: 'Demo', year: 2026 });
      const [{ id = 0 } = {}] = await store.query<{ id: number }>('select id from furrow.dataset');
      [chosen] = await parcelRows(store, { dataset: id, crops: ['maize', 'winter wheat'], most: 1 });
      const [lon, lat] = collection.bbox;
      const row = { tmin: 2, tmax: 12.5, tmean: 7, prec: null };
      await saveWeather(
        store,
        id,
        [1, 2].flatMap((grid) => days.map((day) => ({ ...row, grid, lon: lon + grid, lat, day }))),
      );
    };
    await using maps = await startMapServer();
    const environment = { FURROW_BACKGROUNDS: `Google=${maps.template}` };
    await using house = await openParcelHouse({ data, accounts: [ownerName], environment, fill });
    if (chosen === undefined) return suiteResult('cbm-client', [{ name: 'a parcel', status: 'failed' }]);
    const [west, south, east, north] = areaBounds(chosen.geometry);
    const wide = 0.003;
    const place = await insideOf(house.store, chosen.pid);
    await mkdir(join(folder, 'client'));
    const order = {
      folder: join(folder, 'client'),
      url: house.server.url,
      user: ownerName,
      password,
      aoi: 'demo',
      year: 2026,
      pid: chosen.label,
      srid: 4326,
      area: chosen.area * 10_000,
      ...place,
      around: [
        [west - wide, south - wide],
        [east + wide, south - wide],
        [east + wide, north + wide],
        [west - wide, north + wide],
        [west - wide, south - wide],
      ],
      days,
      period: ['2026-04-01', '2026-05-01'],
    };
    writeFileSync(join(folder, 'order.json'), JSON.stringify(order));
    tell?.('the library asks');
    const { code, output } = await runLimited(python, [session, join(folder, 'order.json')], {
      cwd: order.folder,
      env: { ...process.env, HOME: order.folder, MPLBACKEND: 'agg' },
      limitMs,
    });
    const checks = output
      .split('\n')
      .flatMap((line) => (line.startsWith('check ') ? [JSON.parse(line.slice(6)) as Check] : []));
    if (code !== 0) checks.push({ name: 'the session ends', status: 'failed', message: output.slice(-3000) });
    return suiteResult('cbm-client', checks);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A place in the parcel, four digits behind the point, as a person would type it. */
async function insideOf(store: Store, pid: number): Promise<{ lon: number; lat: number }> {
  const [{ lon = 0, lat = 0 } = {}] = await store.query<{ lon: number; lat: number }>(
    `select ST_X(c) as lon, ST_Y(c) as lat from (select ST_PointOnSurface(geom) as c from furrow.parcel where pid = $1) p`,
    [pid],
  );
  return { lon: Math.round(lon * 1e4) / 1e4, lat: Math.round(lat * 1e4) / 1e4 };
}
