import { parentPort, workerData } from 'node:worker_threads';
import { type ChunkPool, openChunkPool } from '../cube/chunk-pool.ts';
import { describeError, type WireError } from '../engine/wire-error.ts';
import type { EncodedFile } from '../formats/encode-cube.ts';
import type { Json } from '../graph/process-graph.ts';
import { computeResult } from './compute-result.ts';
import type { NewLogLine } from './job.ts';
import { openPublished } from './published.ts';
import type { ResultFacts } from './result-facts.ts';
import { tellSources } from './tell-sources.ts';

/** What the thread that computes is given. */
export interface WorkOrder {
  readonly graph: Json;
  readonly collections: readonly (readonly [string, string])[];
  readonly threads: number;
}

/** What it says to the thread that keeps the lease. */
export type WorkReport =
  | { readonly kind: 'progress'; readonly percent: number }
  | { readonly kind: 'log'; readonly line: NewLogLine }
  | { readonly kind: 'done'; readonly files: readonly EncodedFile[]; readonly facts: ResultFacts }
  | { readonly kind: 'failed'; readonly error: WireError };

/** Computing takes this share of the progress; encoding and writing the rest. */
const computing = 95;

/*
 * The thread of a job that computes. It may loop or run out of memory: the main thread of the process keeps the lease, hears when the
 * job is cancelled, and ends the process.
 */
async function work(
  { graph, collections, threads }: WorkOrder,
  say: (report: WorkReport, transfer?: ArrayBuffer[]) => void,
): Promise<void> {
  let pool: ChunkPool | undefined;
  try {
    pool = threads > 1 ? openChunkPool(threads) : undefined;
    const { files, facts } = await computeResult(graph, {
      openCollection: openPublished({ collections: new Map(collections) }),
      ...tellSources((line) => say({ kind: 'log', line })),
      ...(pool === undefined ? { threads: 0 } : { pool }),
      onProgress: (done, total) =>
        say({ kind: 'progress', percent: total > 0 ? (done / total) * computing : 0 }),
    });
    // Memory that belongs to a file alone moves; what is part of something larger is copied.
    const own = files.flatMap(({ bytes }) =>
      bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
        ? [bytes.buffer]
        : [],
    );
    say({ kind: 'done', files, facts }, [...new Set(own)]);
  } catch (error) {
    say({ kind: 'failed', error: describeError(error) });
  } finally {
    await pool?.close();
  }
}

const port = parentPort;
if (port !== null)
  await work(workerData as WorkOrder, (report, transfer = []) => port.postMessage(report, transfer));
