import { define, required } from './define.ts';
import type { JsonSchema, Process } from './definition.ts';
import { onNumbers } from './elementwise.ts';
import { anything, number, numberOrNodata } from './schemas.ts';

const nodataRule = 'Nodata gives nodata; a number that the function is not defined for gives NaN.';
const categories = ['math > trigonometric'];

function trigonometric(
  id: string,
  summary: string,
  compute: (x: number) => number,
  bounds: {
    readonly takes?: Partial<JsonSchema>;
    /** The specification has this one beside the schema. */
    readonly least?: number;
    readonly gives?: Partial<JsonSchema>;
  } = {},
): Process {
  return define({
    id,
    summary: `${summary} of a number`,
    description: `${summary}, angles in radians. ${nodataRule}`,
    categories,
    parameters: [
      {
        ...required('x', 'The number.', { ...numberOrNodata, ...bounds.takes }),
        ...(bounds.least !== undefined && { minimum: bounds.least }),
      },
    ],
    returns: ['The result.', { ...numberOrNodata, ...bounds.gives }],
    run: onNumbers(['x'], compute),
  });
}

function constant(
  id: string,
  summary: string,
  value: number,
  kinds: readonly string[],
  schema: JsonSchema = number,
): Process {
  return define({
    id,
    summary,
    description: `${summary}, in double precision.`,
    categories: ['math > constants', ...kinds],
    ...(id === 'nan' && { experimental: true }),
    parameters: [],
    returns: ['The number.', schema],
    run: () => value,
  });
}

const unit = { minimum: -1, maximum: 1 };

export const trigonometryProcesses: readonly Process[] = [
  trigonometric('sin', 'Sine', Math.sin, { gives: unit }),
  trigonometric('cos', 'Cosine', Math.cos, { gives: unit }),
  trigonometric('tan', 'Tangent', Math.tan),
  trigonometric('arcsin', 'Inverse sine', Math.asin, { takes: unit }),
  trigonometric('arccos', 'Inverse cosine', Math.acos, { takes: unit, gives: { minimum: 0 } }),
  trigonometric('arctan', 'Inverse tangent', Math.atan),
  trigonometric('sinh', 'Hyperbolic sine', Math.sinh),
  trigonometric('cosh', 'Hyperbolic cosine', Math.cosh, { gives: { minimum: 1 } }),
  trigonometric('tanh', 'Hyperbolic tangent', Math.tanh, {
    gives: { minimumExclusive: -1, maximumExclusive: 1 },
  }),
  trigonometric('arsinh', 'Inverse hyperbolic sine', Math.asinh),
  trigonometric('arcosh', 'Inverse hyperbolic cosine', Math.acosh, { least: 1, gives: { minimum: 0 } }),
  trigonometric('artanh', 'Inverse hyperbolic tangent', Math.atanh, {
    takes: { minimumExclusive: -1, maximumExclusive: 1 },
  }),
  define({
    id: 'arctan2',
    summary: 'Angle of a vector',
    description: `Inverse tangent of y / x in the quadrant of the point (x, y), in radians. ${nodataRule}`,
    categories,
    parameters: [
      required('y', 'The length along the second axis.', numberOrNodata),
      required('x', 'The length along the first axis.', numberOrNodata),
    ],
    returns: ['The angle from -pi to pi.', numberOrNodata],
    run: onNumbers(['y', 'x'], Math.atan2),
  }),
  constant('pi', 'The number pi', Math.PI, ['math > trigonometric']),
  constant('e', "Euler's number", Math.E, ['math > exponential & logarithmic']),
  constant('nan', 'Not a number', Number.NaN, [], anything),
];
