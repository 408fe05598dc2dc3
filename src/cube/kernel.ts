import { checkLimit } from '../limits.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { type Cube, makeCube } from './cube.ts';
import { evaluatePlanes } from './evaluate-planes.ts';
import { type Column, derivedPlane, type PlaneGroup } from './plane.ts';

/** What stands for pixels outside of the cube: a number, or how the cube goes on there. */
export type Border = number | 'replicate' | 'reflect' | 'reflect_pixel' | 'wrap';

export interface Kernel {
  /** Rows from the top, each from the left; both numbers odd. */
  readonly weights: readonly (readonly number[])[];
  readonly factor: number;
  readonly border: Border;
  /** In the place of nodata and infinite pixels. */
  readonly invalid: number;
}

/**
 * Every pixel becomes the sum of the pixels around it, weighted by a kernel that lies on it, times a factor. The borders are those
 * of the cube, not of the windows that it is computed in. Throws `LimitExceeded`.
 */
export function convolve(cube: Cube, kernel: Kernel): Cube {
  const { window: extent } = cube.horizontal;
  const group: PlaneGroup = {
    inner: cube.planes,
    read: async (members, window, options) => {
      const [rows, columns] = [kernel.weights.length, kernel.weights[0]?.length ?? 0];
      const xs = sources(
        window.x - (columns >> 1),
        window.width + columns - 1,
        extent.x,
        extent.width,
        kernel.border,
      );
      const ys = sources(
        window.y - (rows >> 1),
        window.height + rows - 1,
        extent.y,
        extent.height,
        kernel.border,
      );
      const read = boundsOf(xs, ys);
      checkLimit('windowBytes', read.width * read.height * 8, 'apply_kernel');
      const inner = members.flatMap((member) => cube.planes[member] ?? []);
      const pixels =
        read.width * read.height === 0
          ? inner.map((): Column => new Float64Array(0))
          : await evaluatePlanes(inner, read, options);
      return pixels.map((column) => weigh(column, read, xs, ys, window, kernel));
    },
  };
  return makeCube(
    cube.dimensions,
    cube.horizontal,
    cube.planes.map((_, member) => derivedPlane(group, member)),
  );
}

/** For positions from `first` on, in pixels of the frame, the pixels that stand for them; -Infinity where the border is a number. */
function sources(first: number, count: number, origin: number, length: number, border: Border): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => {
    const at = first + k - origin;
    if (at >= 0 && at < length) return origin + at;
    if (typeof border === 'number' || length === 0) return Number.NEGATIVE_INFINITY;
    return origin + continued(at, length, border);
  });
}

function continued(at: number, length: number, border: Exclude<Border, number>): number {
  const modulo = (value: number, by: number) => ((value % by) + by) % by;
  switch (border) {
    case 'replicate':
      return at < 0 ? 0 : length - 1;
    case 'wrap':
      return modulo(at, length);
    case 'reflect': {
      const place = modulo(at, 2 * length);
      return place < length ? place : 2 * length - 1 - place;
    }
    default: {
      if (length === 1) return 0;
      const place = modulo(at, 2 * (length - 1));
      return place < length ? place : 2 * (length - 1) - place;
    }
  }
}

function boundsOf(xs: Float64Array, ys: Float64Array): PixelWindow {
  const range = (positions: Float64Array): [first: number, count: number] => {
    const inside = positions.filter(Number.isFinite);
    if (inside.length === 0) return [0, 0];
    const first = inside.reduce((least, value) => Math.min(least, value));
    return [first, inside.reduce((most, value) => Math.max(most, value)) - first + 1];
  };
  const [[x, width], [y, height]] = [range(xs), range(ys)];
  return { x, y, width, height };
}

function weigh(
  column: Column,
  read: PixelWindow,
  xs: Float64Array,
  ys: Float64Array,
  window: PixelWindow,
  { weights, factor, border, invalid }: Kernel,
): Column {
  const outside = typeof border === 'number' ? border : 0;
  // The pixels around the window, row by row, so that the sums run over plain neighbours.
  const around = new Float64Array(xs.length * ys.length);
  for (const [j, y] of ys.entries())
    for (const [i, x] of xs.entries()) {
      const known = Number.isFinite(x) && Number.isFinite(y);
      const value = known ? (column[(y - read.y) * read.width + (x - read.x)] as number) : outside;
      around[j * xs.length + i] = Number.isFinite(value) ? value : invalid;
    }
  const out = new Float64Array(window.width * window.height);
  for (const [j, row] of weights.entries())
    for (const [i, weight] of row.entries())
      for (let y = 0; y < window.height; y += 1) {
        const from = (y + j) * xs.length + i;
        const to = y * window.width;
        for (let x = 0; x < window.width; x += 1)
          out[to + x] = (out[to + x] as number) + (around[from + x] as number) * weight;
      }
  for (let i = 0; i < out.length; i += 1) out[i] = (out[i] as number) * factor;
  return out;
}
