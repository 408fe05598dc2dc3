import { inspect } from 'node:util';
import { sourceColumn } from '../compiler/source-columns.ts';
import { CellSyntaxError } from '../compiler/syntax-error.ts';
import type { Failure } from '../messages.ts';

/** How deep `cause` chains are told. */
const mostCauses = 5;
const mostFrames = 50;

/**
 * What a front end shows of a thrown value: the name of its class, its message, and a traceback whose places are those
 * of the cell (`cell 3:2:5` is line 2, column 5 of the cell with execution count 3). Frames of the kernel are left out.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CellSyntaxError) {
    const place = `at cell line ${error.line}, column ${error.column}`;
    return {
      ename: error.name,
      evalue: error.message,
      traceback: [`${error.name}: ${error.message} (${place})`, ...error.excerpt.split('\n')],
    };
  }
  if (!isError(error)) {
    const evalue = inspect(error, { colors: false, depth: 2 });
    return { ename: 'Thrown', evalue, traceback: [`Thrown: ${evalue}`] };
  }
  const ename = textOf(() => error.name) ?? 'Error';
  return { ename, evalue: textOf(() => error.message) ?? '', traceback: tracebackOf(error, 0) };
}

function tracebackOf(error: Error, depth: number): string[] {
  const name = textOf(() => error.name) ?? 'Error';
  const message = textOf(() => error.message) ?? '';
  const stack = textOf(() => error.stack) ?? '';
  const title = message === '' ? name : `${name}: ${message}`;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const ours = frames.findIndex(isKernelFrame);
  const lines = (ours < 0 ? frames : frames.slice(0, ours)).slice(0, mostFrames).map(cellPlaces);
  const parts = [title, ...lines];
  if (depth >= mostCauses) return parts;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  if (cause !== undefined) parts.push(...indent('caused by ', causeOf(cause, depth)));
  if (Array.isArray(errors))
    for (const one of errors.slice(0, 10)) parts.push(...indent('- ', causeOf(one, depth)));
  return parts;
}

function causeOf(cause: unknown, depth: number): string[] {
  return isError(cause) ? tracebackOf(cause, depth + 1) : [inspect(cause, { colors: false, depth: 2 })];
}

function indent(label: string, [first = '', ...rest]: string[]): string[] {
  return [`${label}${first}`, ...rest];
}

/** `at f (cell-3.ts:2:5)` reads `at f (cell 3:2:5)`: the first number is the execution count, the column the source's. */
function cellPlaces(line: string): string {
  return line.replace(
    /\bcell-(\d+)\.ts:(\d+):(\d+)/g,
    (_place, cell: string, row: string, column: string) =>
      `cell ${cell}:${row}:${sourceColumn(Number(cell), Number(row), Number(column))}`,
  );
}

const here = new URL('.', import.meta.url).href;

/** From the first frame of the inspector or of the cell process on, a stack only tells how the cell was started. */
function isKernelFrame(line: string): boolean {
  return line.includes('node:inspector') || line.includes(here);
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** Properties of a user's error may be getters that throw, or no texts. */
function textOf(read: () => unknown): string | undefined {
  try {
    const value = read();
    return value === undefined || value === null ? undefined : String(value);
  } catch {
    return undefined;
  }
}
