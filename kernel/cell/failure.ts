import { types } from 'node:util';
import { sourceColumn } from '../compiler/source-columns.ts';
import { CellSyntaxError } from '../compiler/syntax-error.ts';
import type { Failure } from '../messages.ts';
import { plainText, shortText } from './plain-text.ts';
import { isList } from './still-value.ts';

/** How deep `cause` chains are told. */
const mostCauses = 5;
const mostFrames = 50;
const mostErrors = 10;
const mostLines = 300;
const mostMessage = 20_000;

/**
 * What a front end shows of a thrown value: the name of its class, its message, and a traceback whose places are those
 * of the cell (`cell 3:2:5` is line 2, column 5 of the cell with execution count 3). Frames of the kernel are left out.
 */
export function describeFailure(error: unknown): Failure {
  try {
    return describe(error);
  } catch {
    // A proxy or a class of the user's that fails wherever it is looked at; its cell must end all the same.
    const evalue = 'A value that cannot be shown: looking at it throws';
    return { ename: 'Thrown', evalue, traceback: [`Thrown: ${evalue}`] };
  }
}

function describe(error: unknown): Failure {
  if (error instanceof CellSyntaxError) {
    const place = `at cell line ${error.line}, column ${error.column}`;
    return {
      ename: error.name,
      evalue: error.message,
      traceback: [`${error.name}: ${error.message} (${place})`, ...error.excerpt.split('\n')],
    };
  }
  if (!isError(error)) {
    return { ename: 'Thrown', evalue: shortText(error), traceback: [`Thrown: ${plainText(error)}`] };
  }
  const ename = textOf(() => error.name) ?? 'Error';
  return { ename, evalue: messageOf(error), traceback: tracebackOf(error) };
}

/** An error as a value that is looked at: the same text as when it is thrown. */
export function errorText(error: Error): string {
  return tracebackOf(error).join('\n');
}

/** Whether something is an error, of whatever realm. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || attempt(() => value instanceof Error) === true;
}

function tracebackOf(error: Error): string[] {
  const lines: string[] = [];
  tell(error, '', 0, lines);
  return lines;
}

/** Adds what is known of an error and those behind it, until `mostLines` are full. */
function tell(error: unknown, label: string, depth: number, lines: string[]): void {
  if (lines.length >= mostLines) return;
  if (!isError(error)) {
    lines.push(`${label}${shortText(error)}`);
    return;
  }
  const name = textOf(() => error.name) ?? 'Error';
  const message = messageOf(error);
  const { head, frames } = partsOfStack(error);
  lines.push(...head, `${label}${message === '' ? name : `${name}: ${message}`}`);
  lines.push(...framesOfUser(frames).slice(0, mostFrames).map(cellPlaces));
  const more = detailsOf(error, name);
  if (more !== undefined) lines.push(`    ${more}`);
  if (depth >= mostCauses) return;
  const part = (of: string): unknown => attempt(() => (error as unknown as Record<string, unknown>)[of]);
  const causes = [
    ['caused by ', part('cause')],
    ['thrown while closing: ', name === 'SuppressedError' ? part('error') : undefined],
    ['in place of: ', name === 'SuppressedError' ? part('suppressed') : undefined],
  ] as const;
  for (const [why, cause] of causes) if (cause !== undefined) tell(cause, why, depth + 1, lines);
  const errors = part('errors');
  if (!isList(errors)) return;
  for (const one of errors.slice(0, mostErrors)) tell(one, '- ', depth + 1, lines);
  if (errors.length > mostErrors) lines.push(`… ${errors.length - mostErrors} more errors`);
}

/** Frames of a stack; a syntax error in a module has its place, line and caret in front of the message (`head`). */
function partsOfStack(error: Error): { head: string[]; frames: string[] } {
  const stack = textOf(() => error.stack) ?? '';
  const message = textOf(() => error.message) ?? '';
  const end = message === '' ? -1 : stack.indexOf(message);
  const before = end < 0 ? '' : stack.slice(0, end);
  const after = end < 0 ? stack : stack.slice(end + message.length);
  const head = /^\S+:\d+\n/.test(before)
    ? before
        .split('\n')
        .slice(0, -1)
        .filter((line) => line !== '')
    : [];
  return { head: head.slice(0, 6), frames: after.split('\n').filter((line) => /^\s+at /.test(line)) };
}

const told = new Set(['name', 'message', 'stack', 'cause', 'errors', 'error', 'suppressed']);

/** Values that the thrower added, such as `code` and `path` of a system error. */
function detailsOf(error: Error, name: string): string | undefined {
  const details: Record<string, unknown> = {};
  for (const [key, { enumerable, value }] of Object.entries(Object.getOwnPropertyDescriptors(error)))
    if (enumerable && !told.has(key) && value !== undefined && value !== name) details[key] = value;
  return Object.keys(details).length > 0 ? shortText(details) : undefined;
}

function messageOf(error: Error): string {
  const message = textOf(() => error.message) ?? '';
  return message.length <= mostMessage
    ? message
    : `${message.slice(0, mostMessage)}… ${message.length - mostMessage} more characters`;
}

/**
 * `at f (cell-3.ts:2:5)` reads `at f (cell 3:2:5)`: the first number is the execution count, the column the source's.
 * What has no count is named by what it is: `silent cell:2:5`.
 */
function cellPlaces(line: string): string {
  return line
    .replace(/\?changed=\d+(?=:\d+:\d+)/, '')
    .replace(
      /\b(cell|silent|unstored|expression)-([\d-]+)\.ts:(\d+):(\d+)/g,
      (_place, kind: string, number: string, row: string, column: string) => {
        const place = `${row}:${sourceColumn(`${kind}-${number}`, Number(row), Number(column))}`;
        if (kind === 'expression') return `expression:${place}`;
        return kind === 'cell' ? `cell ${number}:${place}` : `${kind} cell:${place}`;
      },
    );
}

const here = new URL('.', import.meta.url).href;

/**
 * Without what a function of the kernel that the cell called did itself; from the next frame of the inspector or of the
 * cell process on, a stack only tells how the cell was started.
 */
function framesOfUser(all: readonly string[]): readonly string[] {
  const frames = all.filter((line) => !eventLoop.test(line));
  const start = frames.findIndex((line) => !isKernelFrame(line));
  const end = frames.findIndex((line, at) => at > start && isKernelFrame(line));
  const some = start < 0 ? [] : frames.slice(start, end < 0 ? undefined : end);
  // Frames of Node say something only beside those of a user.
  return some.every((line) => nodeFrame.test(line)) ? [] : some;
}

const eventLoop = /\(node:internal\/(process|timers)/;
const nodeFrame = /\(node:|at node:/;

function isKernelFrame(line: string): boolean {
  return line.includes('node:inspector') || line.includes(here);
}

/** Properties of a user's error may be getters that throw, or no texts. */
function textOf(read: () => unknown): string | undefined {
  const value = attempt(read);
  return value === undefined || value === null ? undefined : attempt(() => String(value));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
