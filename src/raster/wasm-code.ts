/*
 * A small assembler of WebAssembly modules (core specification 2.0, section 5): one memory, functions of 32-bit numbers, and
 * the instructions that the programs beside it use. Loads and stores take a place and a constant offset.
 */

export type ValueType = 'i32' | 'i64' | 'v128';

/** Appends its code; `open` are the blocks around it, the innermost last. */
type Emit = (code: number[], open: object[]) => void;

export interface Expression<T extends ValueType> {
  readonly type: T;
  readonly emit: Emit;
}
export interface Statement {
  readonly type: 'none';
  readonly emit: Emit;
}
/** What instructions take: constants may be given as numbers. */
export type I32 = Expression<'i32'> | number;
export type I64 = Expression<'i64'> | bigint;
export type V128 = Expression<'v128'>;
type Operand<T extends ValueType> = T extends 'i32' ? I32 : T extends 'i64' ? I64 : V128;

export interface Variable<T extends ValueType> extends Expression<T> {
  set(value: Operand<T>): Statement;
}
/** Leaves the block, or begins the loop again, that gave it. */
export interface Branch {
  always(): Statement;
  when(condition: I32): Statement;
}

const typeCodes = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
const NO_RESULT = 0x40;
const END = 0x0b;

function putUnsigned(code: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) code.push((rest & 0x7f) | 0x80);
  code.push(rest);
}

function putSigned(code: number[], value: number): void {
  let rest = value;
  for (; rest < -64 || rest > 63; rest >>= 7) code.push((rest & 0x7f) | 0x80);
  code.push(rest & 0x7f);
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  putUnsigned(bytes, value);
  return bytes;
}

function push(code: number[], value: I32 | I64 | V128, open: object[]): void {
  if (typeof value === 'object') {
    value.emit(code, open);
    return;
  }
  // Constants of 64 bits are small.
  code.push(typeof value === 'number' ? 0x41 : 0x42);
  putSigned(code, Number(value) | 0);
}

function instruction<T extends ValueType | 'none'>(
  type: T,
  operands: readonly (I32 | I64 | V128)[],
  ...opcode: readonly number[]
): { readonly type: T; readonly emit: Emit } {
  return {
    type,
    emit: (code, open) => {
      for (let i = 0; i < operands.length; i++) push(code, operands[i] as I32, open);
      for (let i = 0; i < opcode.length; i++) code.push(opcode[i] as number);
    },
  };
}

const of32 = (opcode: number) => (a: I32, b: I32) => instruction('i32', [a, b], opcode);
const of64 = (opcode: number) => (a: I64, b: I64) => instruction('i64', [a, b], opcode);
const load =
  <T extends ValueType>(type: T, ...opcode: number[]) =>
  (place: I32, offset = 0) =>
    instruction(type, [place], ...opcode, 0, ...unsigned(offset));
const store =
  <V extends I32 | I64 | V128>(...opcode: number[]) =>
  (place: I32, value: V, offset = 0) =>
    instruction('none', [place, value], ...opcode, 0, ...unsigned(offset));
const vector = (opcode: number) => [0xfd, ...unsigned(opcode)] as const;

export const i32 = {
  load: load('i32', 0x28),
  load8: load('i32', 0x2d),
  load16: load('i32', 0x2f),
  store: store<I32>(0x36),
  store8: store<I32>(0x3a),
  store16: store<I32>(0x3b),
  isZero: (a: I32) => instruction('i32', [a], 0x45),
  eq: of32(0x46),
  ne: of32(0x47),
  lessSigned: of32(0x48),
  less: of32(0x49),
  more: of32(0x4b),
  atMost: of32(0x4d),
  atLeast: of32(0x4f),
  leadingZeros: (a: I32) => instruction('i32', [a], 0x67),
  add: of32(0x6a),
  sub: of32(0x6b),
  mul: of32(0x6c),
  remainder: of32(0x70),
  and: of32(0x71),
  or: of32(0x72),
  xor: of32(0x73),
  shl: of32(0x74),
  shr: of32(0x76),
  wrap: (a: I64) => instruction('i32', [a], 0xa7),
};

export const i64 = {
  load: load('i64', 0x29),
  load32: load('i64', 0x35),
  store: store<I64>(0x37),
  sub: of64(0x7d),
  or: of64(0x84),
  shl: of64(0x86),
  shr: of64(0x88),
  extend: (a: I32) => instruction('i64', [a], 0xad),
};

export const v128 = {
  load: load('v128', ...vector(0)),
  store: store<V128>(...vector(11)),
  constant: (bytes: readonly number[]) => instruction('v128', [], ...vector(12), ...bytes),
  splat8: (a: I32) => instruction('v128', [a], ...vector(15)),
  lane32: (a: V128, lane: number) => instruction('i32', [a], ...vector(27), lane),
  /** Sums of neighbours, widened. */
  pairSums8: (a: V128) => instruction('v128', [a], ...vector(125)),
  pairSums16: (a: V128) => instruction('v128', [a], ...vector(127)),
  shr16: (a: V128, bits: I32) => instruction('v128', [a, bits], ...vector(141)),
  add16: (a: V128, b: V128) => instruction('v128', [a, b], ...vector(142)),
  add32: (a: V128, b: V128) => instruction('v128', [a, b], ...vector(174)),
  /** Sums of two neighbouring products of 16-bit numbers. */
  dot16: (a: V128, b: V128) => instruction('v128', [a, b], ...vector(186)),
};

