import { type Cube, horizontalNames, makeCube } from '../cube/cube.ts';
import type { Dimension } from '../cube/dimension.ts';
import type { PixelKind } from '../cube/plane.ts';
import { GEOMETRY, vectorHorizontal } from '../cube/vector-cube.ts';
import { type ZoneValues, zonalPlanes } from '../cube/zonal.ts';
import { ProcessException, ProcessParameterInvalid } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPixel } from './elementwise.ts';
import { anything, array, childProcess, context, datacube, horizontal, textOrNull } from './schemas.ts';
import { type Arguments, childOf, isLabeledArray, type Value } from './value.ts';
import { geometriesArgument, geometriesParameter, rasterOf } from './vector-arguments.ts';

const process = 'aggregate_spatial';

/** Numbers that a reducer is tried on to learn whether it gives one value or several. */
const trial: ZoneValues = [1, 2, 3, 4];

/** The values that a reducer gives for the pixels of one geometry, and whether it gives them as an array. */
function results(value: Value): { readonly values: readonly Value[]; readonly several: boolean } {
  if (isLabeledArray(value)) return { values: value.values, several: true };
  return Array.isArray(value) ? { values: value, several: true } : { values: [value], several: false };
}

const isValid = (value: number | boolean | null): boolean =>
  value !== null && (typeof value !== 'number' || Number.isFinite(value));

function aggregateSpatial({
  data,
  geometries: given,
  reducer,
  target_dimension: target = null,
  context: passed = null,
}: Arguments): Cube {
  const cube = rasterOf(data, 'data', process);
  const geometries = geometriesArgument(given, process);
  const child = childOf(reducer, 'reducer');
  const reduce = (values: ZoneValues) => results(child.call({ data: values, context: passed }));
  const { values: tried, several } = reduce(trial);
  if (tried.length === 0) throw new ProcessParameterInvalid(`${process}: the reducer gives an empty array`);
  if (typeof target === 'string' && several)
    throw new ProcessParameterInvalid(
      `${process}: counts (target_dimension) go with one value only, and the reducer gives an array`,
    );
  const kinds: PixelKind[] = tried.map((value) => (typeof value === 'boolean' ? 'boolean' : 'number'));
  const added = addedDimension(cube, target, several, tried.length);
  const counted = typeof target === 'string';
  const outputs = counted ? 3 : tried.length;
  checkLimit('cubePlanes', cube.planes.length * outputs, process);
  const planes = zonalPlanes(cube, geometries, {
    outputs,
    kinds: counted ? ['number', 'number', 'number'] : kinds,
    reduce: (values) => {
      const numbers = reduce(values).values.map(toPixel);
      return counted ? [...numbers, values.length, values.filter(isValid).length] : numbers;
    },
  });
  return makeCube([...cube.dimensions, ...added], vectorHorizontal(geometries), planes);
}

/** The dimension of several results, or of the value and the counts of pixels. */
function addedDimension(cube: Cube, target: Value, several: boolean, count: number): Dimension[] {
  const names = [...cube.dimensions.map(({ name }) => name), ...horizontalNames(cube.horizontal), GEOMETRY];
  if (typeof target === 'string') {
    if (names.includes(target))
      throw new ProcessException('TargetDimensionExists', `${process}: the cube has a dimension '${target}'`);
    return [{ name: target, type: 'other', labels: ['value', 'total_count', 'valid_count'] }];
  }
  if (!several) return [];
  let name = 'result';
  while (names.includes(name)) name = `${name}_`;
  return [{ name, type: 'other', labels: Array.from({ length: count }, (_, k) => k) }];
}

export const cubeZonalProcesses: readonly Process[] = [
  define({
    id: process,
    summary: 'One value for each geometry',
    description:
      'Reduces the pixels whose centres a polygon holds, or that points lie in, for every date and band by itself. Coordinates are longitude and latitude unless the GeoJSON has a member crs. A reducer that gives an array adds a dimension result with a label for each of its elements, counted from 0. Geometries without a pixel have nodata.',
    categories: ['cubes', 'aggregate'],
    parameters: [
      required('data', 'The raster cube.', datacube(horizontal)),
      geometriesParameter('geometries', 'GeoJSON, or a vector cube.'),
      required(
        'reducer',
        'Makes one value of the pixels of a geometry, which come in no order.',
        childProcess([required('data', 'The values of the pixels.', array)], {
          description: 'The value of the geometry.',
          schema: anything,
        }),
      ),
      optional(
        'target_dimension',
        'Name of a new dimension that tells the value (value), the number of pixels (total_count) and of valid ones (valid_count).',
        textOrNull,
        null,
      ),
      context('Anything that the reducer needs.'),
    ],
    returns: ['A vector cube with the values.', datacube({ type: 'geometry' })],
    exceptions: { TargetDimensionExists: 'There is a dimension of that name already.' },
    run: aggregateSpatial,
  }),
];
