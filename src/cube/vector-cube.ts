import { checkLimit } from '../limits.ts';
import type { Cube, Horizontal } from './cube.ts';
import type { Dimension } from './dimension.ts';
import type { GeometrySet } from './geometries.ts';
import type { Column, PixelKind } from './plane.ts';

/** The name of the dimension of geometries. */
export const GEOMETRY = 'geometry';

/**
 * A computed vector cube. `values` holds, for every combination of labels of `dimensions` (the last one running fastest), one
 * number a geometry, NaN for nodata; booleans are 0 and 1.
 */
export interface VectorCube {
  /** All but the dimension of geometries. */
  readonly dimensions: readonly Dimension[];
  readonly geometries: GeometrySet;
  readonly kind: PixelKind;
  readonly values: Float64Array<ArrayBuffer>;
}

/**
 * Geometries in the place of the horizontal dimensions: a row of "pixels", one a geometry, so that every process that works
 * pixel by pixel, or along another dimension, works on vector cubes as well.
 */
export function vectorHorizontal(geometries: GeometrySet): Horizontal {
  const width = geometries.features.length;
  return {
    x: GEOMETRY,
    y: '',
    frame: { crs: geometries.crs, transform: [1, 0, 0, 0, 1, 0], width, height: 1 },
    window: { x: 0, y: 0, width, height: 1 },
    geometries,
  };
}

/** Puts computed columns, one a plane of a lazy vector cube, together. Throws `LimitExceeded` above `cubeBytes`. */
export function vectorCube(cube: Cube, geometries: GeometrySet, columns: readonly Column[]): VectorCube {
  const count = geometries.features.length;
  checkLimit('cubeBytes', columns.length * count * 8, 'the result of the process graph');
  const values = new Float64Array(columns.length * count);
  for (const [plane, column] of columns.entries()) values.set(column, plane * count);
  const boolean = cube.planes.length > 0 && cube.planes.every(({ kind }) => kind === 'boolean');
  return { dimensions: cube.dimensions, geometries, kind: boolean ? 'boolean' : 'number', values };
}
