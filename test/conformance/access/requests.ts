import type { DescribedRoute } from './described-routes.ts';
import type { Tenant } from './tenants.ts';
import { demoGraph, type Things } from './things.ts';

/** A request that asks for what is a tenant's. */
export interface RouteRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Whether it names something of the tenant; else it lists, or makes something new. */
  readonly names: boolean;
}

/** Names of parameters that mean what a tenant has. */
const owned: ReadonlySet<string> = new Set(['dataset', 'pid', 'aoi', 'job_id', 'service_id', 'log_id']);

/** Parameters that need not be there, without which some routes are asked nothing. */
const useful: ReadonlySet<string> = new Set(['day', 'year', 'index']);

/** A point within the first parcel of every tenant, in degrees, and a day on which there is an image of it. */
export interface Place {
  readonly lon: number;
  readonly lat: number;
  readonly day: string;
  /** The name of that image. */
  readonly item: string;
}

/**
 * The request that a route's description asks for, with the tenant's own things in place of its parameters. A text in place of it
 * says what the suite has to learn before it can call the route.
 */
export function requestOf(
  route: DescribedRoute,
  tenant: Tenant,
  things: Pick<Things, 'job' | 'service' | 'log'>,
  place: Place,
): RouteRequest | string {
  const values = valuesOf(route, tenant, things, place);
  let path = route.path;
  const query = new URLSearchParams();
  let names = false;
  for (const { name, in: where, required } of route.parameters) {
    const value = values[name];
    if (value === undefined) {
      if (required === true) return `${route.method} ${route.path}: nothing is known for '${name}'`;
      continue;
    }
    // A list that is filtered by an area that one may not see is empty.
    if (owned.has(name) && route.id !== 'info') names = true;
    if (where === 'path') path = path.replaceAll(`{${name}}`, encodeURIComponent(value));
    else if (where === 'query' && (required === true || owned.has(name) || useful.has(name)))
      query.set(name, value);
  }
  const body = route.hasBody ? bodyOf(route, place) : undefined;
  if (route.hasBody && body === undefined) return `${route.method} ${route.path}: no body is known`;
  return { method: route.method, path: query.size === 0 ? path : `${path}?${query}`, body, names };
}

function valuesOf(
  { path }: DescribedRoute,
  tenant: Tenant,
  { job, service, log }: Pick<Things, 'job' | 'service' | 'log'>,
  { lon, lat, day, item }: Place,
): Record<string, string | undefined> {
  const first = tenant.pids[0] ?? 0;
  const d = 0.001;
  const corners = [
    [lon - d, lat - d],
    [lon + d, lat - d],
    [lon + d, lat + d],
    [lon - d, lat + d],
  ];
  const zoom = 14;
  const turn = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
  return {
    dataset: tenant.dataset,
    aoi: tenant.mark,
    year: String(tenant.year),
    pid: path.startsWith('/query/') ? `${tenant.mark}-${first}` : String(first),
    job_id: job,
    service_id: service,
    log_id: log,
    collection_id: 'demo',
    collection: 'demo',
    lon: lon.toFixed(6),
    lat: lat.toFixed(6),
    polygon: corners.map((corner) => corner.map((side) => side.toFixed(6)).join('_')).join('-'),
    z: String(zoom),
    x: String(Math.floor(((lon + 180) / 360) * 2 ** zoom)),
    y: String(Math.floor(turn * 2 ** zoom)),
    start_date: '2026-03-01',
    end_date: '2026-06-01',
    day,
    item,
    date: day,
    band: 'B04',
    index: 'B04',
    bands: 'B04',
  };
}

const process = { process_graph: demoGraph };

/** Bodies by the operations' ids. */
function bodyOf({ id, path }: DescribedRoute, { lon, lat }: Place): unknown {
  if (path.endsWith('/parcelsByPolygon')) {
    const [w, e, s, n] = [lon - 0.001, lon + 0.001, lat - 0.001, lat + 0.001];
    return {
      type: 'Polygon',
      coordinates: [
        [
          [w, s],
          [e, s],
          [e, n],
          [w, n],
          [w, s],
        ],
      ],
    };
  }
  const known: Readonly<Record<string, unknown>> = {
    'validate-custom-process': process,
    'compute-result': { process },
    'create-job': { process },
    'update-job': { title: 'changed by somebody' },
    'create-service': { process, type: 'xyz' },
    'update-service': { title: 'changed by somebody' },
  };
  return known[id];
}
