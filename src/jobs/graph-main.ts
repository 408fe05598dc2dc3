import { Worker } from 'node:worker_threads';
import { type ChunkPool, openChunkPool } from '../cube/chunk-pool.ts';
import { describeError, type WireError } from '../engine/wire-error.ts';
import { LimitExceeded } from '../errors.ts';
import type { Grid } from '../geometry/grid.ts';
import type { Json } from '../graph/process-graph.ts';
import { limit } from '../limits.ts';
import { type ComputedResult, computeResult } from './compute-result.ts';
import { TileArtist, type TileAsked } from './draw-tile.ts';
import type { NewLogLine } from './job.ts';
import { openPublished } from './published.ts';
import { tellSources } from './tell-sources.ts';

/** What is said to a process that runs graphs for those who wait. */
export type GraphOrder =
  | {
      readonly kind: 'setup';
      readonly collections: readonly (readonly [string, string])[];
      readonly memory: number;
      readonly threads: number;
    }
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly process: Json;
      readonly targetGrid?: Grid | undefined;
    }
  | { readonly kind: 'tile'; readonly id: number; readonly tile: TileAsked }
  | { readonly kind: 'cancel'; readonly id: number };

export type GraphReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly kind: 'log'; readonly id: number; readonly line: NewLogLine }
  | { readonly kind: 'result'; readonly id: number; readonly result: ComputedResult }
  | { readonly kind: 'picture'; readonly id: number; readonly png: Uint8Array }
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError };

/* A process that runs graphs one at a time, kept warm by `graph-runner.ts`; it ends with the process that started it. */
const artist = new TileArtist();
let open = openPublished({ collections: new Map() });
let threads = 1;
let pool: ChunkPool | undefined;
let running: { readonly id: number; readonly stop: AbortController } | undefined;

function say(report: GraphReport): void {
  process.send?.(report);
}

async function serve(order: Extract<GraphOrder, { id: number }>): Promise<void> {
  if (order.kind === 'cancel') {
    if (running?.id === order.id) running.stop.abort();
    return;
  }
  const { id } = order;
  const stop = new AbortController();
  running = { id, stop };
  const context = {
    openCollection: open,
    signal: stop.signal,
    ...tellSources((line) => say({ kind: 'log', id, line })),
    onProgress: (done: number, total: number) => say({ kind: 'progress', id, done, total }),
  };
  try {
    if (order.kind === 'tile') {
      const png = await artist.draw(order.tile, { ...context, onProgress: undefined, threads: 0 });
      say({ kind: 'picture', id, png });
      return;
    }
    if (threads > 1) pool ??= openChunkPool(threads);
    const shared = pool === undefined ? { threads: 0 } : { pool };
    const result = await computeResult(order.process, {
      ...context,
      ...shared,
      targetGrid: order.targetGrid,
    });
    const bytes = result.files.reduce((sum, file) => sum + file.bytes.length, 0);
    const most = limit('answerBytes');
    if (bytes > most)
      throw new LimitExceeded(
        `the result has ${bytes} bytes, and ${most} are the most that a caller waits for: make a batch job of it`,
      );
    say({ kind: 'result', id, result });
  } catch (error) {
    say({ kind: 'failed', id, error: describeError(error) });
  } finally {
    running = undefined;
  }
}

process.on('message', (order: GraphOrder) => {
  if (order.kind !== 'setup') {
    void serve(order);
    return;
  }
  open = openPublished({ collections: new Map(order.collections) });
  threads = order.threads;
  new Worker(
    new URL(import.meta.url.endsWith('.ts') ? './graph-guard.ts' : './graph-guard.js', import.meta.url),
    {
      workerData: { memory: order.memory, parent: process.ppid },
    },
  ).unref();
  say({ kind: 'ready' });
});
process.on('disconnect', () => process.exit(0));
