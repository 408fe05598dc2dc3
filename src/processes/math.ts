import { ProcessException } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { JsonSchema, Process } from './definition.ts';
import { onNumbers } from './elementwise.ts';
import { arithmeticLoops, type LoopTwo, normalizedDifference } from './pixel-loops.ts';
import { integerOrNodata, number, numberOrNodata } from './schemas.ts';

const nodataRule = 'Nodata in an operand gives nodata.';

interface Extra {
  readonly names?: readonly [string, string];
  readonly categories?: readonly string[];
  /** Of the first parameter, of the result. */
  readonly takes?: JsonSchema;
  readonly gives?: JsonSchema;
  readonly exceptions?: Readonly<Record<string, string>>;
  readonly fast?: LoopTwo;
}

function unary(id: string, summary: string, compute: (x: number) => number, extra: Extra = {}): Process {
  return define({
    id,
    summary,
    description: `${summary} for a number or for every pixel. ${nodataRule}`,
    categories: extra.categories ?? ['math'],
    parameters: [required('x', 'The number.', extra.takes ?? numberOrNodata)],
    returns: ['The result.', extra.gives ?? numberOrNodata],
    run: onNumbers(['x'], compute),
  });
}

function binary(
  id: string,
  summary: string,
  compute: (x: number, y: number) => number,
  extra: Extra = {},
): Process {
  const names = extra.names ?? ['x', 'y'];
  return define({
    id,
    summary,
    description: `${summary}. Arithmetic is IEEE 754. ${nodataRule}`,
    categories: extra.categories ?? ['math'],
    parameters: [
      required(names[0], 'The first operand.', extra.takes ?? numberOrNodata),
      required(names[1], 'The second operand.', numberOrNodata),
    ],
    returns: ['The result.', numberOrNodata],
    ...(extra.exceptions && { exceptions: extra.exceptions }),
    run: onNumbers(names, compute, extra.fast),
  });
}

const exponential = ['math', 'math > exponential & logarithmic'];
const rounding = ['math > rounding'];
const notNegative = { type: ['number', 'null'], minimum: 0 } as const satisfies JsonSchema;
const byZero = { DivisionByZero: 'The divisor is 0. Not thrown here: the result is infinite or NaN.' };

