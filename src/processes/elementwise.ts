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
 * plain arguments, never among pixels, where NaN is nodata).
 */
export function onNumbers(
  names: readonly string[],
  compute: (...operands: number[]) => number,
): Process['run'] {
  return (args) =>
    combineNumbers(
      names.map((name) => numberOperand(args[name], name)),
      'number',
      compute,
    );
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
  // Constants are bound once, so that the loops below see functions of the varying operands only.
  const bind = (pixels: readonly number[]) => {
    let next = 0;
    return compute(
      ...operands.map((operand) => (typeof operand === 'number' ? operand : (pixels[next++] ?? Number.NaN))),
    );
  };
  if (planes.length > 2 || operands.length > 3)
    return computedPlane(planes, kind, (columns, pixels) => loopMany(columns, pixels, bind));
  const [first, second, third] = operands;
  if (planes.length === 2 && operands.length === 2)
    return computedPlane(planes, kind, ([a, b], pixels) => loopTwo(a, b, pixels, compute));
  if (planes.length === 2)
    return computedPlane(planes, kind, ([a, b], pixels) => loopTwo(a, b, pixels, (x, y) => bind([x, y])));
  if (operands.length === 1) return computedPlane(planes, kind, ([a], pixels) => loopOne(a, pixels, compute));
  if (operands.length === 2) {
    if (typeof second === 'number')
      return computedPlane(planes, kind, ([a], pixels) => loopOne(a, pixels, (x) => compute(x, second)));
    if (typeof first === 'number')
      return computedPlane(planes, kind, ([a], pixels) => loopOne(a, pixels, (x) => compute(first, x)));
  }
  if (typeof second === 'number' && typeof third === 'number')
    return computedPlane(planes, kind, ([a], pixels) => loopOne(a, pixels, (x) => compute(x, second, third)));
  return computedPlane(planes, kind, ([a], pixels) => loopOne(a, pixels, (x) => bind([x])));
}

function loopOne(a: Column | undefined, pixels: number, compute: (x: number) => number): Column {
  const out = new Float64Array(pixels);
  if (a === undefined) return out.fill(Number.NaN);
  for (let i = 0; i < pixels; i += 1) {
    const x = a[i] as number;
    out[i] = !Number.isNaN(x) ? compute(x) : Number.NaN;
  }
  return out;
}

function loopTwo(
  a: Column | undefined,
  b: Column | undefined,
  pixels: number,
  compute: (x: number, y: number) => number,
): Column {
  const out = new Float64Array(pixels);
  if (a === undefined || b === undefined) return out.fill(Number.NaN);
  for (let i = 0; i < pixels; i += 1) {
    const x = a[i] as number;
    const y = b[i] as number;
    out[i] = !Number.isNaN(x) && !Number.isNaN(y) ? compute(x, y) : Number.NaN;
  }
  return out;
}

function loopMany(
  columns: readonly Column[],
  pixels: number,
  compute: (values: readonly number[]) => number,
): Column {
  const out = new Float64Array(pixels);
  const values = new Array<number>(columns.length).fill(0);
  for (let i = 0; i < pixels; i += 1) {
    let valid = true;
    for (let k = 0; k < columns.length; k += 1) {
      const value = columns[k]?.[i] ?? Number.NaN;
      values[k] = value;
      valid &&= !Number.isNaN(value);
    }
    out[i] = valid ? compute(values) : Number.NaN;
  }
  return out;
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
  return computedPlane(planes, kind, (columns, pixels) => {
    const out = new Float64Array(pixels);
    const values = [...operands];
    const slots = operands.flatMap((operand, index) =>
      isPlane(operand) ? [{ index, kind: operand.kind }] : [],
    );
    for (let i = 0; i < pixels; i += 1) {
      slots.forEach((slot, k) => {
        values[slot.index] = fromPixel(columns[k]?.[i] ?? Number.NaN, slot.kind);
      });
      out[i] = toPixel(compute(values));
    }
    return out;
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
