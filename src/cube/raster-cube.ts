import { InvalidArgument } from '../errors.ts';
import type { Affine } from '../geometry/affine.ts';
import { checkLimit } from '../limits.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { type Cube, cubeGrid, type Horizontal, makeCube } from './cube.ts';
import type { Dimension } from './dimension.ts';
import { type Column, type PixelKind, type Plane, sourcePlane } from './plane.ts';

/**
 * A computed cube. `values` holds the planes one after another in the order of `dimensions` (the last one running
 * fastest), each plane row by row from the upper left; NaN is nodata, booleans are 0 and 1.
 */
export interface RasterCube {
  /** All but the horizontal dimensions. */
  readonly dimensions: readonly Dimension[];
  /** Names of the horizontal dimensions. */
  readonly x: string;
  readonly y: string;
  readonly crs: string;
  readonly transform: Affine;
  readonly width: number;
  readonly height: number;
  readonly kind: PixelKind;
  readonly values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}

export type Precision = 'float32' | 'float64';

/** Number of planes of a set of dimensions. */
export function planeCount(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((product, { labels }) => product * labels.length, 1);
}

/** An all-nodata cube of the shape that a lazy cube will have. Throws `LimitExceeded` above `cubeBytes`. */
export function allocateCube(cube: Cube, precision: Precision): RasterCube {
  const grid = cubeGrid(cube.horizontal);
  const length = cube.planes.length * grid.width * grid.height;
  checkLimit('cubeBytes', length * (precision === 'float64' ? 8 : 4), 'the result of the process graph');
  const values = precision === 'float64' ? new Float64Array(length) : new Float32Array(length);
  return {
    dimensions: cube.dimensions,
    x: cube.horizontal.x,
    y: cube.horizontal.y,
    ...grid,
    kind:
      cube.planes.length > 0 && cube.planes.every(({ kind }) => kind === 'boolean') ? 'boolean' : 'number',
    values: values.fill(Number.NaN),
  };
}

/** One plane of a computed cube, without a copy. */
export function planeValues(cube: RasterCube, plane: number): Float32Array | Float64Array {
  const pixels = cube.width * cube.height;
  return cube.values.subarray(plane * pixels, (plane + 1) * pixels);
}

/** Copies the columns of a window into a computed cube; `origin` is the cube's own window in the frame. */
export function placeColumns(
  cube: RasterCube,
  origin: PixelWindow,
  window: PixelWindow,
  columns: readonly (Float32Array | Float64Array)[],
): void {
  columns.forEach((column, plane) => {
    const target = planeValues(cube, plane);
    for (let row = 0; row < window.height; row += 1)
      target.set(
        column.subarray(row * window.width, (row + 1) * window.width),
        (window.y - origin.y + row) * cube.width + (window.x - origin.x),
      );
  });
}

/** A computed cube as the start of further processing. Pixels outside of it are nodata. */
export function cubeFromRaster(raster: RasterCube): Cube {
  const { width, height } = raster;
  const count = planeCount(raster.dimensions);
  if (raster.values.length !== count * width * height)
    throw new InvalidArgument(
      `a cube of ${count} planes of ${width} x ${height} has ${raster.values.length} values`,
    );
  const frame = { crs: raster.crs, transform: raster.transform, width, height };
  const horizontal: Horizontal = { x: raster.x, y: raster.y, frame, window: { x: 0, y: 0, width, height } };
  const planes: Plane[] = Array.from({ length: count }, (_, index) =>
    sourcePlane(async (window) => cutWindow(planeValues(raster, index), width, height, window), raster.kind),
  );
  return makeCube(raster.dimensions, horizontal, planes);
}

function cutWindow(
  values: Float32Array | Float64Array,
  width: number,
  height: number,
  window: PixelWindow,
): Column {
  const column = new Float64Array(window.width * window.height).fill(Number.NaN);
  const left = Math.max(0, window.x);
  const right = Math.min(width, window.x + window.width);
  if (right <= left) return column;
  for (let y = Math.max(0, window.y); y < Math.min(height, window.y + window.height); y += 1)
    column.set(
      values.subarray(y * width + left, y * width + right),
      (y - window.y) * window.width + (left - window.x),
    );
  return column;
}
