import { type Cube, dimensionIndex, horizontalNames, makeCube, replaceAlong, strides } from '../cube/cube.ts';
import type { Dimension } from '../cube/dimension.ts';
import { ProcessParameterInvalid, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPlane } from './elementwise.ts';
import { anything, array, childProcess, context, datacube, text, textOrNull } from './schemas.ts';
import { type Arguments, childOf, cubeOf, elementsOf, labeledArray, textOf } from './value.ts';

/** A dimension to work along. Throws `Unsupported` for x and y, which are cut into chunks, and `DimensionNotAvailable`. */
function along(cube: Cube, name: string, process: string): { index: number; dimension: Dimension } {
  if (name === cube.horizontal.x || name === cube.horizontal.y)
    throw new Unsupported(`${process}: working along the horizontal dimension '${name}' is not built yet`);
  const index = dimensionIndex(cube, name);
  return { index, dimension: cube.dimensions[index] ?? { name, type: 'other', labels: [] } };
}

function reduceDimension({ data, reducer, dimension: name, context: given = null }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const child = childOf(reducer, 'reducer');
  const { index, dimension } = along(cube, textOf(name, 'dimension'), 'reduce_dimension');
  return replaceAlong(cube, index, undefined, (planes) => [
    toPlane(child.call({ data: labeledArray(dimension.labels, planes, dimension.aliases), context: given })),
  ]);
}

function apply({ data, process, context: given = null }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const child = childOf(process, 'process');
  return makeCube(
    cube.dimensions,
    cube.horizontal,
    cube.planes.map((x) => toPlane(child.call({ x, context: given }))),
  );
}

function applyDimension({
  data,
  process,
  dimension: name,
  target_dimension: target = null,
  context: given = null,
}: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const child = childOf(process, 'process');
  const { index, dimension } = along(cube, textOf(name, 'dimension'), 'apply_dimension');
  const other = typeof target === 'string' && target !== dimension.name ? target : undefined;
  if (other !== undefined && horizontalNames(cube.horizontal).includes(other))
    throw new Unsupported(`apply_dimension: writing into the horizontal dimension '${other}' is not built`);
  let length: number | undefined;
  const run = replaceAlong(cube, index, dimension, (planes) => {
    const result = child.call({
      data: labeledArray(dimension.labels, planes, dimension.aliases),
      context: given,
    });
    const values = elementsOf(result, 'process').map(toPlane);
    length ??= values.length;
    checkLimit(
      'cubePlanes',
      (cube.planes.length / Math.max(1, planes.length)) * values.length,
      'apply_dimension',
    );
    if (values.length === 0 || values.length !== length)
      throw new ProcessParameterInvalid(
        'apply_dimension: the process must give an array with at least one element',
      );
    return values;
  });
  const count = length ?? dimension.labels.length;
  const numbered = Array.from({ length: count }, (_, k) => k);
  const same = other === undefined && count === dimension.labels.length;
  const changed: Dimension = same
    ? dimension
    : {
        name: other ?? dimension.name,
        type: other === undefined ? dimension.type : 'other',
        labels: numbered,
      };
  const made = makeCube(
    run.dimensions.map((old, position) => (position === index ? changed : old)),
    run.horizontal,
    run.planes,
  );
  const existing = cube.dimensions.findIndex(({ name: old }) => old === other);
  return existing < 0 ? made : foldInto(made, index, existing);
}

/**
 * Puts the labels of one dimension into another: for each label of the target all those of the source, numbered from 0; the
 * source is gone. The specification has it for targets of one label; of several the values come one after another.
 */
function foldInto(cube: Cube, source: number, target: number): Cube {
  const { dimensions, horizontal, planes } = cube;
  const steps = strides(dimensions);
  const count = dimensions[source]?.labels.length ?? 1;
  const folded = dimensions.map((dimension, position): Dimension => {
    if (position !== target) return dimension;
    const labels = Array.from({ length: dimension.labels.length * count }, (_, k) => k);
    return { name: dimension.name, type: dimension.type, labels };
  });
  // Positions in the old planes, dimension by dimension from the outermost on.
  const places = folded.reduce<number[]>(
    (sofar, { labels }, position) => {
      if (position === source) return sofar;
      const step = steps[position] ?? 1;
      const offsets = labels.map((_, k) =>
        position === target ? Math.floor(k / count) * step + (k % count) * (steps[source] ?? 1) : k * step,
      );
      return sofar.flatMap((place) => offsets.map((offset) => place + offset));
    },
    [0],
  );
  return makeCube(
    folded.filter((_, position) => position !== source),
    horizontal,
    places.flatMap((place) => planes[place] ?? []),
  );
}

const labeled = { type: 'array', subtype: 'labeled-array', items: anything } as const;
const series = required('data', 'The values along the dimension, with their labels.', labeled);
const notAvailable = { DimensionNotAvailable: 'There is no such dimension.' };

/** The schema of a reducer, which `aggregate_temporal` and its kin take as well. */
export const reducerSchema = childProcess([series], {
  description: 'The one value that stays.',
  schema: anything,
});

export const cubeReduceProcesses: readonly Process[] = [
  define({
    id: 'reduce_dimension',
    summary: 'Make one value of all values along a dimension',
    description: 'The dimension is gone afterwards.',
    categories: ['cubes', 'reducer'],
    parameters: [
      required('data', 'The data cube.', datacube()),
      required('reducer', 'Makes one value of the values along the dimension.', reducerSchema),
      required('dimension', 'Name of the dimension.', text),
      context('Anything that the reducer needs.'),
    ],
    returns: ['The cube without the dimension.', datacube()],
    exceptions: notAvailable,
    run: reduceDimension,
  }),
  define({
    id: 'apply',
    summary: 'Change every pixel by itself',
    description: 'The process gets one value and gives one; the dimensions stay.',
    categories: ['cubes'],
    parameters: [
      required('data', 'The data cube.', datacube()),
      required(
        'process',
        'Makes a new value of a value.',
        childProcess([required('x', 'The value of one pixel.', anything)], {
          description: 'The new value.',
          schema: anything,
        }),
      ),
      context('Anything that the process needs.'),
    ],
    returns: ['The cube with new values.', datacube()],
    run: apply,
  }),
  define({
    id: 'apply_dimension',
    summary: 'Make new values of all values along a dimension',
    description:
      'The dimension keeps its labels when as many values come out as went in; else they are numbered from 0.',
    categories: ['cubes'],
    parameters: [
      required('data', 'The data cube.', datacube()),
      required(
        'process',
        'Makes an array of the values along the dimension.',
        childProcess([series], { description: 'The new values.', schema: array }),
      ),
      required('dimension', 'Name of the dimension.', text),
      optional(
        'target_dimension',
        'Name of a dimension that takes its place: a new one, or one of the cube, each of whose labels becomes as many as there are results.',
        textOrNull,
        null,
      ),
      context('Anything that the process needs.'),
    ],
    returns: ['The cube with new values.', datacube()],
    exceptions: notAvailable,
    run: applyDimension,
  }),
];
