import { type Cube, isCube } from '../cube/cube.ts';
import { type GeometrySet, geometriesOf } from '../cube/geometries.ts';
import { ProcessParameterInvalid } from '../errors.ts';
import { required } from './define.ts';
import type { ProcessParameter } from './definition.ts';
import { datacube } from './schemas.ts';
import { cubeOf, type Value } from './value.ts';

/** A raster cube argument. Throws `ProcessParameterInvalid` for vector cubes. */
export function rasterOf(value: Value | undefined, parameter: string, process: string): Cube {
  const cube = cubeOf(value, parameter);
  if (cube.horizontal.geometries === undefined) return cube;
  throw new ProcessParameterInvalid(`${process}: '${parameter}' must be a raster cube, not a vector cube`);
}

/** Geometries given as GeoJSON or by a vector cube. Throws `ProcessParameterInvalid`, `Unsupported`, `CrsUnknown`. */
export function geometriesArgument(value: Value | undefined, process: string): GeometrySet {
  if (!isCube(value)) return geometriesOf(value, process);
  const { geometries } = value.horizontal;
  if (geometries !== undefined) return geometries;
  throw new ProcessParameterInvalid(
    `${process}: a raster cube has no geometries, give GeoJSON or a vector cube`,
  );
}

/** The parameter of such geometries. */
export function geometriesParameter(
  name: string,
  description: string,
  kinds: readonly string[] = [],
): ProcessParameter {
  const vector = { type: 'geometry', ...(kinds.length > 0 && { geometry_type: kinds }) };
  return required(name, description, [
    datacube(vector),
    { type: 'object', subtype: 'geojson', deprecated: true },
  ]);
}
