import { availableParallelism } from 'node:os';
import type { BandAsset } from '../catalog/item.ts';
import { openPool, type Pool } from '../engine/pool.ts';
import { InvalidArgument } from '../errors.ts';
import { limit } from '../limits.ts';
import type { PickRequest, Picks } from '../raster/picks.ts';
import type { Measured, MeasureJob } from './measure-parcels.ts';

/** Chosen pixels of one level of one file, and where they go: memory that the threads share. */
export interface GatherJob {
  /** Any band of the file. */
  readonly band: BandAsset;
  readonly level: number;
  readonly picks: Picks;
  readonly targets: PickRequest['targets'][number][];
}

/** The tasks of extraction's worker threads. */
export interface ExtractTasks {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
  /** Reads, until all workers together have done all batches; `claimed` and `done` count those of each job. */
  readonly gather: {
    readonly input: {
      readonly jobs: readonly GatherJob[];
      readonly claimed: Int32Array;
      readonly done: Int32Array;
    };
    readonly output: undefined;
  };
  readonly measure: {
    readonly input: { readonly job: MeasureJob; readonly from: number; readonly to: number };
    readonly output: Measured;
  };
  /** Answers when the worker has loaded its modules. */
  readonly ready: { readonly input: undefined; readonly output: undefined };
}

/** Worker threads that read and reduce images together; several images at a time may share them. */
export type ExtractPool = Pool<ExtractTasks>;

/** The module that worker threads load: the source under the sources, JavaScript in the build. */
const workerModule = new URL(
  import.meta.url.endsWith('.ts') ? './extract-worker.ts' : './extract-worker.js',
  import.meta.url,
);

/**
 * Opens the worker threads of extraction, one for each processor by default; to be closed by who opens them. Throws
 * `InvalidArgument` for a number that is none.
 */
export function openExtractPool(threads = defaultThreads()): ExtractPool {
  if (!Number.isInteger(threads) || threads < 1 || threads > limit('threads'))
    throw new InvalidArgument(
      `an extraction has 1 to ${limit('threads')} worker threads, not ${threads}; set FURROW_MAX_THREADS to allow more`,
    );
  return openPool<ExtractTasks>({ module: workerModule, threads });
}

/** One for each processor, as many as the limit allows. */
export function defaultThreads(): number {
  return Math.min(availableParallelism(), limit('threads'));
}

/** Starts the workers, which otherwise start with the first work. */
export async function startExtractPool(pool: ExtractPool): Promise<void> {
  await Promise.all(Array.from({ length: pool.threads }, () => pool.run('ready', undefined)));
}
