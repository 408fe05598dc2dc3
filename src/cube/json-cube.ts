import { InvalidFile } from '../errors.ts';
import type { Affine } from '../geometry/affine.ts';
import { checkLimit } from '../limits.ts';
import type { Dimension, DimensionType, Label } from './dimension.ts';
import { planeCount, planeValues, type RasterCube } from './raster-cube.ts';

type Nested = number | boolean | null | readonly Nested[];

interface JsonDimension {
  readonly type: DimensionType;
  readonly axis?: 'x' | 'y' | 'z' | undefined;
  readonly values: readonly Label[];
  readonly reference_system?: string | undefined;
}

/** A cube as JSON, in the form that the test vectors of openeo-processes use; coordinates are pixel centres. */
export interface JsonCube {
  readonly type: 'datacube';
  readonly order: readonly string[];
  readonly nodata?: number | null | undefined;
  readonly dimensions: Readonly<Record<string, JsonDimension>>;
  readonly data: Nested;
}

export function isJsonCube(value: unknown): value is JsonCube {
  return typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'datacube';
}

/** Centres of the pixels along x and y. Only for grids that are not rotated. */
export function pixelCentres(cube: Pick<RasterCube, 'transform' | 'width' | 'height'>): {
  x: number[];
  y: number[];
} {
  const [a, , c, , e, f] = cube.transform;
  return {
    x: Array.from({ length: cube.width }, (_, column) => c + a * (column + 0.5)),
    y: Array.from({ length: cube.height }, (_, row) => f + e * (row + 0.5)),
  };
}

/** The cube as JSON values; nodata is null, boolean cubes give true and false. */
export function cubeToJson(cube: RasterCube): JsonCube {
  const centres = pixelCentres(cube);
  const dimensions: Record<string, JsonDimension> = {};
  for (const { name, type, labels } of cube.dimensions) dimensions[name] = { type, values: labels };
  dimensions[cube.y] = { type: 'spatial', axis: 'y', values: centres.y, reference_system: cube.crs };
  dimensions[cube.x] = { type: 'spatial', axis: 'x', values: centres.x, reference_system: cube.crs };
  let plane = 0;
  const nest = (depth: number): Nested => {
    const dimension = cube.dimensions[depth];
    if (dimension !== undefined) return dimension.labels.map(() => nest(depth + 1));
    const values = planeValues(cube, plane);
    plane += 1;
    return Array.from({ length: cube.height }, (_, row) =>
      Array.from(values.subarray(row * cube.width, (row + 1) * cube.width), (value) =>
        Number.isNaN(value) ? null : cube.kind === 'boolean' ? value !== 0 : value,
      ),
    );
  };
  const order = [...cube.dimensions.map(({ name }) => name), cube.y, cube.x];
  return { type: 'datacube', order, nodata: null, dimensions, data: nest(0) };
}

/**
 * A cube from its JSON form: the two horizontal dimensions must come last (y, x) with evenly spaced coordinates; null,
 * NaN and the declared nodata value become NaN. Throws `InvalidFile` when sizes and labels contradict each other.
 */
export function cubeFromJson(json: JsonCube): RasterCube {
  const names = json.order;
  const named = names.map((name) => {
    const dimension = json.dimensions[name];
    if (dimension === undefined)
      throw new InvalidFile(`the cube's order names '${name}', which is no dimension of it`);
    return { name, ...dimension };
  });
  const [yDimension, xDimension] = named.slice(-2);
  if (
    xDimension?.axis === 'y' ||
    yDimension?.axis === 'x' ||
    xDimension?.type !== 'spatial' ||
    yDimension?.type !== 'spatial'
  )
    throw new InvalidFile(
      `the horizontal dimensions must come last in a cube, y before x, not ${names.join(', ')}`,
    );
  const dimensions: Dimension[] = named
    .slice(0, -2)
    .map(({ name, type, values }) => ({ name, type, labels: values }));
  const [width, height] = [xDimension.values.length, yDimension.values.length];
  const length = planeCount(dimensions) * width * height;
  checkLimit('cubeBytes', length * 8, 'a data cube in JSON');
  const values = new Float64Array(length).fill(Number.NaN);
  let boolean = false;
  let position = 0;
  const sizes = named.map((dimension) => dimension.values.length);
  const flatten = (value: Nested, depth: number) => {
    if (depth < sizes.length) {
      if (!Array.isArray(value) || value.length !== sizes[depth])
        throw new InvalidFile(
          `dimension '${names[depth]}' of the cube has ${sizes[depth]} labels, its data do not`,
        );
      for (const inner of value) flatten(inner, depth + 1);
      return;
    }
    if (typeof value === 'boolean') boolean = true;
    if (value !== null && value !== json.nodata) values[position] = Number(value);
    position += 1;
  };
  if (json.data !== null && length > 0) flatten(json.data, 0);
  return {
    dimensions,
    x: xDimension.name,
    y: yDimension.name,
    crs: xDimension.reference_system ?? yDimension.reference_system ?? 'EPSG:4326',
    transform: transformOf(xDimension.values, yDimension.values),
    width,
    height,
    kind: boolean ? 'boolean' : 'number',
    values,
  };
}

function transformOf(xs: readonly Label[], ys: readonly Label[]): Affine {
  const axis = (labels: readonly Label[], sign: 1 | -1): [step: number, origin: number] => {
    const centres = labels.map(Number);
    const [first = 0, second] = centres;
    const step = second === undefined ? sign : second - first;
    if (
      !(Math.abs(step) > 0) ||
      centres.some((centre, index) => Math.abs(first + index * step - centre) > Math.abs(step) * 1e-6)
    )
      throw new InvalidFile('the coordinates of a cube must be evenly spaced');
    return [step, first - step / 2];
  };
  const [a, c] = axis(xs, 1);
  const [e, f] = axis(ys, -1);
  return [a, 0, c, 0, e, f];
}
