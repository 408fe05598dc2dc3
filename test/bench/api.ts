import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeToken } from '../../src/accounts/tokens.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { packageRoot } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import type { BBox } from '../../src/geometry/grid.ts';
import { maintain } from '../../src/store/maintain.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { openParcelHouse, ownerName } from '../support/parcel-house.ts';
import { withoutRasterPeers } from '../support/raster-peers.ts';
import { fillSeason } from './api-season.ts';
import { type AreaResult, median } from './area.ts';
import { granuleCollection } from './granule-collection.ts';
import { load, quantile } from './http-load.ts';

const clients = 50;
const dataset = 'country';

/**
 * `furrow serve` with accounts on PostgreSQL, every row through row-level security: the season of one parcel by 50 clients who
 * keep their connections, once asking again at once and once after resting a quarter of a second, and by three who never rest; and
 * image tiles, each asked once by one client, of the demo season and of a granule of 10,980 pixels. 50,000 parcels x 73 images x
 * 7 bands, or 2,000 x 20, in months that are over and that `furrow maintain` has rewritten.
 */
export async function api({ short }: { readonly short: boolean }): Promise<AreaResult> {
  if (withoutPostgres !== undefined)
    return { area: 'api', figures: {}, ratios: {}, missing: [withoutPostgres] };
  const size = short ? { parcels: 2000, images: 20 } : { parcels: 50_000, images: 73 };
  const seconds = short ? 4 : 15;
  const data = await mkdtemp(join(tmpdir(), 'furrow-bench-api-'));
  try {
    const made = join(packageRoot(), '.furrow', 'demo', 'collection.json');
    const demo = existsSync(made) ? made : (await makeDemoSeason({ folder: join(data, 'demo') })).collection;
    const granule = await granuleCollection(join(packageRoot(), '.peers', 'granule'), join(data, 'granule'));
    const collections = [`demo=${demo}`, ...(granule === undefined ? [] : [`granule=${granule}`])];
    let token = '';
    console.error('api: filling the store');
    await using house = await openParcelHouse({
      data,
      accounts: [ownerName],
      environment: { FURROW_COLLECTIONS: collections.join(','), FURROW_MAX_REQUEST_RATE: '100000000' },
      settings: ['shared_buffers=2GB', 'random_page_cost=1.1'],
      fill: async (store) => {
        await fillSeason(storeFor(store, ownerName), { name: dataset, ...size });
        console.error('api: furrow maintain');
        await maintain(storeFor(store, ownerName), { before: '2100-01-01' });
        const wanted = { account: ownerName, scopes: ['parcels'], origin: 'administrator' } as const;
        const expires = new Date(Date.now() + 3_600_000);
        ({ token } = await storeToken(store, { ...wanted, expires }, { clock: () => new Date() }));
      },
    });
    const { url } = house.server;
    const headers = { authorization: `Bearer ${token}` };
    const path = () => `/parcels/${dataset}/${1 + Math.floor(Math.random() * size.parcels)}/series?band=B08`;
    const asked = { url, headers, clients, path };
    console.error('api: series');
    await load({ ...asked, seconds: 3 });
    const busy = await load({ ...asked, seconds });
    const rested = await load({ ...asked, seconds, restMs: 250 });
    const three = await load({ ...asked, seconds, clients: 3 });
    console.error('api: tiles');
    const demoTiles = await tileTimes(url, headers, 'demo', demo, [13, 16], short ? 30 : 200);
    const granuleTiles =
      granule === undefined
        ? { times: [], errors: 0 }
        : await tileTimes(url, headers, 'granule', granule, [11, 14], short ? 30 : 200);
    const figures = {
      parcels: size.parcels,
      images: size.images,
      clients,
      series_p50_ms: median(rested.times),
      series_p95_ms: quantile(rested.times, 0.95),
      series_per_s: rested.times.length / rested.seconds,
      series_busy_p50_ms: median(busy.times),
      series_busy_p95_ms: quantile(busy.times, 0.95),
      series_busy_per_s: busy.times.length / busy.seconds,
      series_three_p50_ms: median(three.times),
      series_three_per_s: three.times.length / three.seconds,
      series_bytes: busy.bytes / busy.times.length,
      series_errors: busy.errors + rested.errors + three.errors,
      tile_p50_ms: median(demoTiles.times),
      tile_p95_ms: quantile(demoTiles.times, 0.95),
      granule_tile_p50_ms: median(granuleTiles.times),
      granule_tile_p95_ms: quantile(granuleTiles.times, 0.95),
      tile_errors: demoTiles.errors + granuleTiles.errors,
    };
    return {
      area: 'api',
      figures: Object.fromEntries(
        Object.entries(figures)
          .filter(([, value]) => !Number.isNaN(value))
          .map(([name, value]) => [name, Number(value.toPrecision(4))]),
      ),
      ratios: {},
      ...(granule === undefined ? { missing: [withoutRasterPeers] } : {}),
    };
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

/** Milliseconds of tiles over images of a collection, each asked once, after one of each image that is not counted. */
async function tileTimes(
  url: string,
  headers: Readonly<Record<string, string>>,
  name: string,
  address: string,
  [shallow, deep]: readonly [number, number],
  count: number,
): Promise<{ times: number[]; errors: number }> {
  const items = (await (await openCollection(address)).items()).filter(({ bands }) =>
    bands.some(({ commonName }) => commonName === 'red'),
  );
  const times: number[] = [];
  let errors = 0;
  const ask = async (item: string, [z, x, y]: readonly [number, number, number]) => {
    const start = performance.now();
    const answer = await fetch(`${url}/tiles/images/${name}/${item}/${z}/${x}/${y}.png`, { headers });
    const bytes = await answer.arrayBuffer();
    if (answer.status !== 200 || bytes.byteLength < 1000) errors += answer.status === 200 ? 0 : 1;
    return performance.now() - start;
  };
  const seen = new Set<string>();
  for (let i = 0; times.length < count && i < count * 20; i++) {
    const item = items[i % items.length];
    if (item === undefined) break;
    const tile = someTile(item.bbox, shallow + (i % (deep - shallow + 1)));
    const key = `${item.id} ${tile.join('/')}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const ms = await ask(item.id, tile);
    // The first tile of an image reads its headers.
    if (i >= items.length) times.push(ms);
  }
  return { times, errors };
}

/** A tile of a zoom that lies over the middle half of a box. */
function someTile([west, south, east, north]: BBox, z: number): [number, number, number] {
  const lon = west + (east - west) * (0.25 + 0.5 * Math.random());
  const lat = south + (north - south) * (0.25 + 0.5 * Math.random());
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return [z, Math.floor((lon / 360 + 0.5) * 2 ** z), Math.floor(y * 2 ** z)];
}
