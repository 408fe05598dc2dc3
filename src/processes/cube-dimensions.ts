import { type Cube, cubeGrid, dimensionIndex, horizontalNames, makeCube } from '../cube/cube.ts';
import type { Dimension, DimensionType, Label } from '../cube/dimension.ts';
import { geometryLabels } from '../cube/geometries.ts';
import { pixelCentres } from '../cube/json-cube.ts';
import { ProcessException, Unsupported } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { datacube, label as labelSchema, labels as labelsSchema, text } from './schemas.ts';
import { type Arguments, cubeOf, elementsOf, textOf, type Value } from './value.ts';

const types = [
  'bands',
  'geometry',
  'spatial',
  'temporal',
  'other',
] as const satisfies readonly DimensionType[];

function replaceDimension(cube: Cube, index: number, dimension: Dimension): Cube {
  return makeCube(
    cube.dimensions.map((old, position) => (position === index ? dimension : old)),
    cube.horizontal,
    cube.planes,
  );
}

function renameLabels({ data, dimension: name, target = [], source = [] }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const dimensionName = textOf(name, 'dimension');
  if (dimensionName === cube.horizontal.x || dimensionName === cube.horizontal.y)
    throw new Unsupported(
      `rename_labels: the labels of '${dimensionName}' are coordinates and stay as they are`,
    );
  const index = dimensionIndex(cube, dimensionName);
  const dimension = cube.dimensions[index];
  if (dimension === undefined) return cube;
  const to = elementsOf(target, 'target') as readonly Label[];
  let from = elementsOf(source, 'source') as readonly Label[];
  if (from.length === 0) {
    if (dimension.labels.some((label, position) => label !== position))
      throw new ProcessException(
        'LabelsNotEnumerated',
        `rename_labels: name the labels of '${dimension.name}' to rename`,
      );
    from = dimension.labels.slice(0, to.length);
  }
  if (from.length !== to.length)
    throw new ProcessException(
      'LabelMismatch',
      `rename_labels: ${from.length} labels and ${to.length} new names`,
    );
  const missing = from.find((label) => !dimension.labels.includes(label));
  if (missing !== undefined)
    throw new ProcessException(
      'LabelNotAvailable',
      `rename_labels: '${dimension.name}' has no label '${missing}'`,
    );
  const existing = to.find((label) => dimension.labels.includes(label));
  if (existing !== undefined)
    throw new ProcessException(
      'LabelExists',
      `rename_labels: '${dimension.name}' has a label '${existing}' already`,
    );
  const names = new Map(from.map((label, position) => [label, to[position] ?? label]));
  return replaceDimension(cube, index, {
    ...dimension,
    labels: dimension.labels.map((label) => names.get(label) ?? label),
  });
}

function renameDimension({ data, source, target }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const [from, to] = [textOf(source, 'source'), textOf(target, 'target')];
  const { dimensions, horizontal } = cube;
  const taken = [...dimensions.map(({ name }) => name), ...horizontalNames(horizontal)];
  if (taken.includes(to))
    throw new ProcessException(
      'DimensionExists',
      `rename_dimension: the cube has a dimension '${to}' already`,
    );
  const renamed = (name: string) => (name === from ? to : name);
  if (horizontalNames(horizontal).includes(from)) {
    const { x, y } = horizontal;
    return makeCube(dimensions, { ...horizontal, x: renamed(x), y: renamed(y) }, cube.planes);
  }
  const index = dimensionIndex(cube, from);
  return makeCube(
    dimensions.map((dimension, position) => (position === index ? { ...dimension, name: to } : dimension)),
    horizontal,
    cube.planes,
  );
}

function dimensionLabels({ data, dimension: name }: Arguments): Value {
  const cube = cubeOf(data, 'data');
  const wanted = textOf(name, 'dimension');
  const { geometries } = cube.horizontal;
  if (geometries !== undefined && wanted === cube.horizontal.x) return geometryLabels(geometries);
  const centres = pixelCentres(cubeGrid(cube.horizontal));
  if (wanted === cube.horizontal.x) return centres.x;
  if (geometries === undefined && wanted === cube.horizontal.y) return centres.y;
  return [...(cube.dimensions[dimensionIndex(cube, wanted)]?.labels ?? [])];
}

