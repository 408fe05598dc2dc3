import {
  type Column,
  computedPlane,
  constantPlane,
  isPlane,
  type PixelKind,
  type Plane,
} from '../cube/plane.ts';
import { ProcessParameterInvalid } from '../errors.ts';
import type { Process } from './definition.ts';
import type { LoopTwo } from './pixel-loops.ts';
import { describeValue, type Value } from './value.ts';

/** What one pixel or one plain argument can be; null is nodata. */
export type Scalar = number | boolean | string | null;

type Operand = Plane | number | null;

/** A number, nodata or pixels. Pixels of a boolean plane count as 0 and 1. Throws `ProcessParameterInvalid`. */
export function numberOperand(value: Value | undefined, parameter: string): Operand {
  if (value === null || typeof value === 'number' || isPlane(value)) return value;
  throw new ProcessParameterInvalid(`parameter '${parameter}' must be a number, not ${describeValue(value)}`);
}

/**
 * The implementation of a process on numbers: nodata in any operand gives nodata, `compute` sees numbers only (NaN among
 * plain arguments, never among pixels, where NaN is nodata). `fast` is the same for two columns, written out.
 */
export function onNumbers(
  names: readonly string[],
  compute: (...operands: number[]) => number,
  fast?: LoopTwo,
): Process['run'] {
  return (args) => {
    const operands = names.map((name) => numberOperand(args[name], name));
    const [a, b] = operands;
    if (fast !== undefined && isPlane(a) && isPlane(b)) return combineColumns(a, b, 'number', fast);
    return combineNumbers(operands, 'number', compute);
  };
}

/** A plane from two by a loop over both. */
export function combineColumns(one: Plane, other: Plane, kind: PixelKind, loop: LoopTwo): Plane {
  return computedPlane([one, other], kind, ([a, b], out) => {
    if (a !== undefined && b !== undefined) loop(a, b, out);
  });
}

/** Applies `compute` to numbers, or pixel by pixel when an operand is a plane. Nodata gives nodata. */
export function combineNumbers(
  operands: readonly Operand[],
  kind: PixelKind,
  compute: (...operands: number[]) => number,
): Plane | number | null {
  const planes = operands.filter(isPlane);
  if (planes.length === 0)
    return operands.includes(null)
      ? null
      : compute(...operands.filter((operand) => typeof operand === 'number'));
  if (operands.includes(null)) return constantPlane(Number.NaN, kind);
  const [first, ...rest] = operands;
  if (planes.length === 1) {
    const compute1 = bindConstants(first, rest, compute);
    return computedPlane(planes, kind, ([column], out) => loopOne(column, out, compute1));
  }
  if (planes.length === 2 && operands.length === 2)
    return computedPlane(planes, kind, ([a, b], out) => loopTwo(a, b, out, compute));
  const slots = operands.flatMap((operand, index) => (isPlane(operand) ? [index] : []));
  const values = operands.map((operand) => (typeof operand === 'number' ? operand : 0));
  return computedPlane(planes, kind, (columns, out) => loopMany(columns, out, slots, values, compute));
}

/** A function of the one operand that varies; the usual places are written out, since a spread costs more than the process. */
function bindConstants(
  first: Operand | undefined,
  rest: readonly Operand[],
  compute: (...operands: number[]) => number,
): (x: number) => number {
  const [b, c, d, e] = rest as readonly number[] as readonly [number, number, number, number];
  if (isPlane(first) && rest.length === 0) return compute;
  if (isPlane(first) && rest.length === 1) return (x) => compute(x, b);
  if (isPlane(first) && rest.length === 2) return (x) => compute(x, b, c);
  if (isPlane(first) && rest.length === 4) return (x) => compute(x, b, c, d, e);
  if (typeof first === 'number' && rest.length === 1) return (x) => compute(first, x);
  return (x) => compute(...[first, ...rest].map((operand) => (typeof operand === 'number' ? operand : x)));
}

function loopOne(a: Column | undefined, out: Column, compute: (x: number) => number): void {
  if (a === undefined) return;
  for (let i = 0; i < out.length; i += 1) {
    const x = a[i] as number;
    out[i] = Number.isNaN(x) ? Number.NaN : compute(x);
  }
}

function loopTwo(
  a: Column | undefined,
  b: Column | undefined,
  out: Column,
  compute: (x: number, y: number) => number,
): void {
  if (a === undefined || b === undefined) return;
  for (let i = 0; i < out.length; i += 1) {
    const x = a[i] as number;
    const y = b[i] as number;
    out[i] = Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : compute(x, y);
  }
}

/** For every pixel fills the operands that vary into `values` at their `slots`. */
function loopMany(
  columns: readonly Column[],
  out: Column,
  slots: readonly number[],
  values: number[],
  compute: (...values: number[]) => number,
): void {
  for (let i = 0; i < out.length; i += 1) {
    let valid = true;
    for (let k = 0; k < columns.length; k += 1) {
      const value = (columns[k] as Column)[i] as number;
      values[slots[k] as number] = value;
      valid &&= !Number.isNaN(value);
    }
    out[i] = valid ? compute(...values) : Number.NaN;
  }
}

/**
 * Applies a function of typed values (null for nodata, booleans told apart from numbers), pixel by pixel when an operand
 * is a plane. The general and slow way: for operands of mixed types, and where nodata does not simply pass through.
 */
export function combineScalars(
  operands: readonly Value[],
  kind: PixelKind,
  compute: (operands: readonly Value[]) => Scalar,
): Plane | Scalar {
  const planes = operands.filter(isPlane);
  if (planes.length === 0) return compute(operands);
  return computedPlane(planes, kind, (columns, out) => {
    const values = [...operands];
    const slots = operands.flatMap((operand, index) =>
      isPlane(operand) ? [{ index, kind: operand.kind }] : [],
    );
    for (let i = 0; i < out.length; i += 1) {
      slots.forEach((slot, k) => {
        values[slot.index] = fromPixel(columns[k]?.[i] ?? Number.NaN, slot.kind);
      });
      out[i] = toPixel(compute(values));
    }
  });
}

/** A pixel as a process sees it. */
export function fromPixel(pixel: number, kind: PixelKind): number | boolean | null {
  if (Number.isNaN(pixel)) return null;
  return kind === 'boolean' ? pixel !== 0 : pixel;
}

/** A process's result as a pixel. Throws `ProcessParameterInvalid` for what a cube of numbers cannot hold. */
export function toPixel(value: Value): number {
  if (value === null) return Number.NaN;
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  throw new ProcessParameterInvalid(`pixels are numbers, booleans or nodata, not ${describeValue(value)}`);
}

/** A result of a child process as a plane: plain numbers become the same value everywhere. */
export function toPlane(value: Value): Plane {
  if (isPlane(value)) return value;
  return constantPlane(toPixel(value), typeof value === 'boolean' ? 'boolean' : 'number');
}
