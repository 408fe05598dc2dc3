import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { openPool, type Pool } from '../engine/pool.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import type { ChunkColumns, ComputeOptions } from './compute.ts';
import type { Precision } from './raster-cube.ts';
import type { ZonalChunk, ZonalPart } from './zonal-help.ts';

/** The task of the worker threads: one chunk of a planned graph. `key` tells plans apart, `plan` is plain data. */
export interface ChunkTasks {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
  readonly chunk: {
    readonly input: {
      readonly key: string;
      readonly plan: unknown;
      readonly window: PixelWindow;
      readonly precision: Precision;
    };
    readonly output: ChunkColumns;
  };
  /** The geometries of one chunk; `zonal` is a position in `zonalPlans` of the linked cube. */
  readonly zones: {
    readonly input: {
      readonly key: string;
      readonly plan: unknown;
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
  return {
    remote: {
      threads: shared?.threads ?? threads ?? availableParallelism(),
      compute: (window, signal) => {
        pool ??= openChunkPool(threads);
        return pool.run('chunk', { key, plan, window, precision }, { signal });
      },
      measure: (zonal, planes, chunk, signal) => {
        pool ??= openChunkPool(threads);
        return pool.run('zones', { key, plan, zonal, planes, chunk }, { signal });
      },
    },
    close: async () => {
      if (pool !== shared) await pool?.close();
    },
  };
}
