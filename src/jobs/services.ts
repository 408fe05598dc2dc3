import { randomUUID } from 'node:crypto';
import {
  NoDataForUpdate,
  ServiceConfigInvalid,
  ServiceConfigUnsupported,
  ServiceNotFound,
  ServiceUnsupported,
} from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { colorMapNames } from '../raster/color-maps.ts';
import type { QueryOptions, QueryValue, Store } from '../store/store.ts';
import { storeFor } from '../store/store-for.ts';
import type { JsonObject, LogLevel } from './job.ts';
import type { JobCaller } from './open-jobs.ts';
import { checkedDescription, checkedTitle } from './texts.ts';

/** How a service draws its tiles; what is left out is chosen when the first tile is drawn, from an overview. */
export interface XyzConfiguration {
  /** Values of the darkest and of the brightest colour. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Name of a colour map, for results of one band. */
  readonly colors?: string | undefined;
  /** Pixels of a tile's side. */
  readonly tile_size?: 256 | 512 | undefined;
}

export interface ServiceSummary {
  readonly id: string;
  readonly type: 'xyz';
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly enabled: boolean;
  readonly created: Date;
  readonly plan?: string | undefined;
  readonly budget?: number | undefined;
  readonly logLevel: LogLevel;
}

export interface Service extends ServiceSummary {
  readonly process: JsonObject;
  readonly configuration: XyzConfiguration;
  readonly attributes: JsonObject;
}

/** `process` has been validated by the caller. */
export interface NewService {
  readonly type: string;
  readonly process: JsonObject;
  readonly title?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  readonly configuration?: JsonObject | undefined;
  readonly plan?: string | null | undefined;
  readonly budget?: number | null | undefined;
  readonly logLevel?: LogLevel | undefined;
}

export type ServiceChange = Omit<Partial<NewService>, 'type'>;

/** The configuration of a service of type XYZ. Throws `ServiceConfigUnsupported` and `ServiceConfigInvalid`. */
export function xyzConfiguration(given: Readonly<Record<string, unknown>> = {}): XyzConfiguration {
  const invalid = (name: string, reason: string) =>
    new ServiceConfigInvalid(`the value passed for the service parameter '${name}' is invalid: ${reason}`);
  const { min, max, colors, tile_size: side, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new ServiceConfigUnsupported(
      `service parameter '${unknown.slice(0, 80)}' is not supported; there are min, max, colors and tile_size`,
    );
  for (const [name, value] of [
    ['min', min],
    ['max', max],
  ] as const)
    if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value)))
      throw invalid(name, 'it is no number');
  if ((min === undefined) !== (max === undefined)) throw invalid('min', 'min and max are given together');
  if (typeof min === 'number' && typeof max === 'number' && min >= max)
    throw invalid('max', 'it is not above min');
  if (colors !== undefined && !(typeof colors === 'string' && colorMapNames().includes(colors)))
    throw invalid('colors', `it is none of ${colorMapNames().join(', ')}`);
  if (side !== undefined && side !== 256 && side !== 512) throw invalid('tile_size', 'it is 256 or 512');
  return given as XyzConfiguration;
}

interface ServiceRow extends Record<string, unknown> {
  readonly id: string;
  readonly type: 'xyz';
  readonly title: string | null;
  readonly description: string | null;
  readonly enabled: boolean;
  readonly created: Date;
  readonly plan: string | null;
  readonly budget: number | null;
  readonly log_level: LogLevel;
}

const columns = 'id, type, title, description, enabled, created, plan, budget, log_level';

function summaryOf(row: ServiceRow): ServiceSummary {
  return {
    id: row.id,
    type: row.type,
    title: row.title ?? undefined,
    description: row.description ?? undefined,
    enabled: row.enabled,
    created: row.created,
    plan: row.plan ?? undefined,
    budget: row.budget ?? undefined,
    logLevel: row.log_level,
  };
}

function noSuchService(id: string): ServiceNotFound {
  return new ServiceNotFound(`service '${id.slice(0, 64)}' does not exist`);
}

