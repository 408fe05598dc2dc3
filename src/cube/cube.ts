import { ProcessException } from '../errors.ts';
import type { Grid } from '../geometry/grid.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { brand, isBranded } from './brand.ts';
import type { Dimension } from './dimension.ts';
import type { GeometrySet } from './geometries.ts';
import type { Plane } from './plane.ts';

/**
 * The two horizontal dimensions: `frame` is the pixel lattice that all cubes of a run share, `window` the part of it that
 * this cube covers, in pixels of the frame (a window may start left of or above the frame's origin, and may be empty).
 * A vector cube has `geometries` in their place: one row of "pixels", one a geometry, under the name `x`.
 */
export interface Horizontal {
  readonly x: string;
  readonly y: string;
  readonly frame: Grid;
  readonly window: PixelWindow;
  readonly geometries?: GeometrySet | undefined;
}

/**
 * A data cube that is not yet computed: for every combination of labels of `dimensions` (the last one running fastest)
 * one plane; the horizontal dimensions come last, y before x.
 */
export interface Cube {
  readonly [brand]: 'cube';
  readonly dimensions: readonly Dimension[];
  readonly horizontal: Horizontal;
  readonly planes: readonly Plane[];
}

export function isCube(value: unknown): value is Cube {
  return isBranded(value, 'cube');
}

export function makeCube(
  dimensions: readonly Dimension[],
  horizontal: Horizontal,
  planes: readonly Plane[],
): Cube {
  return { [brand]: 'cube', dimensions, horizontal, planes };
}

/** The names of the horizontal dimensions: y and x, or that of the geometries. */
export function horizontalNames({ x, y, geometries }: Horizontal): readonly string[] {
  return geometries === undefined ? [y, x] : [x];
}

/** The grid that the cube's window covers. */
export function cubeGrid({ frame, window }: Horizontal): Grid {
  const [a, b, c, d, e, f] = frame.transform;
  return {
    crs: frame.crs,
    transform: [a, b, c + a * window.x + b * window.y, d, e, f + d * window.x + e * window.y],
    width: window.width,
    height: window.height,
  };
}

/** How many planes lie between neighbours along each dimension. */
export function strides(dimensions: readonly Dimension[]): number[] {
  const result = new Array<number>(dimensions.length).fill(1);
  for (let index = dimensions.length - 2; index >= 0; index -= 1)
    result[index] = (result[index + 1] ?? 1) * (dimensions[index + 1]?.labels.length ?? 1);
  return result;
}

/** Position of a dimension by name. Throws `DimensionNotAvailable`. */
export function dimensionIndex(cube: Cube, name: string): number {
  const index = cube.dimensions.findIndex((dimension) => dimension.name === name);
  if (index >= 0) return index;
  const names = [...cube.dimensions.map((dimension) => dimension.name), ...horizontalNames(cube.horizontal)];
  throw new ProcessException(
    'DimensionNotAvailable',
    `the data cube has no dimension '${name}' that this process can work along; its dimensions are ${names.join(', ')}`,
  );
}

/** Keeps the labels at `positions` of one dimension, in that order. */
export function pickAlong(
  cube: Cube,
  index: number,
  positions: readonly number[],
  dimension: Dimension,
): Cube {
  return replaceAlong(cube, index, dimension, (planes) =>
    positions.flatMap((position) => planes[position] ?? []),
  );
}

/**
 * Replaces the planes along one dimension: `change` gets those of one combination of the other labels and gives as many
 * as the new dimension has labels, or one when the dimension is dropped (`dimension` undefined).
 */
export function replaceAlong(
  cube: Cube,
  index: number,
  dimension: Dimension | undefined,
  change: (planes: readonly Plane[]) => readonly Plane[],
): Cube {
  const count = cube.dimensions[index]?.labels.length ?? 0;
  const inner = strides(cube.dimensions)[index] ?? 1;
  const outer = cube.dimensions.slice(0, index).reduce((product, { labels }) => product * labels.length, 1);
  const planes: Plane[] = [];
  for (let o = 0; o < outer; o += 1) {
    const groups: (readonly Plane[])[] = [];
    for (let i = 0; i < inner; i += 1)
      groups.push(
        change(
          Array.from({ length: count }, (_, k) => k).flatMap(
            (k) => cube.planes[(o * count + k) * inner + i] ?? [],
          ),
        ),
      );
    const length = groups[0]?.length ?? 0;
    for (let k = 0; k < length; k += 1)
      for (const group of groups) {
        const plane = group[k];
        if (plane !== undefined) planes.push(plane);
      }
  }
  const dimensions = cube.dimensions.flatMap((old, position) =>
    position !== index ? [old] : dimension === undefined ? [] : [dimension],
  );
  return makeCube(dimensions, cube.horizontal, planes);
}
