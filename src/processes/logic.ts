import { computedPlane, isPlane, type Plane } from '../cube/plane.ts';
import { ProcessParameterInvalid, Unsupported } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { combineColumns, combineScalars, type Scalar, toPlane } from './elementwise.ts';
import { logicLoops } from './pixel-loops.ts';
import { anything, boolean, booleanOrNodata, booleans } from './schemas.ts';
import { type Arguments, describeValue, elementsOf, type Value } from './value.ts';

type Logical = boolean | null;

/** A boolean or nodata. Pixels that were computed as numbers count as true unless they are 0. */
function logical(value: Value | undefined, process: string): Logical {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  throw new ProcessParameterInvalid(`${process} takes booleans, not ${describeValue(value)}`);
}

/** Three-valued AND and OR: nodata stays unless the other operand already decides. */
const and = (x: Logical, y: Logical): Logical =>
  x === false || y === false ? false : x === null || y === null ? null : true;
const or = (x: Logical, y: Logical): Logical =>
  x === true || y === true ? true : x === null || y === null ? null : false;
const xor = (x: Logical, y: Logical): Logical => (x === null || y === null ? null : x !== y);

/** A pixel as a boolean: nodata, or whether it is not 0. */
const ofPixel = (pixel: number): Logical => (Number.isNaN(pixel) ? null : pixel !== 0);
const toPixel = (value: Logical): number => (value === null ? Number.NaN : value ? 1 : 0);

/** Folds operands pixel by pixel from the first on; `start` goes before them where it is given. */
function foldPixels(
  operands: readonly Value[],
  process: string,
  rule: (sofar: Logical, next: Logical) => Logical,
  start?: Logical,
): Plane {
  const planes = operands.map((operand) => (isPlane(operand) ? operand : toPlane(logical(operand, process))));
  return computedPlane(planes, 'boolean', (columns, out) => {
    columns.forEach((column, k) => {
      for (let i = 0; i < out.length; i += 1) {
        const next = ofPixel(column[i] as number);
        if (k > 0) out[i] = toPixel(rule(ofPixel(out[i] as number), next));
        else out[i] = toPixel(start === undefined ? next : rule(start, next));
      }
    });
  });
}

/** `any` (neutral false) and `all` (neutral true) with nodata left out: one deciding element decides. */
function decidePixels(elements: readonly Value[], process: string, neutral: boolean): Plane {
  const planes = elements.map((element) => (isPlane(element) ? element : toPlane(logical(element, process))));
  return computedPlane(planes, 'boolean', (columns, out) => {
    out.fill(neutral ? 1 : 0);
    for (const column of columns)
      for (let i = 0; i < out.length; i += 1) {
        const value = column[i] as number;
        if (neutral ? value === 0 : value !== 0 && !Number.isNaN(value)) out[i] = neutral ? 0 : 1;
      }
  });
}

function binary(
  id: 'and' | 'or' | 'xor',
  summary: string,
  rule: (x: Logical, y: Logical) => Logical,
): Process {
  return define({
    id,
    summary,
    description: 'Nodata gives nodata unless the other operand alone decides.',
    categories: ['logic'],
    parameters: [
      required('x', 'The first operand.', booleanOrNodata),
      required('y', 'The second operand.', booleanOrNodata),
    ],
    returns: ['The outcome.', booleanOrNodata],
    run: ({ x = null, y = null }) =>
      isPlane(x) && isPlane(y) && id !== 'xor'
        ? combineColumns(x, y, 'boolean', logicLoops[id])
        : isPlane(x) || isPlane(y)
          ? foldPixels([x, y], id, rule)
          : rule(logical(x, id), logical(y, id)),
  });
}

/**
 * Reduces an array of booleans. Nodata is left out unless asked for; a single nodata element then leaves the neutral
 * value standing (the specification's vectors for `any` and `all` say so), two or more operands follow the truth table.
 */
function reduceBooleans(id: string, { data, ignore_nodata: ignore }: Arguments, neutral: boolean): Value {
  const rule = neutral ? and : or;
  const elements = elementsOf(data, 'data');
  const strict = ignore === false && elements.length > 1;
  const step = strict ? rule : (sofar: Logical, next: Logical) => (next === null ? sofar : rule(sofar, next));
  if (elements.some(isPlane))
    return strict ? foldPixels(elements, id, rule, neutral) : decidePixels(elements, id, neutral);
  return elements.map((element) => logical(element, id)).reduce(step, neutral);
}

function arrayReducer(id: string, summary: string, neutral: boolean): Process {
  return define({
    id,
    summary,
    description: `An empty array gives ${neutral}. Nodata is left out unless ignore_nodata is false.`,
    categories: ['logic', 'reducer'],
    parameters: [
      required('data', 'The booleans.', booleans),
      optional('ignore_nodata', 'Whether nodata is left out.', boolean, true),
    ],
    returns: ['The outcome.', booleanOrNodata],
    run: (args) => reduceBooleans(id, args, neutral),
  });
}

function choose({ value = null, accept = null, reject = null }: Arguments): Value {
  if (!isPlane(value)) return logical(value, 'if') === true ? accept : reject;
  for (const branch of [accept, reject])
    if (typeof branch === 'string' || Array.isArray(branch))
      throw new Unsupported(`if: ${describeValue(branch)} cannot be chosen pixel by pixel`);
  const kind = [accept, reject].every(
    (branch) =>
      branch === null || typeof branch === 'boolean' || (isPlane(branch) && branch.kind === 'boolean'),
  )
    ? 'boolean'
    : 'number';
  const [yes, no] = [toPlane(accept), toPlane(reject)];
  return combineScalars(
    [value, yes, no],
    kind,
    ([condition, a = null, b = null]) => (logical(condition, 'if') === true ? a : b) as Scalar,
  );
}

export const logicProcesses: readonly Process[] = [
  binary('and', 'Whether both are true', and),
  binary('or', 'Whether at least one is true', or),
  binary('xor', 'Whether exactly one is true', xor),
  define({
    id: 'not',
    summary: 'The opposite of a boolean',
    description: 'True becomes false and false becomes true; nodata stays nodata.',
    categories: ['logic'],
    parameters: [required('x', 'The boolean.', booleanOrNodata)],
    returns: ['Its opposite.', booleanOrNodata],
    run: ({ x = null }) =>
      combineScalars([x], 'boolean', ([value]) => {
        const known = logical(value, 'not');
        return known === null ? null : !known;
      }),
  }),
  define({
    id: 'if',
    summary: 'One of two values, by a condition',
    description: 'Gives accept where the condition is true, and reject where it is false or nodata.',
    categories: ['logic', 'comparison', 'masks'],
    parameters: [
      required('value', 'The condition.', booleanOrNodata),
      required('accept', 'What to give when it is true.', anything),
      optional('reject', 'What to give otherwise.', anything, null),
    ],
    returns: ['The chosen value.', anything],
    run: choose,
  }),
  arrayReducer('any', 'Whether at least one element is true', false),
  arrayReducer('all', 'Whether every element is true', true),
];
