import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasDemoSeason, makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { testStoreFolder } from '../store/embedded-test-store.ts';
import { type FurrowServer, startFurrow } from '../support/furrow-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The answer as JSON; undefined for anything else. */
  readonly json: Json;
}

/** JSON that tests look into by name, whatever it is. */
// biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what is tested
export type Json = any;

/** A server for one person, with a small demo season. */
export interface OpeneoRoom extends AsyncDisposable {
  readonly server: FurrowServer;
  /** Sends a request to a path below the openEO API, or to a whole address. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Starts it on a store that is kept for the day, of which only files that say `jobs` run batch jobs. */
export async function startOpeneo({
  jobs = false,
  environment = {},
}: {
  jobs?: boolean;
  environment?: Readonly<Record<string, string>>;
} = {}): Promise<OpeneoRoom> {
  const data = `${await testStoreFolder()}-openeo`;
  const folder = join(data, 'demo');
  if (!(await hasDemoSeason({ folder }))) {
    // Of several files that find none the first one's stays.
    const own = join(data, `demo-${process.pid}`);
    await makeDemoSeason({ folder: own, size: 96, dates: 6 });
    await rename(own, folder).catch(() => rm(own, { recursive: true, force: true }));
  }
  const server = await startFurrow({
    data,
    environment: {
      FURROW_LOG: 'warn',
      FURROW_JOB_SLOTS: jobs ? '2' : '0',
      FURROW_JOB_THREADS: '1',
      ...environment,
    },
  });
  return {
    server,
    call: async (method, path, body, headers = {}) => {
      const answer = await fetch(path.startsWith('http') ? path : `${server.url}/openeo/1.2${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      const type = answer.headers.get('content-type') ?? '';
      const json: Json = /json/.test(type) && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined;
      return { status: answer.status, headers: answer.headers, bytes, json };
    },
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

/** Mean NDVI of the season, or the NDVI of its dates. */
export function ndviGraph(format: string, dates = false): Record<string, object> {
  const mean = {
    process_graph: {
      mean: { process_id: 'mean', arguments: { data: { from_parameter: 'data' } }, result: true },
    },
  };
  return {
    load: {
      process_id: 'load_collection',
      arguments: { id: 'demo', spatial_extent: null, temporal_extent: null, bands: ['red', 'nir'] },
    },
    ndvi: { process_id: 'ndvi', arguments: { data: { from_node: 'load' } } },
    ...(!dates && {
      mean: {
        process_id: 'reduce_dimension',
        arguments: { data: { from_node: 'ndvi' }, dimension: 't', reducer: mean },
      },
    }),
    save: {
      process_id: 'save_result',
      arguments: { data: { from_node: dates ? 'ndvi' : 'mean' }, format },
      result: true,
    },
  };
}

/** One plus two. */
export const three = { sum: { process_id: 'add', arguments: { x: 1, y: 2 }, result: true } };