/** Gives the id. Throws `ServiceUnsupported` for other types than XYZ, `LimitExceeded` (limit `services`), `InvalidArgument`. */
export async function createService(
  store: Store,
  caller: JobCaller,
  service: NewService,
  options: QueryOptions = {},
): Promise<string> {
  if (service.type.toLowerCase() !== 'xyz')
    throw new ServiceUnsupported(
      `service type '${service.type.slice(0, 40)}' is not supported; there is XYZ`,
    );
  const configuration = xyzConfiguration(service.configuration);
  const id = `xyz-${randomUUID().replaceAll('-', '')}`;
  await storeFor(store, caller.name).transaction(async (queryable) => {
    const [row] = await queryable.query<{ services: number }>(
      'select count(*) as services from furrow.service where owner = $1',
      [caller.name],
    );
    checkLimit('services', (row?.services ?? 0) + 1, 'a new service');
    await queryable.query(
      `insert into furrow.service (id, owner, type, title, description, process, configuration, enabled, plan, budget, log_level)
        values ($1, $2, 'xyz', $3, $4, $5::json, $6::json, $7, $8, $9, $10)`,
      [
        id,
        caller.name,
        checkedTitle(service.title),
        checkedDescription(service.description),
        JSON.stringify(service.process),
        JSON.stringify(configuration),
        service.enabled ?? true,
        service.plan ?? null,
        service.budget ?? null,
        service.logLevel ?? 'info',
      ],
    );
  }, options);
  return id;
}

/** The newest first. */
export async function listServices(
  store: Store,
  caller: JobCaller,
  options: QueryOptions = {},
): Promise<ServiceSummary[]> {
  const rows = await storeFor(store, caller.name).query<ServiceRow>(
    `select ${columns} from furrow.service order by created desc, id desc`,
    [],
    options,
  );
  return rows.map(summaryOf);
}

/** Throws `ServiceNotFound`. */
export async function getService(
  store: Store,
  caller: JobCaller,
  id: string,
  options: QueryOptions = {},
): Promise<Service> {
  const [row] = await storeFor(store, caller.name).query<
    ServiceRow & Pick<Service, 'process' | 'configuration' | 'attributes'>
  >(`select ${columns}, process, configuration, attributes from furrow.service where id = $1`, [id], options);
  if (row === undefined) throw noSuchService(id);
  const { process, configuration, attributes } = row;
  return { ...summaryOf(row), process, configuration, attributes };
}

/** Throws `ServiceNotFound`, `NoDataForUpdate`, and what `xyzConfiguration` throws. */
export async function changeService(
  store: Store,
  caller: JobCaller,
  id: string,
  change: ServiceChange,
  options: QueryOptions = {},
): Promise<void> {
  const set: [column: string, value: QueryValue][] = [];
  if (change.title !== undefined) set.push(['title', checkedTitle(change.title)]);
  if (change.description !== undefined) set.push(['description', checkedDescription(change.description)]);
  if (change.process !== undefined) set.push(['process', JSON.stringify(change.process)]);
  if (change.configuration !== undefined)
    set.push(['configuration', JSON.stringify(xyzConfiguration(change.configuration))]);
  if (change.enabled !== undefined) set.push(['enabled', change.enabled]);
  if (change.plan !== undefined) set.push(['plan', change.plan]);
  if (change.budget !== undefined) set.push(['budget', change.budget]);
  if (change.logLevel !== undefined) set.push(['log_level', change.logLevel]);
  if (set.length === 0) throw new NoDataForUpdate('the change names nothing that could be changed');
  const rows = await storeFor(store, caller.name).query(
    `update furrow.service set ${set.map(([name], at) => `${name} = $${at + 2}`).join(', ')} where id = $1 returning 1 as one`,
    [id, ...set.map(([, value]) => value)],
    options,
  );
  if (rows.length === 0) throw noSuchService(id);
}

/** Throws `ServiceNotFound`. */
export async function removeService(
  store: Store,
  caller: JobCaller,
  id: string,
  options: QueryOptions = {},
): Promise<void> {
  const rows = await storeFor(store, caller.name).query(
    'delete from furrow.service where id = $1 returning 1 as one',
    [id],
    options,
  );
  if (rows.length === 0) throw noSuchService(id);
}
