import { type ChunkTasks, unpackPlan } from '../cube/chunk-pool.ts';
import { type ChunkColumns, computeChunk } from '../cube/compute.ts';
import { type Cube, isCube } from '../cube/cube.ts';
import { measureChunk, zonalPlans } from '../cube/zonal.ts';
import type { ZonalPart } from '../cube/zonal-help.ts';
import { ProcessGraphInvalid } from '../errors.ts';
import { type GraphPlan, linkPlan } from './link.ts';

let linked: { key: string; cube: Cube } | undefined;

/** The linked cube is kept for the next chunk of the same plan. */
function linkedCube(key: string, plan: SharedArrayBuffer): Cube {
  if (linked?.key !== key) {
    const { value } = linkPlan(unpackPlan(plan) as GraphPlan);
    if (!isCube(value)) throw new ProcessGraphInvalid('the process graph gives no data cube');
    linked = { key, cube: value };
  }
  return linked.cube;
}

/** Computes one chunk of a planned graph. */
export async function computeChunkTask({
  key,
  plan,
  window,
  precision,
}: ChunkTasks['chunk']['input']): Promise<ChunkColumns> {
  return computeChunk(linkedCube(key, plan), window, precision);
}

/** Measures the geometries of one chunk of a planned graph. */
export async function measureChunkTask({
  key,
  plan,
  zonal,
  planes,
  chunk,
}: ChunkTasks['zones']['input']): Promise<ZonalPart> {
  const found = zonalPlans(linkedCube(key, plan).planes)[zonal];
  if (found === undefined) throw new ProcessGraphInvalid('the process graph aggregates over no geometries');
  return measureChunk(found, planes, chunk);
}
