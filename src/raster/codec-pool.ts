import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { openPool, type Pool } from '../engine/pool.ts';
import { limit } from '../limits.ts';
import type { TileDecoding } from './jp2-decode.ts';
import type { TiffCodecTasks } from './tiff-codec-tasks.ts';

/** What codec workers can do. Codecs of other people's making run there, where they can be ended. */
export interface CodecTasks extends TiffCodecTasks {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
  readonly jpeg2000: {
    readonly input: TileDecoding;
    /** Native-endian samples, one array a wanted component. */
    readonly output: readonly Uint8Array<ArrayBuffer>[];
  };
}

/** A worker without work ends after this time: its memory is that of the largest tile it has seen. */
const IDLE_MS = 5_000;

const workerModule = new URL(
  import.meta.url.endsWith('.ts') ? './codec-worker.ts' : './codec-worker.js',
  import.meta.url,
);

let pool: Pool<CodecTasks> | undefined;

/**
 * The codec workers of this thread: one for each processor, or one where this is a worker itself. A task over the limit `codecMs` is ended with its worker and fails
 * with `LimitExceeded`, an aborted one with `Cancelled`; a codec that crashes fails its own task only (`TaskFailed`).
 */
export function codecPool(): Pool<CodecTasks> {
  return (pool ??= openPool<CodecTasks>({
    module: workerModule,
    // A worker thread that reads is one of several already.
    threads: isMainThread ? availableParallelism() : 1,
    idleMs: IDLE_MS,
    most: {
      ms: () => limit('codecMs'),
      message: (task) =>
        `decoding a ${task} tile took longer than ${limit('codecMs')} ms and was ended; the file may be damaged. Set FURROW_MAX_CODEC_MS to allow more.`,
    },
  }));
}
