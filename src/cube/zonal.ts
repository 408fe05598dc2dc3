import { InvalidArgument, throwIfCancelled } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { type Cube, cubeGrid } from './cube.ts';
import { evaluatePlanes, peakPlanes, picked, planesInOrder } from './evaluate-planes.ts';
import type { GeometrySet } from './geometries.ts';
import { type Column, derivedPlane, type PixelKind, type Plane, type PlaneGroup } from './plane.ts';
import { zonalChunks } from './zonal-chunks.ts';
import type { ZonalChunk, ZonalHelp, ZonalPart } from './zonal-help.ts';
import { visitRuns, type Zones, zonesOf } from './zones.ts';

/** Values of the pixels of one geometry in one plane; null is nodata. */
export type ZoneValues = readonly (number | boolean | null)[];

/** What is to be computed for every geometry and plane of a cube. */
export interface ZonalPlan {
  readonly cube: Cube;
  readonly geometries: GeometrySet;
  /** How many numbers `reduce` gives. */
  readonly outputs: number;
  /** NaN for nodata. Called only for geometries with pixels. */
  reduce(values: ZoneValues): readonly number[];
  /** The pixels of the geometries, found when first needed. */
  zones(): Zones;
}

const plans = new WeakMap<PlaneGroup, ZonalPlan>();

/**
 * Planes of a vector cube: for each plane of a raster cube `outputs` planes with one number a geometry, which `reduce` makes of its
 * pixels. A geometry without pixels has nodata.
 */
export function zonalPlanes(
  cube: Cube,
  geometries: GeometrySet,
  {
    outputs,
    kinds,
    reduce,
  }: Pick<ZonalPlan, 'outputs' | 'reduce'> & { readonly kinds: readonly PixelKind[] },
): Plane[] {
  let zones: Zones | undefined;
  const plan: ZonalPlan = {
    cube,
    geometries,
    outputs,
    reduce,
    zones: () => {
      zones ??= zonesOf(geometries, cubeGrid(cube.horizontal));
      return zones;
    },
  };
  const group: PlaneGroup = {
    inner: cube.planes,
    read: async (members, window, { signal, zonal }) => {
      const planes = [...new Set(members.map((member) => Math.floor(member / outputs)))];
      const columns = await measureZones(plan, planes, { ...zonal, signal });
      return members.map((member) => {
        const column = columns[planes.indexOf(Math.floor(member / outputs)) * outputs + (member % outputs)];
        if (column === undefined) throw new InvalidArgument('a plane of a vector cube was not computed');
        return column.slice(window.x, window.x + window.width);
      });
    },
  };
  plans.set(group, plan);
  return cube.planes.flatMap((_, plane) =>
    Array.from({ length: outputs }, (_, k) => derivedPlane(group, plane * outputs + k, kinds[k] ?? 'number')),
  );
}

/** The plans behind the planes of a vector cube, in an order that is the same wherever the same graph is linked. */
export function zonalPlans(planes: readonly Plane[]): ZonalPlan[] {
  const found = new Set<ZonalPlan>();
  for (const plane of planesInOrder(planes)) {
    const plan = plane.op === 'derived' ? plans.get(plane.group) : undefined;
    if (plan !== undefined) found.add(plan);
  }
  return [...found];
}

