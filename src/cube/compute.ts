import { Cancelled, throwIfCancelled } from '../errors.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { chunkWindows } from './chunks.ts';
import type { Cube } from './cube.ts';
import { evaluatePlanes, peakPlanes } from './evaluate-planes.ts';
import type { GeometrySet } from './geometries.ts';
import { allocateCube, type Precision, placeColumns, type RasterCube } from './raster-cube.ts';
import { type VectorCube, vectorCube } from './vector-cube.ts';
import { type ZonalPlan, zonalPlans } from './zonal.ts';
import type { ZonalChunk, ZonalPart } from './zonal-help.ts';

/** The columns of a chunk in the precision of the result. */
export type ChunkColumns = readonly (Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>)[];

export interface ComputeOptions {
  readonly precision?: Precision | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk with the number of chunks done and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Computes a chunk somewhere else (a worker thread); used when there is more than one chunk. */
  readonly remote?:
    | {
        readonly threads: number;
        compute(window: PixelWindow, signal: AbortSignal): Promise<ChunkColumns>;
        /** A chunk of geometries; `plan` is a position in `zonalPlans` of the cube. */
        measure(
          plan: number,
          planes: readonly number[],
          chunk: ZonalChunk,
          signal: AbortSignal,
        ): Promise<ZonalPart>;
      }
    | undefined;
  readonly chunkBytes?: number | undefined;
}

/** The planes of a cube in one window. */
export async function computeChunk(
  cube: Cube,
  window: PixelWindow,
  precision: Precision,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ChunkColumns> {
  const columns = await evaluatePlanes(cube.planes, window, { signal });
  return precision === 'float64' ? columns : columns.map((column) => Float32Array.from(column));
}

/**
 * Computes a cube, chunk by chunk: all planes of a chunk within `chunkBytes`, the result within `cubeBytes`. Throws
 * `LimitExceeded`, `Cancelled`, and what reading throws; when one chunk fails the others are stopped.
 */
export async function computeCube(cube: Cube, options: ComputeOptions = {}): Promise<RasterCube> {
  const { precision = 'float32', onProgress, remote } = options;
  const result = allocateCube(cube, precision);
  const { window } = cube.horizontal;
  const chunks = chunkWindows(
    window,
    peakPlanes(cube.planes) * 8 + cube.planes.length * 4,
    options.chunkBytes,
  );
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  throwIfCancelled(options.signal, 'the data cube');
  let next = 0;
  let done = 0;
  onProgress?.(done, chunks.length);
  const useRemote = chunks.length > 1 ? remote : undefined;
  const worker = async () => {
    for (let chunk = chunks[next]; chunk !== undefined; chunk = chunks[next]) {
      next += 1;
      throwIfCancelled(signal, 'the data cube');
      const columns = await (useRemote?.compute(chunk, signal) ??
        computeChunk(cube, chunk, precision, { signal }));
      placeColumns(result, window, chunk, columns);
      done += 1;
      onProgress?.(done, chunks.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: useRemote?.threads ?? 1 }, worker));
  } catch (error) {
    stop.abort(error);
    if (options.signal?.aborted) throw new Cancelled('the data cube was cancelled', { cause: error });
    throw error;
  }
  return result;
}

/**
 * Computes a vector cube: what its planes reduce is read chunk by chunk, every chunk once; the result within `cubeBytes`. Throws
 * as `computeCube` does.
 */
export async function computeVector(
  cube: Cube,
  geometries: GeometrySet,
  { signal, onProgress, remote, chunkBytes }: Omit<ComputeOptions, 'precision'> = {},
): Promise<VectorCube> {
  const plans = zonalPlans(cube.planes);
  const zonal = {
    chunkBytes,
    onProgress,
    remote: remote && {
      threads: remote.threads,
      measure: (plan: object, planes: readonly number[], chunk: ZonalChunk, stop: AbortSignal) =>
        remote.measure(plans.indexOf(plan as ZonalPlan), planes, chunk, stop),
    },
  };
  const columns = await evaluatePlanes(cube.planes, cube.horizontal.window, { signal, zonal });
  return vectorCube(cube, geometries, columns);
}
