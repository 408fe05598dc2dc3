import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCollection } from '../../../src/catalog/open-collection.ts';
import { makeDemoSeason } from '../../../src/demo/make-demo-season.ts';
import { readParcels } from '../../../src/formats/read-parcels.ts';
import { encodePng } from '../../../src/raster/encode-png.ts';
import { openPostgresStore } from '../../../src/store/postgres-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { type ScratchPostgres, startPostgres } from '../../store/scratch-postgres.ts';
import { type FurrowServer, startFurrow } from '../../support/furrow-server.ts';
import { SetupFailed } from '../../support/setup-failed.ts';
import type { Place } from './requests.ts';
import { makeTenant, type Tenant } from './tenants.ts';

/** A server with accounts on a PostgreSQL of its own, several tenants, and the demo season in small. */
export interface House extends AsyncDisposable {
  readonly postgres: ScratchPostgres;
  readonly database: string;
  readonly server: FurrowServer;
  /** As furrow_service. */
  readonly service: Store;
  readonly tenants: readonly Tenant[];
  /** Signs its links. */
  readonly secret: string;
  readonly data: string;
  /** Inside the first parcel of everybody. */
  readonly place: Place;
}

export interface HouseOptions {
  readonly tenants: number;
  /** Connections of the server to the store. */
  readonly connections?: number | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

const secret = 'of the suites alone: 0123456789abcdef0123456789';

/** Starts all of it; disposing ends and removes it. */
export async function openHouse({
  tenants: many,
  connections = 5,
  environment = {},
}: HouseOptions): Promise<House> {
  const ends: (() => Promise<unknown>)[] = [];
  const dispose = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const data = await mkdtemp(join(tmpdir(), 'furrow-access-'));
    ends.push(() => rm(data, { recursive: true, force: true }));
    const season = await makeDemoSeason({ folder: join(data, 'demo'), size: 192, dates: 9 });
    const postgres = await startPostgres();
    ends.push(() => postgres.stop());
    const database = await postgres.createDatabase();
    await (await openPostgresStore(postgres.url(database))).close();
    await postgres.psql(database, 'alter role furrow_service login');
    const url = postgres.url(database, 'furrow_service');
    const service = await openPostgresStore(url);
    ends.push(() => service.close());
    const parcels = await readParcels(season.parcels);
    const sources = {
      service,
      parcels,
      season: await openCollection(season.collection),
    };
    const tenants: Tenant[] = [];
    for (let number = 1; number <= many; number++) tenants.push(await makeTenant(sources, number));
    const [place] = await service.query<Place & Record<string, unknown>>(
      `select st_x(p) as lon, st_y(p) as lat, i.day, i.item from (select st_pointonsurface(geom) as p from furrow.parcel
        where dataset_id = $1 order by pid limit 1) q,
        (select reference as item, to_char(datetime at time zone 'UTC', 'YYYY-MM-DD') as day from furrow.image
          where dataset_id = $1 order by datetime limit 1) i`,
      [tenants[0]?.datasetId ?? 0],
    );
    if (place === undefined) throw new SetupFailed('the tenants have no parcels');
    const map = await tileServer();
    ends.push(() => map.close());
    const server = await startFurrow({
      data,
      environment: {
        FURROW_ACCOUNTS: 'on',
        FURROW_STORE: url,
        FURROW_SECRET: secret,
        FURROW_MAX_STORE_CONNECTIONS: String(connections),
        FURROW_LOG: 'warn',
        FURROW_BACKGROUNDS: `map=${map.address}/{z}/{x}/{y}.png`,
        ...environment,
      },
    });
    ends.push(async () => await server[Symbol.asyncDispose]());
    return {
      postgres,
      database,
      server,
      service,
      tenants,
      secret,
      data,
      place,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A map server on this machine: every tile is one grey. */
async function tileServer(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const size = 256;
  const tile = encodePng({ width: size, height: size, data: new Uint8Array(size * size * 4).fill(128) }, {});
  const server = createServer((_request, answer) => answer.setHeader('content-type', 'image/png').end(tile));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
