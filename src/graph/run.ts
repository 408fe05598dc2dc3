import { type ChunkPool, remoteChunks } from '../cube/chunk-pool.ts';
import { computeCube } from '../cube/compute.ts';
import { type Cube, type Horizontal, isCube } from '../cube/cube.ts';
import { type CubeCollection, type LoadPlan, planLoad } from '../cube/load-plan.ts';
import { isPlane } from '../cube/plane.ts';
import type { Precision, RasterCube } from '../cube/raster-cube.ts';
import { ProcessGraphInvalid, throwIfCancelled } from '../errors.ts';
import { isChildProcess, isLabeledArray, type Value } from '../processes/value.ts';
import { type GraphPlan, linkPlan } from './link.ts';
import { loadRequests } from './load-requests.ts';
import type { Json } from './process-graph.ts';
import { checkGraph } from './validate.ts';

/** What a run needs of the world around it. */
export interface RunContext {
  /** Opens a collection by the id that the graph names. */
  openCollection(id: string, options: { readonly signal?: AbortSignal | undefined }): Promise<CubeCollection>;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of chunks done and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** The pixel lattice of the result (its size is not used); the default is that of the finest band loaded first. */
  readonly targetGrid?: Horizontal['frame'] | undefined;
  /** Of the result; the computation is in float64. Default float32. */
  readonly precision?: Precision | undefined;
  /** Worker threads for chunks when there are several; 0 computes in this thread. Default: one for each processor. */
  readonly threads?: number | undefined;
  /** A pool to use; without one, a run with several chunks opens and closes its own. */
  readonly pool?: ChunkPool | undefined;
  /** Default: `limit('chunkBytes')`. */
  readonly chunkBytes?: number | undefined;
}

/** What a graph gives: a cube, with the format that `save_result` asked for, or a plain value. */
export type GraphResult =
  | {
      readonly kind: 'cube';
      readonly cube: RasterCube;
      readonly format?: string | undefined;
      readonly options?: Readonly<Record<string, Json>> | undefined;
    }
  | { readonly kind: 'value'; readonly value: Json };

/** Validates a graph, opens its collections and finds the images it needs. Throws what is wrong with the graph. */
export async function planGraph(graph: unknown, context: RunContext): Promise<GraphPlan> {
  const parsed = checkGraph(graph);
  const loads = new Map<string, LoadPlan>();
  let frame = context.targetGrid;
  // One after the other: the first collection decides the pixel lattice of all.
  for (const { node, collection, request } of loadRequests(parsed)) {
    throwIfCancelled(context.signal, 'the process graph');
    const opened = await context.openCollection(collection, { signal: context.signal });
    const plan = await planLoad(opened, request, { frame, signal: context.signal });
    loads.set(node, plan);
    frame ??= plan.horizontal.frame;
  }
  return { graph: graph as Json, loads };
}

/**
 * Runs a process graph. Pixels are read and computed chunk by chunk, in worker threads when there are several chunks; only
 * what the result depends on is read. Throws the error of the first problem of the graph, `NoData`, `LimitExceeded`,
 * `Cancelled`, and what reading throws.
 */
export async function runGraph(graph: unknown, context: RunContext): Promise<GraphResult> {
  const plan = await planGraph(graph, context);
  const { value, saves } = linkPlan(plan);
  if (!isCube(value)) return { kind: 'value', value: plainValue(value) };
  const [save] = saves;
  const cube = await computePlanned(plan, value, context);
  if (save === undefined) return { kind: 'cube', cube };
  return {
    kind: 'cube',
    cube,
    format: save.format,
    options: plainValue(save.options) as Readonly<Record<string, Json>>,
  };
}

async function computePlanned(plan: GraphPlan, cube: Cube, context: RunContext): Promise<RasterCube> {
  const { precision = 'float32', signal, onProgress, threads, chunkBytes, pool } = context;
  if (threads === 0) return computeCube(cube, { precision, signal, onProgress, chunkBytes });
  const { remote, close } = remoteChunks(plan, { pool, threads, precision });
  try {
    return await computeCube(cube, { precision, signal, onProgress, remote, chunkBytes });
  } finally {
    await close();
  }
}

/** A value as JSON. Throws `ProcessGraphInvalid` for pixels and processes, which are no result of a graph. */
function plainValue(value: Value): Json {
  if (isLabeledArray(value)) return value.values.map(plainValue);
  if (isPlane(value) || isCube(value) || isChildProcess(value))
    throw new ProcessGraphInvalid('the result node gives neither a data cube nor plain values');
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plainValue(entry as Value)]));
  return value;
}
