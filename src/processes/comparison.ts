import { computedPlane, isPlane, type Plane } from '../cube/plane.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { combineNumbers, combineScalars, type Scalar } from './elementwise.ts';
import { comparisonLoops, type LoopWith } from './pixel-loops.ts';
import { anything, boolean, booleanOrNodata, number, scalar } from './schemas.ts';
import type { Arguments, Value } from './value.ts';

const nodataRule =
  'Nodata in an operand gives nodata; NaN equals nothing and is neither above nor below anything.';

/** True for what the fast loops over numbers can take: numbers, and planes of numbers. */
function isNumeric(value: Value | undefined): boolean {
  return typeof value === 'number' || (isPlane(value) && value.kind === 'number');
}

/** Compares as numbers where both operands are; `others` decides for operands of other types. */
function compare(
  x: Value,
  y: Value,
  numbers: (x: number, y: number) => boolean,
  others: (x: Value, y: Value) => boolean,
  fast: LoopWith = loopOf(numbers),
): Value {
  if (isPlane(x) && x.kind === 'number' && typeof y === 'number') return holdsWith(x, y, fast);
  if ((isPlane(x) || isPlane(y)) && isNumeric(x) && isNumeric(y))
    return combineNumbers([x, y] as never, 'boolean', (a, b) => (numbers(a, b) ? 1 : 0));
  return combineScalars([x, y], 'boolean', ([a = null, b = null]): Scalar => {
    if (a === null || b === null) return null;
    return typeof a === 'number' && typeof b === 'number' ? numbers(a, b) : others(a, b);
  });
}

/** Pixels against a number, the usual case. */
function holdsWith(plane: Plane, y: number, loop: LoopWith): Plane {
  return computedPlane([plane], 'boolean', ([column], out) => {
    if (column !== undefined) loop(column, y, out);
  });
}

/** The loop of any comparison, with one call for each pixel. */
function loopOf(holds: (x: number, y: number) => boolean): LoopWith {
  return (a, y, out) => {
    for (let i = 0; i < out.length; i += 1) {
      const x = a[i] as number;
      out[i] = Number.isNaN(x) ? Number.NaN : holds(x, y) ? 1 : 0;
    }
  };
}

const operands = [required('x', 'The first operand.', scalar), required('y', 'The second operand.', scalar)];
const outcome = ['Whether it is so; nodata where an operand is nodata.', booleanOrNodata] as const;

function order(
  id: 'gt' | 'gte' | 'lt' | 'lte',
  relation: string,
  holds: (x: number, y: number) => boolean,
): Process {
  return define({
    id,
    summary: `Whether x is ${relation} y`,
    description: `Compares numbers; operands of other types give false. ${nodataRule}`,
    categories: ['comparison'],
    parameters: operands,
    returns: outcome,
    run: ({ x = null, y = null }) => compare(x, y, holds, () => false, comparisonLoops[id]),
  });
}

function equality(id: string, relation: string, wanted: boolean): Process {
  return define({
    id,
    summary: `Whether x is ${relation} y`,
    description: `A number never equals a text or a boolean. ${nodataRule}`,
    categories: ['texts', 'comparison'],
    parameters: [
      ...operands,
      optional(
        'delta',
        'Numbers count as equal when they differ by no more than this.',
        { type: ['number', 'null'], minimumExclusive: 0 },
        null,
      ),
      optional('case_sensitive', 'Whether upper and lower case of texts are told apart.', boolean, true),
    ],
    returns: outcome,
    run: (args) => equal(args, wanted),
  });
}

/** The rule of `eq` (and, with `wanted` false, of `neq`); `array_contains` uses it too. */
export function equal(
  { x = null, y = null, delta = null, case_sensitive: sensitive = true }: Arguments,
  wanted = true,
): Value {
  const near = typeof delta === 'number' ? delta : 0;
  const numbers =
    near > 0 ? (a: number, b: number) => Math.abs(a - b) <= near : (a: number, b: number) => a === b;
  const others = (a: Value, b: Value) =>
    typeof a === 'string' && typeof b === 'string' && sensitive === false
      ? a.toLowerCase() === b.toLowerCase()
      : a === b;
  return compare(
    x,
    y,
    (a, b) => numbers(a, b) === wanted,
    (a, b) => others(a, b) === wanted,
    near > 0 ? undefined : comparisonLoops[wanted ? 'eq' : 'neq'],
  );
}

function between({ x = null, min = null, max = null, exclude_max: open = false }: Arguments): Value {
  const [low, high] = [Number(min), Number(max)];
  const inside = open === true ? (v: number) => v >= low && v < high : (v: number) => v >= low && v <= high;
  return compare(x, 0, inside, () => false);
}

function check(
  id: string,
  summary: string,
  description: string,
  holds: (x: Value) => boolean,
  categories = ['comparison'],
): Process {
  return define({
    id,
    summary,
    description,
    categories,
    parameters: [required('x', 'What to check.', anything)],
    returns: ['Whether it is so; never nodata.', boolean],
    run: ({ x = null }) => (isPlane(x) ? checkPixels(x, holds) : holds(x)),
  });
}

function checkPixels(plane: Plane, holds: (x: Value) => boolean): Plane {
  return computedPlane([plane], 'boolean', ([column], out) => {
    if (column === undefined) return;
    const nodata = holds(null) ? 1 : 0;
    for (let i = 0; i < out.length; i += 1) {
      const x = column[i] as number;
      out[i] = Number.isNaN(x) ? nodata : holds(x) ? 1 : 0;
    }
  });
}

export const comparisonProcesses: readonly Process[] = [
  equality('eq', 'equal to', true),
  equality('neq', 'different from', false),
  order('gt', 'above', (x, y) => x > y),
  order('gte', 'above or equal to', (x, y) => x >= y),
  order('lt', 'below', (x, y) => x < y),
  order('lte', 'below or equal to', (x, y) => x <= y),
  define({
    id: 'between',
    summary: 'Whether a number lies in a range',
    description: `The range includes its ends. What is not a number gives false. ${nodataRule}`,
    categories: ['comparison'],
    parameters: [
      required('x', 'What to check.', anything),
      required('min', 'Lower end of the range.', number),
      required('max', 'Upper end of the range.', number),
      optional('exclude_max', 'Leaves the upper end out of the range.', boolean, false),
    ],
    returns: outcome,
    run: between,
  }),
  check(
    'is_nodata',
    'Whether a value is nodata',
    'Pixels of a cube are nodata where they are NaN.',
    (x) => x === null,
  ),
  check(
    'is_nan',
    'Whether a value is NaN',
    'Only the number NaN. Pixels never are: NaN is the nodata of cubes.',
    (x) => typeof x === 'number' && Number.isNaN(x),
    ['comparison', 'math > constants'],
  ),
  check(
    'is_infinite',
    'Whether a number is infinite',
    'Either infinity, of numbers and of pixels.',
    (x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY,
  ),
  check(
    'is_valid',
    'Whether a value can be computed with',
    'Everything but nodata, NaN and the infinities.',
    (x) => x !== null && (typeof x !== 'number' || Number.isFinite(x)),
  ),
];
