import { brand, isBranded } from '../cube/brand.ts';
import { type Cube, isCube } from '../cube/cube.ts';
import type { Dimension, Label } from '../cube/dimension.ts';
import { isPlane, type Plane } from '../cube/plane.ts';
import { ProcessParameterInvalid } from '../errors.ts';

/**
 * What flows between the nodes of a process graph. `null` is openEO's no-data value. Inside a child process of a cube
 * process, pixels appear as a `Plane`: the child is evaluated once for all pixels of a plane, never pixel by pixel.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Plane
  | Cube
  | LabeledArray
  | ChildProcess
  | readonly Value[]
  | { readonly [key: string]: Value };

export type Arguments = Readonly<Record<string, Value>>;

/** An array whose elements have names: the values along a dimension. */
export interface LabeledArray {
  readonly [brand]: 'labeled-array';
  readonly labels: readonly Label[];
  readonly aliases?: Dimension['aliases'];
  readonly values: readonly Value[];
}

/** A process graph given as an argument (a reducer, a condition). */
export interface ChildProcess {
  readonly [brand]: 'child';
  call(parameters: Arguments): Value;
}

/** What a process may ask of the run it belongs to. */
export interface Scope {
  /** The cube planned for the `load_collection` node that is being evaluated. */
  loaded(): Cube;
  /** Notes that a result is wanted in a format. */
  save(cube: Cube, format: string, options: Arguments): void;
}

export function labeledArray(
  labels: readonly Label[],
  values: readonly Value[],
  aliases?: Dimension['aliases'],
): LabeledArray {
  return { [brand]: 'labeled-array', labels, values, aliases };
}

export function isLabeledArray(value: unknown): value is LabeledArray {
  return isBranded(value, 'labeled-array');
}

export function isChildProcess(value: unknown): value is ChildProcess {
  return isBranded(value, 'child');
}

/** The elements of an array argument, labelled or not. Throws `ProcessParameterInvalid`. */
export function elementsOf(value: Value | undefined, parameter: string): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (isLabeledArray(value)) return value.values;
  throw new ProcessParameterInvalid(`parameter '${parameter}' must be an array, not ${describeValue(value)}`);
}

/** A cube argument. Throws `ProcessParameterInvalid`. */
export function cubeOf(value: Value | undefined, parameter: string): Cube {
  if (isCube(value)) return value;
  throw new ProcessParameterInvalid(
    `parameter '${parameter}' must be a data cube, not ${describeValue(value)}`,
  );
}

/** A child process argument. Throws `ProcessParameterInvalid`. */
export function childOf(value: Value | undefined, parameter: string): ChildProcess {
  if (isChildProcess(value)) return value;
  throw new ProcessParameterInvalid(
    `parameter '${parameter}' must be a process, not ${describeValue(value)}`,
  );
}

/** A text argument. Throws `ProcessParameterInvalid`. */
export function textOf(value: Value | undefined, parameter: string): string {
  if (typeof value === 'string') return value;
  throw new ProcessParameterInvalid(`parameter '${parameter}' must be a text, not ${describeValue(value)}`);
}

/** A value in words, for messages. */
export function describeValue(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (isCube(value)) return 'a data cube';
  if (isPlane(value)) return 'pixels';
  if (isLabeledArray(value)) return 'a labelled array';
  if (isChildProcess(value)) return 'a process';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