function addDimension({ data, name, label, type = 'other' }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const added = textOf(name, 'name');
  const names = [...cube.dimensions.map((dimension) => dimension.name), ...horizontalNames(cube.horizontal)];
  if (names.includes(added))
    throw new ProcessException(
      'DimensionExists',
      `add_dimension: the cube has a dimension '${added}' already`,
    );
  if (type === 'spatial' && cube.dimensions.some((dimension) => dimension.type === 'spatial'))
    throw new ProcessException(
      'DimensionExists',
      'add_dimension: the cube has dimensions for all three axes already',
    );
  const dimension: Dimension = {
    name: added,
    type: types.find((known) => known === type) ?? 'other',
    labels: [label as Label],
  };
  return makeCube([dimension, ...cube.dimensions], cube.horizontal, cube.planes);
}

function dropDimension({ data, name }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const index = dimensionIndex(cube, textOf(name, 'name'));
  const count = cube.dimensions[index]?.labels.length ?? 0;
  if (count !== 1)
    throw new ProcessException(
      'DimensionLabelCountMismatch',
      `drop_dimension: '${cube.dimensions[index]?.name}' has ${count} labels; only a dimension with one can be dropped`,
    );
  return makeCube(
    cube.dimensions.filter((_, position) => position !== index),
    cube.horizontal,
    cube.planes,
  );
}

const data = required('data', 'The data cube.', datacube());
const notAvailable = { DimensionNotAvailable: 'There is no such dimension.' };

export const cubeDimensionProcesses: readonly Process[] = [
  define({
    id: 'rename_labels',
    summary: 'Give labels new names',
    description: 'Without source, numbered labels (0, 1, ...) take the new names in their order.',
    categories: ['cubes'],
    parameters: [
      data,
      required('dimension', 'Name of the dimension.', text),
      required('target', 'The new names.', labelsSchema),
      optional('source', 'The labels that get them.', labelsSchema, []),
    ],
    returns: ['The cube with other labels.', datacube()],
    exceptions: {
      LabelsNotEnumerated: 'The labels are not numbered, and source is empty.',
      LabelMismatch: 'source and target differ in length.',
      LabelNotAvailable: 'A label of source does not exist.',
      LabelExists: 'A new name is a label already.',
    },
    run: renameLabels,
  }),
  define({
    id: 'rename_dimension',
    summary: 'Give a dimension another name',
    description: 'Labels and values stay.',
    categories: ['cubes'],
    parameters: [
      data,
      required('source', 'Its name so far.', text),
      required('target', 'Its new name.', text),
    ],
    returns: ['The cube with the new name.', datacube()],
    exceptions: { ...notAvailable, DimensionExists: 'There is a dimension of the new name already.' },
    run: renameDimension,
  }),
  define({
    id: 'dimension_labels',
    summary: 'Labels of a dimension',
    description: 'In the order of the cube; along x and y the coordinates of the pixel centres.',
    categories: ['cubes'],
    parameters: [data, required('dimension', 'Name of the dimension.', text)],
    returns: ['The labels.', { type: 'array', items: { type: ['number', 'string'] } }],
    exceptions: notAvailable,
    run: dimensionLabels,
  }),
  define({
    id: 'add_dimension',
    summary: 'A further dimension with one label',
    description: 'The values stay; merge_cubes can then put cubes side by side along it.',
    categories: ['cubes'],
    parameters: [
      data,
      required('name', 'Name of the dimension.', text),
      required('label', 'Its one label.', labelSchema),
      optional('type', 'Its type.', { type: 'string', enum: types }, 'other'),
    ],
    returns: ['The cube with one dimension more.', datacube()],
    exceptions: { DimensionExists: 'There is such a dimension already.' },
    run: addDimension,
  }),
  define({
    id: 'drop_dimension',
    summary: 'Drop a dimension that has one label left',
    description: 'Filter or reduce the dimension to one label before.',
    categories: ['cubes'],
    parameters: [data, required('name', 'Name of the dimension.', text)],
    returns: ['The cube with one dimension less.', datacube()],
    exceptions: { DimensionLabelCountMismatch: 'The dimension has more than one label.', ...notAvailable },
    run: dropDimension,
  }),
];
