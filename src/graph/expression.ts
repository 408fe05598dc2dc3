import { InvalidArgument, ProcessUnsupported } from '../errors.ts';
import { processes } from '../processes/registry.ts';
import { type BuiltArgument, type BuiltChild, type BuiltNode, buildNode } from './built-node.ts';

/** What an operation takes besides the value it is called on. */
export type Operand = Expression | number | boolean | string | null;

interface IgnoreNodata {
  /** False: nodata makes the result nodata. */
  readonly ignore_nodata?: boolean | undefined;
}

interface CaseSensitive {
  readonly case_sensitive?: boolean | undefined;
}

interface SortOptions {
  /** False: the largest first. */
  readonly asc?: boolean | undefined;
  /** True: nodata last; false: first; left out: without it. */
  readonly nodata?: boolean | undefined;
}

/**
 * A value inside of a child process: a pixel, or the values along a dimension. Every method adds a process of the same
 * name; the value that it is called on is the process's first argument.
 */
export class Expression {
  readonly built: BuiltArgument;

  constructor(built: BuiltArgument) {
    this.built = built;
  }

  #with(
    process: string,
    args: Readonly<Record<string, Operand | readonly Operand[] | undefined>> = {},
  ): Expression {
    const first = processes.get(process)?.definition.parameters[0]?.name;
    if (first === undefined) throw new ProcessUnsupported(`there is no process '${process}'`);
    return callProcess(process, { [first]: this, ...args });
  }

  add(y: Operand): Expression {
    return this.#with('add', { y });
  }
  subtract(y: Operand): Expression {
    return this.#with('subtract', { y });
  }
  multiply(y: Operand): Expression {
    return this.#with('multiply', { y });
  }
  divide(y: Operand): Expression {
    return this.#with('divide', { y });
  }
  mod(y: Operand): Expression {
    return this.#with('mod', { y });
  }
  power(p: Operand): Expression {
    return this.#with('power', { p });
  }
  normalized_difference(y: Operand): Expression {
    return this.#with('normalized_difference', { y });
  }
  absolute(): Expression {
    return this.#with('absolute');
  }
  sgn(): Expression {
    return this.#with('sgn');
  }
  sqrt(): Expression {
    return this.#with('sqrt');
  }
  exp(): Expression {
    return this.#with('exp');
  }
  ln(): Expression {
    return this.#with('ln');
  }
  log(base: Operand): Expression {
    return this.#with('log', { base });
  }
  sin(): Expression {
    return this.#with('sin');
  }
  cos(): Expression {
    return this.#with('cos');
  }
  tan(): Expression {
    return this.#with('tan');
  }
  arcsin(): Expression {
    return this.#with('arcsin');
  }
  arccos(): Expression {
    return this.#with('arccos');
  }
  arctan(): Expression {
    return this.#with('arctan');
  }
  sinh(): Expression {
    return this.#with('sinh');
  }
  cosh(): Expression {
    return this.#with('cosh');
  }
  tanh(): Expression {
    return this.#with('tanh');
  }
  arsinh(): Expression {
    return this.#with('arsinh');
  }
  arcosh(): Expression {
    return this.#with('arcosh');
  }
  artanh(): Expression {
    return this.#with('artanh');
  }
  /** Of y, which it is called on, and x. */
  arctan2(x: Operand): Expression {
    return this.#with('arctan2', { x });
  }
  floor(): Expression {
    return this.#with('floor');
  }
  ceil(): Expression {
    return this.#with('ceil');
  }
  int(): Expression {
    return this.#with('int');
  }
  /** Rounds to `p` decimals, halves to even. */
  round(p?: number): Expression {
    return this.#with('round', { p });
  }
  clip(min: number, max: number): Expression {
    return this.#with('clip', { min, max });
  }
  linear_scale_range(inputMin: number, inputMax: number, outputMin?: number, outputMax?: number): Expression {
    return this.#with('linear_scale_range', { inputMin, inputMax, outputMin, outputMax });
  }

  eq(
    y: Operand,
    options: { readonly delta?: number | undefined; readonly case_sensitive?: boolean | undefined } = {},
  ): Expression {
    return this.#with('eq', { y, ...options });
  }
  neq(
    y: Operand,
    options: { readonly delta?: number | undefined; readonly case_sensitive?: boolean | undefined } = {},
  ): Expression {
    return this.#with('neq', { y, ...options });
  }
  gt(y: Operand): Expression {
    return this.#with('gt', { y });
  }
  gte(y: Operand): Expression {
    return this.#with('gte', { y });
  }
  lt(y: Operand): Expression {
    return this.#with('lt', { y });
  }
  lte(y: Operand): Expression {
    return this.#with('lte', { y });
  }
  between(
    min: number,
    max: number,
    options: { readonly exclude_max?: boolean | undefined } = {},
  ): Expression {
    return this.#with('between', { min, max, ...options });
  }
  is_nodata(): Expression {
    return this.#with('is_nodata');
  }
  is_infinite(): Expression {
    return this.#with('is_infinite');
  }
  is_nan(): Expression {
    return this.#with('is_nan');
  }
  is_valid(): Expression {
    return this.#with('is_valid');
  }

  and(y: Operand): Expression {
    return this.#with('and', { y });
  }
  or(y: Operand): Expression {
    return this.#with('or', { y });
  }
  xor(y: Operand): Expression {
    return this.#with('xor', { y });
  }
  not(): Expression {
    return this.#with('not');
  }
  /** `accept` where this value is true, else `reject` (nodata when left out). */
  if(accept: Operand, reject?: Operand): Expression {
    return this.#with('if', { accept, reject });
  }

  min(options: IgnoreNodata = {}): Expression {
    return this.#with('min', { ...options });
  }
  max(options: IgnoreNodata = {}): Expression {
    return this.#with('max', { ...options });
  }
  mean(options: IgnoreNodata = {}): Expression {
    return this.#with('mean', { ...options });
  }
  median(options: IgnoreNodata = {}): Expression {
    return this.#with('median', { ...options });
  }
  sum(options: IgnoreNodata = {}): Expression {
    return this.#with('sum', { ...options });
  }
  product(options: IgnoreNodata = {}): Expression {
    return this.#with('product', { ...options });
  }
  sd(options: IgnoreNodata = {}): Expression {
    return this.#with('sd', { ...options });
  }
  variance(options: IgnoreNodata = {}): Expression {
    return this.#with('variance', { ...options });
  }
  first(options: IgnoreNodata = {}): Expression {
    return this.#with('first', { ...options });
  }
  last(options: IgnoreNodata = {}): Expression {
    return this.#with('last', { ...options });
  }
  /** Two elements: minimum and maximum. */
  extrema(options: IgnoreNodata = {}): Expression {
    return this.#with('extrema', { ...options });
  }
  /** One element for each probability. */
  quantiles(probabilities: readonly number[], options: IgnoreNodata = {}): Expression {
    return this.#with('quantiles', { probabilities, ...options });
  }
  /** Number of valid elements; of all elements with `true`. */
  count(condition?: true): Expression {
    return this.#with('count', { condition });
  }
  any(options: IgnoreNodata = {}): Expression {
    return this.#with('any', { ...options });
  }
  all(options: IgnoreNodata = {}): Expression {
    return this.#with('all', { ...options });
  }

  array_element(which: {
    readonly index?: number | undefined;
    readonly label?: string | number | undefined;
    readonly return_nodata?: boolean | undefined;
  }): Expression {
    return this.#with('array_element', { ...which });
  }
  /** The element at a position, counted from 0. */
  at(index: number): Expression {
    return this.array_element({ index });
  }
  /** The element with a label: a band by its name. */
  band(label: string): Expression {
    return this.array_element({ label });
  }
  cumsum(options: IgnoreNodata = {}): Expression {
    return this.#with('cumsum', { ...options });
  }
  cumproduct(options: IgnoreNodata = {}): Expression {
    return this.#with('cumproduct', { ...options });
  }
  cummin(options: IgnoreNodata = {}): Expression {
    return this.#with('cummin', { ...options });
  }
  cummax(options: IgnoreNodata = {}): Expression {
    return this.#with('cummax', { ...options });
  }
  sort(options: SortOptions = {}): Expression {
    return this.#with('sort', { ...options });
  }
  order(options: SortOptions = {}): Expression {
    return this.#with('order', { ...options });
  }
  array_interpolate_linear(): Expression {
    return this.#with('array_interpolate_linear');
  }
  array_append(value: Operand): Expression {
    return this.#with('array_append', { value });
  }
  array_find(value: Operand, options: { readonly reverse?: boolean | undefined } = {}): Expression {
    return this.#with('array_find', { value, ...options });
  }
  text_begins(pattern: Operand, options: CaseSensitive = {}): Expression {
    return this.#with('text_begins', { pattern, ...options });
  }
  text_contains(pattern: Operand, options: CaseSensitive = {}): Expression {
    return this.#with('text_contains', { pattern, ...options });
  }
  text_ends(pattern: Operand, options: CaseSensitive = {}): Expression {
    return this.#with('text_ends', { pattern, ...options });
  }
  date_between(min: Operand, max: Operand): Expression {
    return this.#with('date_between', { min, max });
  }
  array_contains(value: Operand): Expression {
    return this.#with('array_contains', { value });
  }
  array_concat(array2: Expression): Expression {
    return this.#with('array_concat', { array2 });
  }
}

