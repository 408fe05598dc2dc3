import { type ChunkPool, remoteChunks } from '../cube/chunk-pool.ts';
import { computeCube, computeVector } from '../cube/compute.ts';
import { type Cube, type Horizontal, isCube } from '../cube/cube.ts';
import type { JsonValue } from '../cube/geometries.ts';
import { type CubeCollection, type LoadPlan, planLoad } from '../cube/load-plan.ts';
import { openStac } from '../cube/open-stac.ts';
import { isPlane } from '../cube/plane.ts';
import type { Precision } from '../cube/raster-cube.ts';
import type { GraphResult } from '../cube/result.ts';
import { ProcessGraphInvalid, throwIfCancelled } from '../errors.ts';
import { isChildProcess, isLabeledArray, type Value } from '../processes/value.ts';
import { type GraphPlan, linkPlan } from './link.ts';
import { loadRequests } from './load-requests.ts';
import type { Json } from './process-graph.ts';
import { checkGraph } from './validate.ts';

export type { GraphResult } from '../cube/result.ts';

/** What a run needs of the world around it. */
export interface RunContext {
  /** Opens a collection by the id that the graph names. */
  openCollection(id: string, options: { readonly signal?: AbortSignal | undefined }): Promise<CubeCollection>;
  /**
   * Opens the STAC document at an address that the graph names (`load_stac`). By default http(s) within the egress policy, and
   * nothing of this machine.
   */
  openStac?(url: string, options: { readonly signal?: AbortSignal | undefined }): Promise<CubeCollection>;
  readonly signal?: AbortSignal | undefined;
  /** Told what is loaded, before a pixel is read. */
  readonly onPlanned?: ((plan: GraphPlan) => void) | undefined;
  /**
   * Told why images of a collection (its id, or the address of its document) are left out: they cannot be read. Before a pixel is
   * read; also where the run fails for it.
   */
  readonly onUnread?: ((collection: string, reasons: readonly string[]) => void) | undefined;
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

/** Validates a graph, opens its collections and finds the images it needs. Throws what is wrong with the graph. */
export async function planGraph(graph: unknown, context: RunContext): Promise<GraphPlan> {
  const parsed = checkGraph(graph);
  const loads = new Map<string, LoadPlan>();
  let frame = context.targetGrid;
  // One after the other: the first collection decides the pixel lattice of all.
  for (const { node, source, request } of loadRequests(parsed)) {
    throwIfCancelled(context.signal, 'the process graph');
    const { signal } = context;
    const opened =
      'stac' in source
        ? await (context.openStac ?? openStac)(source.stac, { signal })
        : await context.openCollection(source.collection, { signal });
    const name = 'stac' in source ? source.stac : source.collection;
    const onUnread = (reasons: readonly string[]) => {
      if (reasons.length > 0) context.onUnread?.(name, reasons);
    };
    const plan = await planLoad(opened, request, { frame, onUnread, signal });
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
  context.onPlanned?.(plan);
  const { value, saves } = linkPlan(plan);
  if (!isCube(value)) return { kind: 'value', value: plainValue(value) };
  const [save] = saves;
  const saved = save && {
    format: save.format,
    options: plainValue(save.options) as Readonly<Record<string, JsonValue>>,
  };
  const computed = await computePlanned(plan, value, context);
  return { ...computed, ...saved };
}

async function computePlanned(
  plan: GraphPlan,
  cube: Cube,
  context: RunContext,
): Promise<Exclude<GraphResult, { readonly kind: 'value' }>> {
  const { precision = 'float32', signal, onProgress, threads, chunkBytes, pool } = context;
  const { geometries } = cube.horizontal;
  const work = threads === 0 ? undefined : remoteChunks(plan, { pool, threads, precision });
  const options = { precision, signal, onProgress, chunkBytes, remote: work?.remote };
  try {
    return geometries === undefined
      ? { kind: 'cube', cube: await computeCube(cube, options) }
      : { kind: 'vector', cube: await computeVector(cube, geometries, options) };
  } finally {
    await work?.close();
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
