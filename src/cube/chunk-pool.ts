import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { deserialize, serialize } from 'node:v8';
import { openPool, type Pool } from '../engine/pool.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import type { ChunkColumns, ComputeOptions } from './compute.ts';
import type { Precision } from './raster-cube.ts';
import type { ZonalChunk, ZonalPart } from './zonal-help.ts';

/** The task of the worker threads: one chunk of a planned graph. `key` tells plans apart, `plan` is one packed by `packPlan`. */
export interface ChunkTasks {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
  readonly chunk: {
    readonly input: {
      readonly key: string;
      readonly plan: SharedArrayBuffer;
      readonly window: PixelWindow;
      readonly precision: Precision;
    };
    readonly output: ChunkColumns;
  };
  /** The geometries of one chunk; `zonal` is a position in `zonalPlans` of the linked cube. */
  readonly zones: {
    readonly input: {
      readonly key: string;
      readonly plan: SharedArrayBuffer;
      readonly zonal: number;
      readonly planes: readonly number[];
      readonly chunk: ZonalChunk;
    };
    readonly output: ZonalPart;
  };
}

export type ChunkPool = Pool<ChunkTasks>;

/** The module that worker threads load: the source under the sources, JavaScript in the build. */
const workerModule = new URL(
  import.meta.url.endsWith('.ts') ? '../worker.ts' : '../worker.js',
  import.meta.url,
);

/** Opens a pool whose workers compute chunks, to be shared by several runs; one worker for each processor by default. */
export function openChunkPool(threads?: number): ChunkPool {
  return openPool<ChunkTasks>({ module: workerModule, threads });
}

/** Plain data in memory that threads share: it may hold thousands of geometries, and goes with every chunk. */
function packPlan(plan: unknown): SharedArrayBuffer {
  const bytes = serialize(plan);
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** What `packPlan` packed. */
export function unpackPlan(packed: SharedArrayBuffer): unknown {
  return deserialize(new Uint8Array(packed).slice());
}

/** Computes the chunks of a plan on a pool: the given one, or one that is opened for the first chunk and closed after. */
export function remoteChunks(
  plan: unknown,
  {
    pool: shared,
    threads,
    precision,
  }: { pool?: ChunkPool | undefined; threads?: number | undefined; precision: Precision },
): { readonly remote: NonNullable<ComputeOptions['remote']>; close(): Promise<void> } {
  const key = randomUUID();
  let pool = shared;
  let packed: SharedArrayBuffer | undefined;
  const packedPlan = () => {
    packed ??= packPlan(plan);
    return packed;
  };
  return {
    remote: {
      threads: shared?.threads ?? threads ?? availableParallelism(),
      compute: (window, signal) => {
        pool ??= openChunkPool(threads);
        return pool.run('chunk', { key, plan: packedPlan(), window, precision }, { signal });
      },
      measure: (zonal, planes, chunk, signal) => {
        pool ??= openChunkPool(threads);
        return pool.run('zones', { key, plan: packedPlan(), zonal, planes, chunk }, { signal });
      },
    },
    close: async () => {
      if (pool !== shared) await pool?.close();
    },
  };
}
