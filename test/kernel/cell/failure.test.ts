import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { describeFailure } from '../../../kernel/cell/failure.ts';

const linesOf = (error: unknown) => describeFailure(error).traceback.filter((line) => !/^\s+at /.test(line));

test('causes and errors of a group are told, each with its own lines', () => {
  const group = new AggregateError([new RangeError('one'), 'two'], 'all failed', {
    cause: new Error('root'),
  });
  assert.deepEqual(linesOf(group), [
    'AggregateError: all failed',
    'caused by Error: root',
    '- RangeError: one',
    "- 'two'",
  ]);
  const suppressed = new SuppressedError(new Error('closing'), new Error('body'));
  assert.deepEqual(linesOf(suppressed).slice(1), [
    'thrown while closing: Error: closing',
    'in place of: Error: body',
  ]);
});

test('names are those of the errors, also of the platform and of other threads', async () => {
  assert.equal(describeFailure(new DOMException('gone', 'AbortError')).ename, 'AbortError');
  const worker = new Worker('throw new RangeError("in a worker")', { eval: true });
  const error = await new Promise((resolve) => worker.once('error', resolve));
  const { ename, evalue } = describeFailure(error);
  assert.deepEqual([ename, evalue], ['RangeError', 'in a worker']);
});

test('what is thrown and no error is told as a value', () => {
  assert.deepEqual(describeFailure({ a: 1 }), {
    ename: 'Thrown',
    evalue: '{ a: 1 }',
    traceback: ['Thrown: { a: 1 }'],
  });
  for (const odd of [undefined, null, 'text', 4n, Symbol('s'), new Proxy({}, {}), Object.create(null)])
    assert.equal(describeFailure(odd).ename, 'Thrown');
});

test('values that the thrower added are told', () => {
  const error = Object.assign(new Error('no such file'), { code: 'ENOENT', path: '/x' });
  assert.deepEqual(linesOf(error)[1], "    { code: 'ENOENT', path: '/x' }");
});

test('an error whose parts throw, are no texts or go in circles is still told', () => {
  const hostile = new Error('x');
  for (const name of ['name', 'message', 'stack', 'cause', 'errors'])
    Object.defineProperty(hostile, name, {
      get() {
        throw new RangeError('no');
      },
    });
  assert.deepEqual(describeFailure(hostile), { ename: 'Error', evalue: '', traceback: ['Error'] });
  const trap = () => {
    throw new RangeError('no');
  };
  const proxy = new Proxy({ code: 1 }, { get: trap, getPrototypeOf: trap });
  assert.deepEqual(linesOf(new Error('said', { cause: proxy })), ['Error: said', 'caused by { code: 1 }']);
  const circle = new Error('round');
  circle.cause = circle;
  assert.equal(linesOf(circle).length, 6);
  const overwritten = Object.assign(new Error('said'), { stack: 'something else' });
  assert.deepEqual(describeFailure(overwritten).traceback, ['Error: said']);
});

test('lines of a message are no frames', () => {
  const error = new Error('first\n    at second (message)');
  error.stack = `Error: first\n    at second (message)\n    at f (cell-1.ts:1:1)`;
  assert.deepEqual(describeFailure(error).traceback, [
    'Error: first\n    at second (message)',
    '    at f (cell 1:1:1)',
  ]);
});

test('frames of the kernel are left out, above the cell and below it', () => {
  const error = new Error('wrong');
  const kernel = new URL('../../../kernel/cell/', import.meta.url).href;
  error.stack = `Error: wrong\n    at show (${kernel}display.ts:1:1)\n    at cell-4.ts:2:3\n    at node:inspector:1:1\n    at run (${kernel}evaluate.ts:1:1)\n    at later (file:///x.ts:1:1)`;
  assert.deepEqual(describeFailure(error).traceback, ['Error: wrong', '    at cell 4:2:3']);
  error.stack = `Error: wrong\n    at show (${kernel}display.ts:1:1)`;
  assert.deepEqual(describeFailure(error).traceback, ['Error: wrong']);
});

test('frames of the event loop are left out, and those of Node where none is of a user', () => {
  const error = new Error('wrong');
  const ticks = 'at process.processTicksAndRejections (node:internal/process/task_queues:104:5)';
  error.stack = `Error: wrong\n    at readFileSync (node:fs:1:1)\n    at f (cell-4.ts:2:3)\n    ${ticks}\n    at async cell-4.ts:9:1`;
  const frames = ['    at readFileSync (node:fs:1:1)', '    at f (cell 4:2:3)', '    at async cell 4:9:1'];
  assert.deepEqual(describeFailure(error).traceback, ['Error: wrong', ...frames]);
  error.stack = `Error: wrong\n    at process.emit (node:events:514:28)\n    ${ticks}`;
  assert.deepEqual(describeFailure(error).traceback, ['Error: wrong']);
});

test('a traceback is of bounded length', () => {
  const tree = (depth: number): Error =>
    depth === 0
      ? new Error('leaf '.repeat(100_000))
      : new AggregateError(
          Array.from({ length: 12 }, () => tree(depth - 1)),
          'group',
        );
  const { traceback } = describeFailure(tree(4));
  assert.ok(traceback.length < 400);
  assert.ok(traceback.every((line) => line.length < 25_000));
});

test('a syntax error in an imported module names the file and the line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-failure-'));
  const file = join(folder, 'bad.ts');
  writeFileSync(file, 'export const ok = 1;\nlet x = = 3;');
  const error: unknown = await import(file).catch((thrown: unknown) => thrown);
  rmSync(folder, { recursive: true });
  assert.deepEqual(linesOf(error).slice(0, 5), [
    `${file}:2`,
    'export const ok = 1;',
    'let x = = 3;',
    '        ^',
    'SyntaxError: Expression expected',
  ]);
});
