import { alignTo } from '../cube/align.ts';
import { type Cube, cubeGrid, makeCube } from '../cube/cube.ts';
import { type Corner, regrid, targetLattice } from '../cube/regrid.ts';
import { makeBox } from '../cube/spatial-window.ts';
import { ProcessParameterInvalid, Unsupported } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { ArgumentProblem, JsonSchema, Process } from './definition.ts';
import { datacube, horizontal, number } from './schemas.ts';
import { type Arguments, elementsOf, textOf, type Value } from './value.ts';
import { rasterOf } from './vector-arguments.ts';

/** The methods that are built, by openEO's names. */
const methods = {
  near: 'nearest',
  bilinear: 'bilinear',
  cubic: 'cubic',
  average: 'average',
  mode: 'mode',
  min: 'min',
  max: 'max',
  med: 'median',
} as const;

const names = [
  'average',
  'bilinear',
  'cubic',
  'cubicspline',
  'lanczos',
  'max',
  'med',
  'min',
  'mode',
  'near',
  'q1',
  'q3',
  'rms',
  'sum',
] as const;

function methodOf(value: Value | undefined, process: string): (typeof methods)[keyof typeof methods] {
  const name = textOf(value, 'method');
  if (Object.hasOwn(methods, name)) return methods[name as keyof typeof methods];
  throw new Unsupported(
    `${process}: the method '${name}' is not built; use ${Object.keys(methods).join(', ')}`,
  );
}

/** Methods that the specification names and that are not built. */
function methodProblems(process: string): (stated: Arguments) => ArgumentProblem[] {
  return ({ method }) => {
    if (typeof method !== 'string' || !names.some((name) => name === method)) return [];
    try {
      methodOf(method, process);
      return [];
    } catch (error) {
      if (error instanceof Unsupported) return [{ code: error.code, message: error.message }];
      throw error;
    }
  };
}

function resampleSpatial({ data, resolution = 0, projection = null, method, align }: Arguments): Cube {
  const cube = rasterOf(data, 'data', 'resample_spatial');
  const chosen = methodOf(method, 'resample_spatial');
  const steps =
    typeof resolution === 'number' ? [resolution, resolution] : elementsOf(resolution, 'resolution');
  const [x, y] = steps.map(Number);
  if (steps.length !== 2 || x === undefined || y === undefined || !(x >= 0 && y >= 0))
    throw new ProcessParameterInvalid('resample_spatial: resolution is one number or two, from 0 on');
  if (projection === null && x === 0 && y === 0) return cube;
  const { crs: own } = cubeGrid(cube.horizontal);
  const crs =
    projection === null
      ? own
      : makeBox([0, 0, 0, 0], typeof projection === 'number' ? projection : textOf(projection, 'projection'))
          .crs;
  return regrid(cube, targetLattice(cube, crs, [x, y], textOf(align, 'align') as Corner), chosen);
}

function resampleCubeSpatial({ data, target, method }: Arguments): Cube {
  const cube = rasterOf(data, 'data', 'resample_cube_spatial');
  const wanted = rasterOf(target, 'target', 'resample_cube_spatial');
  const chosen = methodOf(method, 'resample_cube_spatial');
  const { frame, window } = wanted.horizontal;
  const { frame: own } = cube.horizontal;
  const same = own.crs === frame.crs && own.transform.every((value, k) => value === frame.transform[k]);
  if (!same) return regrid(cube, { frame, window }, chosen);
  return makeCube(cube.dimensions, { ...cube.horizontal, frame, window }, alignTo(cube, wanted.horizontal));
}

const method = optional(
  'method',
  `How values are made, by the rules of gdalwarp; built are ${Object.keys(methods).join(', ')}.`,
  { type: 'string', enum: names },
  'near',
);
const step: JsonSchema = { ...number, minimum: 0 };

export const cubeResampleProcesses: readonly Process[] = [
  define({
    id: 'resample_spatial',
    summary: 'Another resolution or projection',
    description:
      'Brings the pixels onto a new grid over the same extent. A resolution of 0 keeps that of the cube, in another projection as many pixels along the diagonal.',
    categories: ['cubes', 'reproject'],
    parameters: [
      required('data', 'The raster cube.', datacube(horizontal)),
      optional(
        'resolution',
        'Size of the new pixels in units of the projection: one number, or x and y.',
        [step, { type: 'array', minItems: 2, maxItems: 2, items: step }],
        0,
      ),
      optional(
        'projection',
        'EPSG number or WKT2; null keeps the projection.',
        [
          { type: 'integer', subtype: 'epsg-code', minimum: 1000 },
          { type: 'string', subtype: 'wkt2-definition' },
          { type: 'null' },
        ],
        null,
      ),
      method,
      optional(
        'align',
        'Corner of the extent that the new grid starts from.',
        { type: 'string', enum: ['lower-left', 'upper-left', 'lower-right', 'upper-right'] },
        'upper-left',
      ),
    ],
    returns: ['The cube on the new grid.', datacube(horizontal)],
    check: methodProblems('resample_spatial'),
    run: resampleSpatial,
  }),
  define({
    id: 'resample_cube_spatial',
    summary: 'The grid of another cube',
    description:
      'Brings the pixels onto the grid and the extent of another cube; what lies outside is nodata.',
    categories: ['cubes', 'reproject'],
    parameters: [
      required('data', 'The raster cube.', datacube(horizontal)),
      required('target', 'The cube whose grid is wanted.', datacube(horizontal)),
      method,
    ],
    returns: ['The cube on the grid of the other.', datacube(horizontal)],
    check: methodProblems('resample_cube_spatial'),
    run: resampleCubeSpatial,
  }),
];