/** Remainder with the sign of the divisor; an infinite divisor leaves the dividend as it is (openeo-processes, `mod`). */
function modulo(x: number, y: number): number {
  if (y === 0) return x === 0 ? Number.NaN : x * Number.POSITIVE_INFINITY;
  if (Number.isNaN(y)) return Number.NaN;
  if (!Number.isFinite(y)) return Number.isFinite(x) ? x : Number.NaN;
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

/**
 * Round half to even at a decimal digit, as IEEE 754 does for whole numbers. The decimal text of the number decides what
 * is a half, so that 0.35 rounds to 0.4 although its binary value lies below 0.35.
 */
export function roundToEven(x: number, digits: number): number {
  if (!Number.isFinite(x)) return x;
  const shift = (value: number, by: number) => {
    const [mantissa, exponent = '0'] = String(value).split('e');
    return Number(`${mantissa}e${Number(exponent) + by}`);
  };
  const shifted = shift(x, digits);
  if (!Number.isFinite(shifted)) return x;
  const below = Math.floor(shifted);
  const rest = shifted - below;
  const whole = rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
  return shift(whole, -digits);
}

function clip(x: number, min: number, max: number): number {
  if (max < min) throw new ProcessException('MinMaxSwapped', `clip: min ${min} is above max ${max}`);
  return Math.min(Math.max(x, min), max);
}

function scale(x: number, inMin: number, inMax: number, outMin: number, outMax: number): number {
  const clipped = Math.min(Math.max(x, Math.min(inMin, inMax)), Math.max(inMin, inMax));
  return ((clipped - inMin) / (inMax - inMin)) * (outMax - outMin) + outMin;
}

export const mathProcesses: readonly Process[] = [
  binary('add', 'Sum of two numbers', (x, y) => x + y, { fast: arithmeticLoops.add }),
  binary('subtract', 'Difference of two numbers', (x, y) => x - y, { fast: arithmeticLoops.subtract }),
  binary('multiply', 'Product of two numbers', (x, y) => x * y, {
    fast: arithmeticLoops.multiply,
    exceptions: { MultiplicandMissing: 'An operand is missing. Not thrown here: both are required.' },
  }),
  binary('divide', 'Quotient of two numbers', (x, y) => x / y, {
    fast: arithmeticLoops.divide,
    exceptions: byZero,
  }),
  binary('mod', 'Remainder with the sign of the divisor', modulo, { exceptions: byZero }),
  binary('power', 'Base raised to an exponent', (base, p) => base ** p, {
    categories: exponential,
    names: ['base', 'p'],
  }),
  unary('absolute', 'Absolute value', Math.abs, { gives: notNegative }),
  unary('sgn', 'Sign: -1, 0 or 1', Math.sign, {
    gives: { type: ['number', 'null'], enum: [-1, 0, 1, null] },
  }),
  unary('sqrt', 'Square root', Math.sqrt, { categories: exponential }),
  unary('floor', 'Largest whole number that is not greater', Math.floor, {
    categories: rounding,
    gives: integerOrNodata,
  }),
  unary('ceil', 'Smallest whole number that is not less', Math.ceil, {
    categories: rounding,
    gives: integerOrNodata,
  }),
  define({
    id: 'int',
    summary: 'Whole part of a number',
    description: `Cuts the decimals off, towards zero. NaN has no whole part and gives nodata. ${nodataRule}`,
    categories: ['math', 'math > rounding'],
    parameters: [required('x', 'The number.', numberOrNodata)],
    returns: ['The whole part.', integerOrNodata],
    run: (args, scope) => (Number.isNaN(args.x) ? null : onNumbers(['x'], Math.trunc)(args, scope)),
  }),
  define({
    id: 'exp',
    summary: 'Power of e',
    description: `Raises Euler's number to an exponent. ${nodataRule}`,
    categories: ['math > exponential & logarithmic'],
    parameters: [required('p', 'The exponent.', numberOrNodata)],
    returns: ['e raised to the exponent.', { type: ['number', 'null'], minimumExclusive: 0 }],
    run: onNumbers(['p'], Math.exp),
  }),
  unary('ln', 'Natural logarithm', Math.log, {
    categories: ['math > exponential & logarithmic'],
    takes: notNegative,
  }),
  binary('log', 'Logarithm to a base', logarithm, {
    names: ['x', 'base'],
    categories: ['math > exponential & logarithmic'],
    takes: notNegative,
  }),
  define({
    id: 'round',
    summary: 'Round to a number of decimals',
    description: `A number halfway between two neighbours goes to the even one. ${nodataRule}`,
    categories: rounding,
    parameters: [
      required('x', 'The number.', numberOrNodata),
      optional('p', 'Decimals to keep; negative: zeros before the decimal point.', { type: 'integer' }, 0),
    ],
    returns: ['The rounded number.', numberOrNodata],
    run: onNumbers(['x', 'p'], roundToEven),
  }),
  define({
    id: 'clip',
    summary: 'Limit a number to a range',
    description: `Numbers outside of the range become its nearer end. ${nodataRule}`,
    categories: ['math'],
    parameters: [
      required('x', 'The number.', numberOrNodata),
      required('min', 'Lower end of the range.', number),
      required('max', 'Upper end of the range.', number),
    ],
    returns: ['The number within the range.', numberOrNodata],
    exceptions: { MinMaxSwapped: 'The lower end of the range is above its upper end.' },
    run: onNumbers(['x', 'min', 'max'], clip),
  }),
  define({
    id: 'linear_scale_range',
    summary: 'Map one range linearly onto another',
    description: `The number is first limited to the input range. ${nodataRule}`,
    categories: ['math'],
    parameters: [
      required('x', 'The number.', numberOrNodata),
      required('inputMin', 'Start of the input range.', number),
      required('inputMax', 'End of the input range.', number),
      optional('outputMin', 'What the start of the input range becomes.', number, 0),
      optional('outputMax', 'What the end of the input range becomes.', number, 1),
    ],
    returns: ['The number in the output range.', numberOrNodata],
    run: onNumbers(['x', 'inputMin', 'inputMax', 'outputMin', 'outputMax'], scale),
  }),
  define({
    id: 'normalized_difference',
    summary: 'Difference divided by sum',
    description: `(x - y) / (x + y), the form of most spectral indices. ${nodataRule}`,
    categories: ['math > indices', 'vegetation indices'],
    parameters: [required('x', 'The first number.', number), required('y', 'The second number.', number)],
    returns: [
      'A number between -1 and 1 for operands of one sign.',
      { type: 'number', minimum: -1, maximum: 1 },
    ],
    run: onNumbers(['x', 'y'], (x, y) => (x - y) / (x + y), normalizedDifference),
  }),
];

/** Whole powers of 2 and 10 come out whole. */
function logarithm(x: number, base: number): number {
  if (base === 10) return Math.log10(x);
  if (base === 2) return Math.log2(x);
  return Math.log(x) / Math.log(base);
}
