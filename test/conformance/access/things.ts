import { setTimeout as pause } from 'node:timers/promises';
import { openeoPrefix } from '../../../src/api/doors.ts';
import { SetupFailed } from '../../support/setup-failed.ts';
import type { House } from './house.ts';
import type { Tenant } from './tenants.ts';

/** NDVI of the demo season in spring, as a GeoTIFF. */
export const demoGraph = {
  load: {
    process_id: 'load_collection',
    arguments: {
      id: 'demo',
      spatial_extent: null,
      temporal_extent: ['2026-03-01', '2026-05-01'],
      bands: ['B04', 'B08'],
    },
  },
  ndvi: { process_id: 'ndvi', arguments: { data: { from_node: 'load' }, red: 'B04', nir: 'B08' } },
  save: {
    process_id: 'save_result',
    arguments: { data: { from_node: 'ndvi' }, format: 'GTiff' },
    result: true,
  },
};

/** What a tenant has besides its dataset, made through the server's own doors. */
export interface Things {
  /** A job that was never started. */
  readonly job: string;
  /** One with results; undefined where it did not finish, with the reason. */
  readonly finished: string | { readonly failed: string };
  readonly service: string | undefined;
  /** The log of a result that was waited for. */
  readonly log: string;
  /** Signed addresses of its results. */
  readonly links: readonly string[];
}

/** A request of a tenant with its token. */
export async function asTenant(
  { server }: Pick<House, 'server'>,
  { token }: Pick<Tenant, 'token'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  return await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A new job of the tenant; its id. */
export async function makeJob(house: House, tenant: Tenant, graph: unknown = demoGraph): Promise<string> {
  const { inside } = tenant;
  const body = { title: inside, description: inside, process: { process_graph: graph } };
  const answer = await asTenant(house, tenant, 'POST', `${openeoPrefix}/jobs`, body);
  return idOf(answer, 'a job');
}

/** A new service of the tenant; its id. */
export async function makeService(house: House, tenant: Tenant): Promise<string> {
  const { inside } = tenant;
  const process = {
    process_graph: {
      ...demoGraph,
      save: { ...demoGraph.save, arguments: { data: { from_node: 'ndvi' }, format: 'PNG' } },
    },
  };
  const body = { title: inside, description: inside, type: 'xyz', process };
  return await idOf(await asTenant(house, tenant, 'POST', `${openeoPrefix}/services`, body), 'a service');
}

/** A result that the tenant waits for; the id of its log. */
async function makeResult(house: House, tenant: Tenant): Promise<string> {
  const body = { process: { process_graph: demoGraph } };
  const answer = await asTenant(house, tenant, 'POST', `${openeoPrefix}/result`, body);
  return await idOf(answer, 'a result');
}

async function idOf(answer: Response, what: string): Promise<string> {
  const id = answer.headers.get('openeo-identifier');
  if (!answer.ok || id === null)
    throw new SetupFailed(`${what} was not made: ${answer.status} ${await answer.text()}`);
  return id;
}

/** Makes all of it, and waits for the job's results. */
export async function makeThings(
  house: House,
  tenant: Tenant,
  has: (id: string) => boolean,
): Promise<Things> {
  const job = await makeJob(house, tenant);
  const run = await makeJob(house, tenant);
  const at = `${openeoPrefix}/jobs/${run}`;
  await asTenant(house, tenant, 'POST', `${at}/results`);
  let status = 'queued';
  for (const end = Date.now() + 60_000; Date.now() < end && /queued|running/.test(status); await pause(200))
    ({ status } = (await (await asTenant(house, tenant, 'GET', at)).json()) as { status: string });
  const results =
    status === 'finished' ? await (await asTenant(house, tenant, 'GET', `${at}/results`)).text() : '';
  const logs = status === 'finished' ? '' : await (await asTenant(house, tenant, 'GET', `${at}/logs`)).text();
  return {
    job,
    finished: status === 'finished' ? run : { failed: `${status}: ${logs.slice(0, 300)}` },
    log: await makeResult(house, tenant),
    service: has('/services') ? await makeService(house, tenant) : undefined,
    links: [...new Set(results.match(/http[^"]+\/signed\/[^"]+/g) ?? [])],
  };
}