export const memory = {
  copy: (to: I32, from: I32, length: I32) => instruction('none', [to, from, length], 0xfc, 10, 0, 0),
  fill: (to: I32, value: I32, length: I32) => instruction('none', [to, value, length], 0xfc, 11, 0),
};

/** Ends the function. */
export const give = (value: I32): Statement => instruction('none', [value], 0x0f);

type Body = readonly Statement[];

function emitBody(body: Body, code: number[], open: object[], label: object): void {
  open.push(label);
  for (const statement of body) statement.emit(code, open);
  open.pop();
}

function structure(opcode: number, body: (branch: Branch) => Body): Statement {
  const label = {};
  const branch = (code: number[], open: object[], way: number): void => {
    code.push(way);
    putUnsigned(code, open.length - 1 - open.lastIndexOf(label));
  };
  const statements = body({
    always: () => ({ type: 'none', emit: (code, open) => branch(code, open, 0x0c) }),
    when: (condition) => ({
      type: 'none',
      emit: (code, open) => {
        push(code, condition, open);
        branch(code, open, 0x0d);
      },
    }),
  });
  return {
    type: 'none',
    emit: (code, open) => {
      code.push(opcode, NO_RESULT);
      emitBody(statements, code, open, label);
      code.push(END);
    },
  };
}

/** Its branch leaves it. */
export const block = (body: (leave: Branch) => Body): Statement => structure(0x02, body);
/** Its branch begins it again; it ends where its body ends. */
export const loop = (body: (again: Branch) => Body): Statement => structure(0x03, body);

export function when(condition: I32, body: Body, otherwise: Body = []): Statement {
  return {
    type: 'none',
    emit: (code, open) => {
      push(code, condition, open);
      code.push(0x04, NO_RESULT);
      emitBody(body, code, open, body);
      if (otherwise.length > 0) {
        code.push(0x05);
        emitBody(otherwise, code, open, otherwise);
      }
      code.push(END);
    },
  };
}

function variable<T extends ValueType>(type: T, read: number, write: number, index: number): Variable<T> {
  return {
    type,
    emit: (code) => {
      code.push(read);
      putUnsigned(code, index);
    },
    set: (value) => instruction('none', [value], write, ...unsigned(index)),
  };
}

/** Makes variables of one function. */
export type Local = <T extends ValueType>(type: T) => Variable<T>;

export class WasmCode {
  readonly #functions: { readonly parameters: number; readonly name: string; readonly code: number[] }[] = [];
  readonly #globals: number[][] = [];
  readonly #data: number[][] = [];

  /** A variable that all functions share; 0 at first. */
  global<T extends 'i32' | 'i64'>(type: T): Variable<T> {
    this.#globals.push([typeCodes[type], 1, type === 'i32' ? 0x41 : 0x42, 0, END]);
    return variable(type, 0x23, 0x24, this.#globals.length - 1);
  }

  /** Bytes that lie in the memory from the start. */
  data(place: number, bytes: readonly number[]): void {
    const segment = [0, 0x41];
    putSigned(segment, place);
    segment.push(END, ...unsigned(bytes.length), ...bytes);
    this.#data.push(segment);
  }

  /** A function of as many 32-bit numbers as `body` takes; it must `give` one on every way. Exported by its name. */
  define(
    name: string,
    body: (local: Local, ...parameters: Variable<'i32'>[]) => Body,
  ): (...values: I32[]) => Expression<'i32'> {
    const parameters = body.length - 1;
    const locals: ValueType[] = [];
    const statements = body(
      (type) => variable(type, 0x20, 0x21, parameters + locals.push(type) - 1),
      ...Array.from({ length: parameters }, (_, i) => variable('i32', 0x20, 0x21, i)),
    );
    const code = unsigned(locals.length);
    for (const type of locals) code.push(1, typeCodes[type]);
    for (const statement of statements) statement.emit(code, []);
    const UNREACHABLE = 0x00;
    code.push(UNREACHABLE, END);
    const index = this.#functions.push({ parameters, name, code }) - 1;
    return (...values) => instruction('i32', values, 0x10, ...unsigned(index));
  }

  /** The module; it exports its functions, and its `memory` of `pages` pages at first. */
  bytes(pages: number): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const most = Math.max(...functions.map(({ parameters }) => parameters));
    const types = Array.from({ length: most + 1 }, (_, count) => [
      0x60,
      count,
      ...Array.from({ length: count }, () => typeCodes.i32),
      1,
      typeCodes.i32,
    ]);
    const module: Uint8Array[] = [Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])];
    const section = (id: number, items: readonly (readonly number[])[]): void => {
      const content = Buffer.concat([unsigned(items.length), ...items].map((item) => Buffer.from(item)));
      module.push(Buffer.from([id, ...unsigned(content.length)]), content);
    };
    section(1, types);
    section(
      3,
      functions.map(({ parameters }) => [parameters]),
    );
    section(5, [[0, ...unsigned(pages)]]);
    section(6, this.#globals);
    section(7, [
      [...named('memory'), 2, 0],
      ...functions.map(({ name }, index) => [...named(name), 0, ...unsigned(index)]),
    ]);
    section(
      10,
      functions.map(({ code }) => unsigned(code.length).concat(code)),
    );
    section(11, this.#data);
    return new Uint8Array(Buffer.concat(module));
  }
}

function named(text: string): number[] {
  return [...unsigned(text.length), ...Buffer.from(text)];
}
