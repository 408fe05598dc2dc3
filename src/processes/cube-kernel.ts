import type { Cube } from '../cube/cube.ts';
import { type Border, convolve } from '../cube/kernel.ts';
import { ProcessException, ProcessParameterInvalid } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { datacube, horizontal, number } from './schemas.ts';
import { type Arguments, elementsOf, type Value } from './value.ts';
import { rasterOf } from './vector-arguments.ts';

const borders = ['replicate', 'reflect', 'reflect_pixel', 'wrap'] as const;

function finite(value: Value | undefined, parameter: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ProcessParameterInvalid(`apply_kernel: '${parameter}' must hold finite numbers`);
}

function weightsOf(kernel: Value | undefined): number[][] {
  const rows = elementsOf(kernel, 'kernel').map((row) =>
    elementsOf(row, 'kernel').map((weight) => finite(weight, 'kernel')),
  );
  const width = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== width))
    throw new ProcessParameterInvalid('apply_kernel: the rows of the kernel differ in length');
  if (rows.length % 2 === 0 || width % 2 === 0)
    throw new ProcessException(
      'KernelDimensionsUneven',
      `apply_kernel: a kernel has a middle, so that neither side of ${width} x ${rows.length} may be even`,
    );
  return rows;
}

function applyKernel({
  data,
  kernel,
  factor = 1,
  border = 0,
  replace_invalid: invalid = 0,
}: Arguments): Cube {
  const cube = rasterOf(data, 'data', 'apply_kernel');
  const named = borders.find((name) => name === border);
  const chosen: Border = named ?? finite(border, 'border');
  return convolve(cube, {
    weights: weightsOf(kernel),
    factor: finite(factor, 'factor'),
    border: chosen,
    invalid: finite(invalid, 'replace_invalid'),
  });
}

export const cubeKernelProcesses: readonly Process[] = [
  define({
    id: 'apply_kernel',
    summary: 'Weighted sums of neighbouring pixels',
    description:
      'The kernel lies with its middle on each pixel; every pixel under it is multiplied with its weight, and the sum with the factor. Nodata and infinite pixels count as replace_invalid.',
    categories: ['cubes', 'math > image filter'],
    parameters: [
      required('data', 'The raster cube.', datacube(horizontal)),
      required('kernel', 'Rows of weights; odd numbers of rows and columns.', {
        type: 'array',
        subtype: 'kernel',
        items: { type: 'array', items: number },
      }),
      optional('factor', 'What every sum is multiplied with.', number, 1),
      optional(
        'border',
        'What lies beyond the cube: a number, or how the cube goes on there.',
        [{ type: 'string', enum: borders }, number],
        0,
      ),
      optional('replace_invalid', 'In the place of nodata and infinite pixels.', number, 0),
    ],
    returns: ['The cube with new values.', datacube(horizontal)],
    exceptions: { KernelDimensionsUneven: 'A side of the kernel has an even number of elements.' },
    run: applyKernel,
  }),
];
