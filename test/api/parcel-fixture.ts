import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { registerImages } from '../../src/store/images.ts';
import { placeDataset } from '../../src/store/place-dataset.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { saveWeather } from '../../src/store/save-weather.ts';
import type { Store } from '../../src/store/store.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { placed, placedSet, storedSeason } from '../store/placed-season.ts';
import { type MapServer, startMapServer } from '../support/map-server.ts';
import { basic, openParcelHouse, type ParcelHouse } from '../support/parcel-house.ts';

export interface ParcelFixture extends AsyncDisposable {
  readonly house: ParcelHouse;
  readonly maps: MapServer;
  readonly data: string;
  /** A parcel of the demo season, and a place in it. */
  readonly demo: { readonly label: string; readonly lon: number; readonly lat: number };
  get(path: string, who?: string, init?: RequestInit): Promise<Response>;
  json<T = Record<string, unknown[]>>(path: string, who?: string, init?: RequestInit): Promise<T>;
}

/**
 * A server with datasets of alice: `fields` of AT 2026 (150 parcels in rows of ten from 10, 50 on, three images, the second without
 * scene classes), `blocks` of AT 2026 of kind b, `far west` of BR 2025 at -50, -10, and `demo fields` of DE 2026 with the
 * images of a small demo season. bob has an account and no grant.
 */
export async function parcelFixture(): Promise<ParcelFixture> {
  const data = await mkdtemp(join(tmpdir(), 'furrow-api-'));
  const season = await makeDemoSeason({ folder: join(data, 'demo'), size: 128, dates: 2, seed: 3 });
  const collection = await openCollection(season.collection);
  const items = await collection.items();
  const fields = { ...(await readParcels(season.parcels)), name: 'demo fields' };
  const [field] = fields.parcels;
  const maps = await startMapServer();
  const fill = async (service: Store) => {
    const store = storeFor(service, 'alice');
    const { dataset } = await storedSeason(store, 'fields', { count: 150 });
    await placeDataset(store, 'fields', { aoi: 'AT', year: 2026, cropCode: 'code' });
    await store.query(`update furrow.parcel set attributes = '{"code": 110}' where dataset_id = $1`, [
      dataset,
    ]);
    await store.query(
      `insert into furrow.marker (dataset_id, pid, kind, day_from, day_at, day_to, value, rule)
        values ($1, 2, 'mowing', '2026-05-01', '2026-05-04', '2026-05-08', 0.4, 'drop')`,
      [dataset],
    );
    const weather = { tmin: 1, tmax: 9, tmean: 5, prec: null };
    await saveWeather(store, dataset, [
      { ...weather, grid: 7, lon: 10, lat: 50, day: '2026-04-02' },
      { ...weather, grid: 7, lon: 10, lat: 50, day: '2026-04-01' },
      { ...weather, tmean: 40, grid: 8, lon: 20, lat: 30, day: '2026-04-01' },
    ]);
    await saveParcels(store, placedSet('blocks', [placed(1, [10, 50]), placed(2, [10.1, 50])]), {
      aoi: 'at',
      year: 2026,
      kind: 'b',
    });
    await saveParcels(store, placedSet('far west', [placed(5, [-50.001, -10.001])]), {
      aoi: 'BR',
      year: 2025,
    });
    const demo = await saveParcels(store, fields, { aoi: 'de', year: 2026 });
    await registerImages(store, {
      dataset: demo.dataset,
      recipe: 'none',
      images: items.map(({ id, datetime, bbox }) => ({
        collection: collection.id,
        reference: id,
        sensor: 'sentinel-2',
        datetime,
        footprint: bbox,
        assets: {},
      })),
    });
  };
  const house = await openParcelHouse({
    data,
    accounts: ['alice', 'bob'],
    environment: { FURROW_BACKGROUNDS: `Google=${maps.template},other=${maps.template}` },
    fill,
  });
  const [centre] = await house.store.query<{ lon: number; lat: number }>(
    `select ST_X(c) as lon, ST_Y(c) as lat from (select ST_PointOnSurface(p.geom) as c from furrow.parcel p
      join furrow.dataset d on d.id = p.dataset_id where d.name = 'demo fields' and p.pid = $1) x`,
    [field?.pid ?? 0],
  );
  const get: ParcelFixture['get'] = (path, who = 'alice', init = {}) =>
    fetch(path.startsWith('http') ? path : `${house.server.url}${path}`, {
      ...init,
      headers: { ...(who === '' ? {} : { authorization: basic(who) }), ...init.headers },
    });
  return {
    house,
    maps,
    data,
    demo: { label: field?.label ?? '', lon: centre?.lon ?? 0, lat: centre?.lat ?? 0 },
    get,
    json: async <T>(path: string, who?: string, init?: RequestInit) =>
      (await (await get(path, who, init)).json()) as T,
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      await maps[Symbol.asyncDispose]();
      await rm(data, { recursive: true, force: true });
    },
  };
}
