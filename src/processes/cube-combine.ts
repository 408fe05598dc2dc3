import { alignTo } from '../cube/align.ts';
import { instantOf } from '../cube/calendar.ts';
import { type Cube, makeCube, strides } from '../cube/cube.ts';
import type { Dimension, Label } from '../cube/dimension.ts';
import { computedPlane, constantPlane, type Plane } from '../cube/plane.ts';
import { ProcessException } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPixel, toPlane } from './elementwise.ts';
import { anything, childProcess, context, datacube, horizontal, scalar } from './schemas.ts';
import { type Arguments, cubeOf, isChildProcess } from './value.ts';

/** Every combination of labels of some dimensions, the last one running fastest. */
function* combinations(dimensions: readonly Dimension[]): Generator<ReadonlyMap<string, Label>> {
  const [first, ...rest] = dimensions;
  if (first === undefined) {
    yield new Map();
    return;
  }
  for (const label of first.labels)
    for (const inner of combinations(rest)) yield new Map([[first.name, label], ...inner]);
}

/** Finds planes by labels; dimensions that the cube does not have are passed over. */
function planeFinder(
  cube: Cube,
  planes: readonly Plane[],
): (labels: ReadonlyMap<string, Label>) => Plane | undefined {
  const steps = strides(cube.dimensions);
  const positions = cube.dimensions.map(
    ({ labels }) => new Map(labels.map((label, index) => [label, index])),
  );
  return (wanted) => {
    let index = 0;
    for (const [k, { name }] of cube.dimensions.entries()) {
      const label = wanted.get(name);
      const position = label === undefined ? undefined : positions[k]?.get(label);
      if (position === undefined) return undefined;
      index += position * (steps[k] ?? 1);
    }
    return planes[index];
  };
}

function incompatible(message: string): ProcessException {
  return new ProcessException('IncompatibleDataCubes', message);
}

function mask({ data, mask: given, replacement = null }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const masking = cubeOf(given, 'mask');
  for (const { name, type } of masking.dimensions)
    if (!cube.dimensions.some((dimension) => dimension.name === name && dimension.type === type))
      throw incompatible(
        `mask: the mask has a dimension '${name}' (${type}) that the data cube has not; reduce or drop it`,
      );
  const find = planeFinder(masking, alignTo(masking, cube.horizontal));
  const value = toPixel(replacement);
  let next = 0;
  const planes: Plane[] = [];
  for (const labels of combinations(cube.dimensions)) {
    const plane = cube.planes[next];
    const over = find(labels);
    if (over === undefined || plane === undefined)
      throw incompatible(`mask: the mask has no values for ${[...labels.values()].join(', ')}`);
    planes.push(maskPlane(plane, over, value));
    next += 1;
  }
  return makeCube(cube.dimensions, cube.horizontal, planes);
}

function maskPlane(plane: Plane, over: Plane, value: number): Plane {
  return computedPlane([plane, over], plane.kind, ([pixels, covering], out) => {
    if (pixels === undefined || covering === undefined) return;
    for (let i = 0; i < out.length; i += 1) {
      const cover = covering[i] as number;
      out[i] = cover === 0 || Number.isNaN(cover) ? (pixels[i] as number) : value;
    }
  });
}

/** The labels of both dimensions: dates in order, others as they are with the new ones of the second behind. */
function mergeDimension(one: Dimension, other: Dimension | undefined): Dimension {
  if (other === undefined) return one;
  if (other.type !== one.type)
    throw incompatible(
      `merge_cubes: dimension '${one.name}' is ${one.type} in one cube and ${other.type} in the other`,
    );
  const added = other.labels.flatMap((label, position) => (one.labels.includes(label) ? [] : [position]));
  const labels = [...one.labels, ...added.map((position) => other.labels[position] ?? position)];
  if (one.type === 'temporal') {
    const instant = (label: Label) => instantOf(String(label), `label of dimension '${one.name}'`);
    return { ...one, labels: labels.sort((a, b) => instant(a) - instant(b)), aliases: undefined };
  }
  const names = (dimension: Dimension, position: number) => dimension.aliases?.[position] ?? [];
  return {
    ...one,
    labels,
    aliases: [
      ...one.labels.map((_, position) => names(one, position)),
      ...added.map((position) => names(other, position)),
    ],
  };
}

function mergeCubes({
  cube1,
  cube2,
  overlap_resolver: resolver = null,
  context: given = null,
}: Arguments): Cube {
  const [one, two] = [cubeOf(cube1, 'cube1'), cubeOf(cube2, 'cube2')];
  const own = one.dimensions.map((dimension) =>
    mergeDimension(
      dimension,
      two.dimensions.find(({ name }) => name === dimension.name),
    ),
  );
  const extra = two.dimensions.filter(
    ({ name }) => !one.dimensions.some((dimension) => dimension.name === name),
  );
  const dimensions = [...own, ...extra];
  checkLimit(
    'cubePlanes',
    dimensions.reduce((product, { labels }) => product * labels.length, 1),
    'merge_cubes',
  );
  const findOne = planeFinder(one, one.planes);
  const findTwo = planeFinder(two, alignTo(two, one.horizontal));
  const planes: Plane[] = [];
  for (const labels of combinations(dimensions)) {
    const [x, y] = [findOne(labels), findTwo(labels)];
    if (x !== undefined && y !== undefined) {
      if (!isChildProcess(resolver))
        throw new ProcessException(
          'OverlapResolverMissing',
          `merge_cubes: both cubes have values for ${[...labels.values()].join(', ') || 'all pixels'}, give an overlap_resolver`,
        );
      planes.push(toPlane(resolver.call({ x, y, context: given })));
    } else planes.push(x ?? y ?? constantPlane(Number.NaN, 'number'));
  }
  return makeCube(dimensions, one.horizontal, planes);
}

export const cubeCombineProcesses: readonly Process[] = [
  define({
    id: 'mask',
    summary: 'Blot out pixels by a mask',
    description:
      'Pixels where the mask is true or not 0 become nodata or the replacement. A mask without bands or dates holds for all of them; nodata in the mask blots out nothing.',
    categories: ['cubes', 'masks'],
    parameters: [
      required('data', 'The data cube.', datacube(horizontal)),
      required('mask', 'The mask.', datacube(horizontal)),
      optional('replacement', 'What takes the place of masked pixels; null for nodata.', scalar, null),
    ],
    returns: ['The masked cube.', datacube(horizontal)],
    exceptions: { IncompatibleDataCubes: 'Dimensions or labels of the mask do not fit the cube.' },
    run: mask,
  }),
  define({
    id: 'merge_cubes',
    summary: 'Two cubes as one',
    description:
      'Bands, dates and other labels of both; pixels are those of the first cube. Where both have values, the overlap resolver decides.',
    categories: ['cubes'],
    parameters: [
      required('cube1', 'The first cube.', datacube()),
      required('cube2', 'The second cube.', datacube()),
      optional(
        'overlap_resolver',
        'Makes one value of two.',
        childProcess(
          [
            required('x', 'The value of the first cube.', anything),
            required('y', 'The value of the second cube.', anything),
          ],
          { description: 'The value that stays.', schema: anything },
        ),
        null,
      ),
      context('Anything that the resolver needs.'),
    ],
    returns: ['The merged cube.', datacube()],
    exceptions: {
      OverlapResolverMissing: 'Both cubes have values for the same labels, and no resolver is given.',
      IncompatibleGeometryTypes:
        'Vector cubes of different geometry types. Not thrown here: cubes are rasters.',
    },
    run: mergeCubes,
  }),
];
