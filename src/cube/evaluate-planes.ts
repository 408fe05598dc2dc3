import { InvalidArgument, throwIfCancelled } from '../errors.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import type { Column, DerivedPlane, GroupOptions, Plane, PlaneGroup } from './plane.ts';

/** Sources read ahead of the computation: enough to hide a round trip to object storage, few enough to bound memory. */
const READ_AHEAD = 8;

/** Every plane that the given ones need, inputs before users, each once. Iterative: graphs may be deep. */
export function planesInOrder(roots: readonly Plane[]): Plane[] {
  const order: Plane[] = [];
  const seen = new Set<Plane>();
  const stack: { plane: Plane; next: number }[] = [];
  for (const root of roots) {
    if (!seen.has(root)) {
      seen.add(root);
      stack.push({ plane: root, next: 0 });
    }
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.plane.op === 'computed' ? top.plane.inputs[top.next] : undefined;
      top.next += 1;
      if (input === undefined) {
        order.push(top.plane);
        stack.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        stack.push({ plane: input, next: 0 });
      }
    }
  }
  return order;
}

function usesOf(order: readonly Plane[], roots: readonly Plane[]): Map<Plane, number> {
  const uses = new Map<Plane, number>();
  const count = (plane: Plane) => uses.set(plane, (uses.get(plane) ?? 0) + 1);
  for (const plane of order) if (plane.op === 'computed') plane.inputs.forEach(count);
  roots.forEach(count);
  return uses;
}

/** The most planes that are in memory at once while `evaluatePlanes` works: sizes the chunks. */
export function peakPlanes(roots: readonly Plane[]): number {
  const order = planesInOrder(roots);
  const uses = usesOf(order, roots);
  let live = 0;
  let peak = 0;
  for (const plane of order) {
    live += 1;
    peak = Math.max(peak, live);
    if (plane.op !== 'computed') continue;
    for (const input of plane.inputs) {
      const left = (uses.get(input) ?? 0) - 1;
      uses.set(input, left);
      if (left === 0) live -= 1;
    }
  }
  return peak + READ_AHEAD;
}

/**
 * The pixels of the given planes in a window of their frame. Sources are read a few ahead; a plane is dropped as soon as
 * its last user is done. With `pick`, positions in the window, only these pixels are computed and given, in that order; no plane may
 * then be a placed one. Throws what a source throws, and `Cancelled`.
 */
export async function evaluatePlanes(
  roots: readonly Plane[],
  window: PixelWindow,
  options: GroupOptions & { readonly pick?: Int32Array | undefined } = {},
): Promise<Column[]> {
  const { signal, pick } = options;
  const order = planesInOrder(roots);
  const uses = usesOf(order, roots);
  const sources = order.filter((plane) => plane.op === 'source');
  const reads = new Map<Plane, Promise<Column>>();
  let started = 0;
  const readAhead = (until: number) => {
    for (; started < Math.min(until, sources.length); started += 1) {
      const source = sources[started];
      if (source === undefined) break;
      const read = source.read(window, { signal });
      // A read that fails while another one is awaited is reported when its turn comes, never as an unhandled rejection.
      read.catch(() => undefined);
      reads.set(source, read);
    }
  };
  const pixels = window.width * window.height;
  const length = pick?.length ?? pixels;
  const columns = new Map<Plane, Column>();
  // Columns whose last user is done serve the next planes: allocating them anew costs as much as the arithmetic. Those of
  // sources belong to the source.
  const free: Column[] = [];
  let finished = 0;
  for (const plane of order) {
    throwIfCancelled(signal, 'the data cube');
    if (plane.op === 'source') {
      readAhead(finished + READ_AHEAD);
      finished += 1;
      const column = await reads.get(plane);
      reads.delete(plane);
      if (column?.length !== pixels)
        throw new InvalidArgument(`a source gave ${column?.length} of ${pixels} pixels`);
      columns.set(plane, pick === undefined ? column : picked(column, pick));
      continue;
    }
    if (plane.op === 'derived') {
      if (!columns.has(plane)) await readGroup(plane.group, order, window, columns, options);
      continue;
    }
    const inputs = plane.inputs.map((input) => columnOf(columns, input));
    const out = free.pop() ?? new Float64Array(length);
    plane.compute(inputs, out, window);
    columns.set(plane, out);
    for (const [k, input] of plane.inputs.entries()) {
      const left = (uses.get(input) ?? 0) - 1;
      uses.set(input, left);
      if (left > 0) continue;
      columns.delete(input);
      const column = inputs[k];
      if (column !== undefined && input.op === 'computed') free.push(column);
    }
  }
  return roots.map((root) => columnOf(columns, root));
}

/** Reads all members of a group that are wanted at all. */
async function readGroup(
  group: PlaneGroup,
  order: readonly Plane[],
  window: PixelWindow,
  columns: Map<Plane, Column>,
  options: GroupOptions & { readonly pick?: Int32Array | undefined },
): Promise<void> {
  const wanted = order.filter((plane) => plane.op === 'derived' && plane.group === group) as DerivedPlane[];
  const read = await group.read(
    wanted.map(({ member }) => member),
    window,
    { signal: options.signal, zonal: options.zonal },
  );
  for (const [k, plane] of wanted.entries()) {
    const column = read[k];
    if (column?.length !== window.width * window.height)
      throw new InvalidArgument(`a group of planes gave ${column?.length} pixels`);
    columns.set(plane, options.pick === undefined ? column : picked(column, options.pick));
  }
}

/** The pixels of a column at some positions. */
export function picked(column: Column, positions: Int32Array): Column {
  const chosen = new Float64Array(positions.length);
  for (let i = 0; i < positions.length; i += 1) chosen[i] = column[positions[i] as number] as number;
  return chosen;
}

function columnOf(columns: ReadonlyMap<Plane, Column>, plane: Plane): Column {
  const column = columns.get(plane);
  if (column === undefined) throw new InvalidArgument('a plane was asked for before its inputs');
  return column;
}
