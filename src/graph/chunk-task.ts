import type { ChunkTasks } from '../cube/chunk-pool.ts';
import { type ChunkColumns, computeChunk } from '../cube/compute.ts';
import { type Cube, isCube } from '../cube/cube.ts';
import { ProcessGraphInvalid } from '../errors.ts';
import { type GraphPlan, linkPlan } from './link.ts';

let linked: { key: string; cube: Cube } | undefined;

/** Computes one chunk of a planned graph. The linked cube is kept for the next chunk of the same plan. */
export async function computeChunkTask({
  key,
  plan,
  window,
  precision,
}: ChunkTasks['chunk']['input']): Promise<ChunkColumns> {
  if (linked?.key !== key) {
    const { value } = linkPlan(plan as GraphPlan);
    if (!isCube(value)) throw new ProcessGraphInvalid('the process graph gives no data cube');
    linked = { key, cube: value };
  }
  return computeChunk(linked.cube, window, precision);
}