/** One chunk: reads the planes once and takes the pixels of all its geometries from them. */
export async function measureChunk(
  plan: ZonalPlan,
  planes: readonly number[],
  { window, whole, split }: ZonalChunk,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ZonalPart> {
  const { cube, outputs } = plan;
  const zones = plan.zones();
  const inner = planes.flatMap((plane) => cube.planes[plane] ?? []);
  const frame: PixelWindow = {
    ...window,
    x: window.x + cube.horizontal.window.x,
    y: window.y + cube.horizontal.window.y,
  };
  const members = [...whole, ...split];
  const { positions, starts } = positionsOf(zones, members, window, inner.length);
  const columns = await gather(inner, frame, positions, { signal });
  const results = new Float64Array(whole.length * planes.length * outputs);
  for (const k of whole.keys()) {
    throwIfCancelled(signal, 'aggregate_spatial');
    for (const [p, column] of columns.entries()) {
      const pixels = column.subarray(starts[k], starts[k + 1]);
      results.set(reduced(plan, pixels, inner[p]?.kind), (k * planes.length + p) * outputs);
    }
  }
  const first = starts[whole.length] ?? 0;
  const pixels = new Float64Array((positions.length - first) * planes.length);
  let at = 0;
  for (let k = whole.length; k < members.length; k += 1)
    for (const column of columns) {
      const own = column.subarray(starts[k], starts[k + 1]);
      pixels.set(own, at);
      at += own.length;
    }
  return { results, pixels };
}

/** Positions of the pixels of some geometries in a window, geometry after geometry; `starts` has one element more than there are. */
function positionsOf(
  zones: Zones,
  members: readonly number[],
  window: PixelWindow,
  planes: number,
): { readonly positions: Int32Array; readonly starts: Int32Array } {
  const starts = new Int32Array(members.length + 1);
  for (const [k, zone] of members.entries()) {
    let count: number = starts[k] ?? 0;
    visitRuns(zones, zone, window, (_position, _inWindow, length) => {
      count += length;
    });
    // Geometries may lie upon each other, many times over.
    checkLimit('windowBytes', count * 8 * planes, 'aggregate_spatial: pixels of geometries in one chunk');
    starts[k + 1] = count;
  }
  const positions = new Int32Array(starts[members.length] ?? 0);
  let at = 0;
  for (const zone of members)
    visitRuns(zones, zone, window, (_position, inWindow, length) => {
      for (let i = 0; i < length; i += 1) positions[at + i] = inWindow + i;
      at += length;
    });
  return { positions, starts };
}

/** The pixels at some positions of a window: computed for these alone where they are the fewer and no plane asks where they are. */
async function gather(
  planes: readonly Plane[],
  window: PixelWindow,
  positions: Int32Array,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Column[]> {
  const placed = planesInOrder(planes).some((plane) => plane.op === 'computed' && plane.placed);
  if (!placed && positions.length < window.width * window.height)
    return evaluatePlanes(planes, window, { ...options, pick: positions });
  return (await evaluatePlanes(planes, window, options)).map((column) => picked(column, positions));
}

function reduced(
  { reduce, outputs }: ZonalPlan,
  pixels: Float64Array,
  kind: PixelKind = 'number',
): readonly number[] {
  const values = Array.from(pixels, (value) =>
    Number.isNaN(value) ? null : kind === 'boolean' ? value !== 0 : value,
  );
  const numbers = reduce(values);
  if (numbers.length !== outputs)
    throw new InvalidArgument(
      `a reducer gave ${numbers.length} values for one geometry and ${outputs} before`,
    );
  return numbers;
}

/**
 * One column a plane and output, with a number a geometry. Every window is computed once; geometries that lie in several wait
 * for the last of them, their pixels within `cubeBytes`. Throws `LimitExceeded`, `Cancelled`, and what reading throws.
 */
export async function measureZones(
  plan: ZonalPlan,
  planes: readonly number[],
  options: ZonalHelp & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Float64Array<ArrayBuffer>[]> {
  const { cube, geometries, outputs } = plan;
  const count = geometries.features.length;
  checkLimit('cubeBytes', planes.length * outputs * count * 8, 'aggregate_spatial');
  const columns = Array.from({ length: planes.length * outputs }, () =>
    new Float64Array(count).fill(Number.NaN),
  );
  const store = (zone: number, plane: number, numbers: ArrayLike<number>, from: number): void => {
    for (let k = 0; k < outputs; k += 1) {
      const column = columns[plane * outputs + k];
      if (column !== undefined) column[zone] = numbers[from + k] ?? Number.NaN;
    }
  };
  const inner = planes.flatMap((plane) => cube.planes[plane] ?? []);
  const chunks = zonalChunks(plan.zones(), cube.horizontal.window, peakPlanes(inner) * 8, options.chunkBytes);
  const waiting = new WaitingZones(plan, inner);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const remote = chunks.length > 1 ? options.remote : undefined;
  let [next, done] = [0, 0];
  options.onProgress?.(done, chunks.length);
  const work = async (): Promise<void> => {
    for (let chunk = chunks[next]; chunk !== undefined; chunk = chunks[next]) {
      next += 1;
      throwIfCancelled(signal, 'aggregate_spatial');
      const { results, pixels } = await (remote?.measure(plan, planes, chunk, signal) ??
        measureChunk(plan, planes, chunk, { signal }));
      for (const [k, zone] of chunk.whole.entries())
        for (const plane of planes.keys()) store(zone, plane, results, (k * planes.length + plane) * outputs);
      waiting.add(chunk, pixels, (zone, plane, numbers) => store(zone, plane, numbers, 0));
      done += 1;
      options.onProgress?.(done, chunks.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: remote?.threads ?? 1 }, work));
  } catch (error) {
    stop.abort(error);
    throwIfCancelled(options.signal, 'aggregate_spatial');
    throw error;
  }
  return columns;
}

/** Pixels of geometries that lie in several chunks, until the last chunk has come. */
class WaitingZones {
  readonly #plan: ZonalPlan;
  readonly #planes: readonly Plane[];
  readonly #open = new Map<number, { readonly planes: readonly Float64Array[]; missing: number }>();
  #bytes = 0;

  constructor(plan: ZonalPlan, planes: readonly Plane[]) {
    this.#plan = plan;
    this.#planes = planes;
  }

  add(
    { window, split }: ZonalChunk,
    pixels: Float64Array,
    finish: (zone: number, plane: number, numbers: readonly number[]) => void,
  ): void {
    const zones = this.#plan.zones();
    let at = 0;
    for (const zone of split) {
      const open = this.#open.get(zone) ?? this.#begin(zone, zones.counts[zone] ?? 0);
      for (const [p, plane] of open.planes.entries())
        visitRuns(zones, zone, window, (position, _inWindow, length) => {
          plane.set(pixels.subarray(at, at + length), position);
          at += length;
          if (p === 0) open.missing -= length;
        });
      if (open.missing > 0) continue;
      this.#open.delete(zone);
      this.#bytes -= bytesOf(open.planes);
      for (const [p, plane] of open.planes.entries())
        finish(zone, p, reduced(this.#plan, plane, this.#planes[p]?.kind));
    }
  }

  #begin(zone: number, count: number): { readonly planes: readonly Float64Array[]; missing: number } {
    this.#bytes += count * this.#planes.length * 8;
    checkLimit('cubeBytes', this.#bytes, `aggregate_spatial: pixels of large geometries (geometry ${zone})`);
    const begun = { planes: this.#planes.map(() => new Float64Array(count)), missing: count };
    this.#open.set(zone, begun);
    return begun;
  }
}

function bytesOf(planes: readonly Float64Array[]): number {
  return planes.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