function toBuilt(operand: Operand | readonly Operand[]): BuiltArgument {
  if (operand instanceof Expression) return operand.built;
  return Array.isArray(operand) ? operand.map(toBuilt) : (operand as Exclude<Operand, Expression>);
}

/** A process with arguments by name, inside of a child process. */
export function callProcess(
  process: string,
  args: Readonly<Record<string, Operand | readonly Operand[] | undefined>>,
): Expression {
  const built = Object.fromEntries(
    Object.entries(args).map(([name, operand]) => [
      name,
      operand === undefined ? undefined : toBuilt(operand),
    ]),
  );
  return new Expression(buildNode(process, built));
}

/** An array of expressions, to call `.any()`, `.sum()`, ... on. */
export function arrayOf(...elements: readonly Operand[]): Expression {
  return callProcess('array_create', { data: elements });
}

/** A child process: the name of a process, or a function that builds one from its parameters. */
export type ChildArgument<Parameters extends readonly Expression[]> =
  | string
  | ((...parameters: Parameters) => Operand | readonly Operand[]);

/**
 * Builds a child process whose caller passes parameters of these names. A process given by name gets them as its first
 * arguments, or in an array when it takes `data` and there are several. Throws `ProcessUnsupported`.
 */
export function buildChild<Parameters extends readonly Expression[]>(
  child: ChildArgument<Parameters>,
  names: readonly string[],
): BuiltChild {
  const parameters = names.map((parameter) => new Expression({ parameter }));
  if (typeof child === 'function')
    return { child: resultNode(child(...(parameters as unknown as Parameters))) };
  const definition = processes.get(child)?.definition;
  if (definition === undefined) throw new ProcessUnsupported(`there is no process '${child}'`);
  const first = definition.parameters[0]?.name;
  if (first === undefined) throw new InvalidArgument(`process '${child}' takes no argument`);
  if (first === 'data' && names.length > 1)
    return { child: resultNode(callProcess(child, { data: parameters })) };
  const args = Object.fromEntries(
    parameters.map((parameter, k) => [definition.parameters[k]?.name ?? first, parameter]),
  );
  return { child: resultNode(callProcess(child, args)) };
}

/** The node that gives a child's result; plain values and parameters pass through `constant`, arrays through `array_create`. */
function resultNode(result: Operand | readonly Operand[]): BuiltNode {
  const built = toBuilt(result);
  if (typeof built === 'object' && built !== null && 'node' in built) return built as BuiltNode;
  return Array.isArray(built)
    ? buildNode('array_create', { data: built })
    : buildNode('constant', { x: built });
}
