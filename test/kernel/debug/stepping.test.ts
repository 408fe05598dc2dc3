import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { murmur2 } from '../../../kernel/debug/murmur2.ts';
import { TestDebugger } from './debug-client.ts';

const work = `function work(a: number) {
  const b = a + 1;
  const c = b * 2;
  return c;
}
`;
const cell = `${work}const result = work(20);
console.log('result', result);`;

let debug: TestDebugger;
const lines = (frames: { name: string; line: number }[]) => frames.map(({ name, line }) => `${name}:${line}`);

describe('stopping and stepping', () => {
  before(async () => {
    debug = await TestDebugger.start();
  });
  after(() => debug.stopKernel());
  afterEach(async () => {
    await debug.request('disconnect');
    await debug.kernel.run('1');
    for (let at = debug.kernel.log.length - 1; at >= 0; at--) debug.kernel.log.splice(at, 1);
  });

  test('a breakpoint set before the cell ran: frames have names, lines and the path that front ends compute', async () => {
    await debug.attach();
    const path = await debug.breakIn(cell, { line: 3 });
    const { tmpFilePrefix, tmpFileSuffix, hashSeed } = await debug.request('debugInfo');
    assert.equal(path, `${tmpFilePrefix}${murmur2(cell, hashSeed)}${tmpFileSuffix}`);
    const id = debug.kernel.startCell(cell);
    const frames = await debug.stop();
    assert.match(lines(frames).join(), /^work:3,cell \d+:6$/);
    assert.deepEqual(
      frames.map((frame) => frame.source.path),
      [path, path],
    );
    assert.equal(frames[1].column, 16);
    const [stopped] = debug.events('stopped');
    assert.deepEqual([stopped.reason, stopped.threadId, stopped.allThreadsStopped], ['breakpoint', 1, true]);
    assert.deepEqual((await debug.request('debugInfo')).stoppedThreads, [1]);
    await debug.request('continue', { threadId: 1 });
    const turn = await debug.kernel.turn(id);
    assert.equal(turn.reply.status, 'ok');
    assert.equal(turn.text(), 'result 42\n');
    assert.equal(debug.events('continued').length, 1);
    assert.deepEqual((await debug.request('debugInfo')).stoppedThreads, []);
  });

  test('steps over, into and out of functions, and never into the kernel', async () => {
    await debug.attach();
    await debug.breakIn(cell, { line: 6 });
    const id = debug.kernel.startCell(cell);
    await debug.stop(1);
    await debug.request('stepIn', { threadId: 1 });
    assert.match(lines(await debug.stop(2)).join(), /^work:2,cell/);
    await debug.request('next', { threadId: 1 });
    assert.match(lines(await debug.stop(3)).join(), /^work:3,/);
    await debug.request('stepOut', { threadId: 1 });
    assert.match(lines(await debug.stop(4)).join(), /^cell \d+:7$/);
    assert.equal(debug.events('stopped').at(-1).reason, 'step');
    await debug.request('stepIn', { threadId: 1 }); // console.log is the kernel's
    await debug.kernel.turn(id);
    assert.equal(debug.events('stopped').length, 4);
    await sleep(100);
    assert.equal(debug.events('continued').length, 1);
  });

  test('steps over an await at the top level', async () => {
    await debug.attach();
    const code = 'let before = 1;\nawait new Promise((resolve) => setTimeout(resolve, 30));\nlet behind = 2;';
    await debug.breakIn(code, { line: 2 });
    const id = debug.kernel.startCell(code);
    await debug.stop(1);
    await debug.request('next', { threadId: 1 });
    let frames = await debug.stop(2);
    while (frames[0].line === 2) {
      await debug.request('next', { threadId: 1 });
      frames = await debug.stop(debug.events('stopped').length + 1);
    }
    assert.equal(frames[0].line, 3);
    await debug.request('continue', { threadId: 1 });
    await debug.kernel.turn(id);
  });

  test('cells that run after a step past the end of one do not stop', async () => {
    await debug.attach();
    const code = 'let a1 = 1;\nlet a2 = 2;';
    await debug.breakIn(code, { line: 2 });
    const id = debug.kernel.startCell(code);
    await debug.stop(1);
    await debug.request('next', { threadId: 1 });
    await debug.kernel.turn(id, 'shell', 4000);
    const next = await debug.kernel.run('let a3 = 3;\nlet a4 = 4;\na4');
    assert.equal(next.reply.status, 'ok');
    assert.equal(debug.events('stopped').length, 1);
  });

  test('breakpoints hold in functions of cells that ran before the debugger was attached', async () => {
    await debug.kernel.run(work);
    await debug.attach();
    const path = await debug.breakIn(work, { line: 2 });
    const id = debug.kernel.startCell('work(1)');
    const frames = await debug.stop();
    assert.equal(frames[0].source.path, path);
    assert.match(lines(frames).join(), /^work:2,cell \d+:1$/);
    await debug.request('continue', { threadId: 1 });
    assert.equal((await debug.kernel.turn(id)).of('execute_result')[0]?.execution_count !== undefined, true);
  });

  test('breakpoints hold each time that a cell runs, and no more once they are taken away', async () => {
    await debug.attach();
    const path = await debug.breakIn(cell, { line: 2 });
    for (const time of [1, 2]) {
      const id = debug.kernel.startCell(cell);
      await debug.stop(time);
      await debug.request('continue', { threadId: 1 });
      await debug.kernel.turn(id);
    }
    await debug.request('setBreakpoints', { source: { path }, breakpoints: [] });
    await debug.kernel.run(cell);
    assert.equal(debug.events('stopped').length, 2);
  });

  test('a breakpoint on a line of types or blanks goes to the next statement, and says so', async () => {
    await debug.attach();
    const code = 'interface A {\n  a: number;\n}\n\nconst one: A = { a: 1 };\none.a';
    const path = await debug.breakIn(code, { line: 2 });
    const id = debug.kernel.startCell(code);
    assert.equal((await debug.stop())[0].line, 5);
    assert.equal(debug.events('breakpoint')[0].breakpoint.line, 5);
    await debug.request('continue', { threadId: 1 });
    await debug.kernel.turn(id);
    const { breakpoints } = await debug.request('setBreakpoints', {
      source: { path },
      breakpoints: [{ line: 2 }],
    });
    assert.deepEqual([breakpoints[0].verified, breakpoints[0].line], [true, 5]);
  });

  test('conditions, hit conditions and log points', async () => {
    await debug.attach();
    const code = 'for (let i = 0; i < 10; i++) {\n  const double = i * 2;\n  void double;\n}';
    await debug.breakIn(
      code,
      { line: 2, logMessage: 'i is {i}, {nothing}' },
      { line: 3, condition: 'i > 3', hitCondition: '2' },
    );
    const id = debug.kernel.startCell(code);
    const [top] = await debug.stop();
    const { result } = await debug.request('evaluate', { expression: 'i', frameId: top.id, context: 'repl' });
    assert.equal(result, '5');
    await debug.request('continue', { threadId: 1 });
    const turn = await debug.kernel.turn(id);
    assert.equal(turn.text().split('\n')[9], 'i is 9, <ReferenceError: nothing is not defined>');
    assert.equal(debug.events('stopped').length, 1);
    const { breakpoints } = await debug.request('setBreakpoints', {
      source: { path: await debug.breakIn(code) },
      breakpoints: [{ line: 2, condition: 'i >' }],
    });
    assert.equal(breakpoints[0].verified, false);
    assert.match(breakpoints[0].message, /SyntaxError/);
  });

  test('uncaught errors stop where they are thrown, caught ones only if all are asked for', async () => {
    await debug.attach();
    const code =
      'let seen = 0;\ntry {\n  JSON.parse("{");\n} catch { seen += 1; }\ntry { throw new TypeError("caught"); } catch { seen += 1; }\nawait null;\nthrow new RangeError("out of it");';
    await debug.request('setExceptionBreakpoints', { filters: ['uncaught'] });
    let id = debug.kernel.startCell(code);
    assert.equal((await debug.stop(1))[0].line, 7);
    const [stopped] = debug.events('stopped');
    assert.deepEqual([stopped.reason, stopped.text], ['exception', 'RangeError: out of it']);
    assert.equal((await debug.request('exceptionInfo', { threadId: 1 })).exceptionId, 'RangeError');
    await debug.request('continue', { threadId: 1 });
    assert.equal((await debug.kernel.turn(id)).reply.ename, 'RangeError');
    assert.equal(debug.events('stopped').length, 1);

    await debug.request('setExceptionBreakpoints', { filters: ['all'] });
    id = debug.kernel.startCell(code);
    const at: number[] = [];
    for (const time of [2, 3, 4]) {
      at.push((await debug.stop(time))[0].line);
      await debug.request('continue', { threadId: 1 });
    }
    assert.deepEqual(at, [3, 5, 7]);
    await debug.kernel.turn(id);

    await debug.request('setExceptionBreakpoints', { filters: ['uncaught'] });
    id = debug.kernel.startCell('function fails() {\n  throw new Error("at once");\n}\nfails();');
    assert.deepEqual(
      lines(await debug.stop(5)).map((line) => line.replace(/\d+:/, '')),
      ['fails:2', 'cell 4'],
    );
    await debug.request('continue', { threadId: 1 });
    await debug.kernel.turn(id);
    await debug.request('setExceptionBreakpoints', { filters: [] });
    await debug.kernel.run(code);
    assert.equal(debug.events('stopped').length, 5);
  });

  test('a running cell can be paused', async () => {
    await debug.attach();
    const id = debug.kernel.startCell('let turns = 0;\nfor (;;) {\n  turns++;\n  if (turns < 0) break;\n}');
    await sleep(200);
    await debug.request('pause', { threadId: 1 });
    const [top] = await debug.stop();
    assert.equal(debug.events('stopped')[0].reason, 'pause');
    await debug.request('evaluate', { expression: 'turns = -10', frameId: top.id });
    await debug.request('continue', { threadId: 1 });
    assert.equal((await debug.kernel.turn(id)).reply.status, 'ok');
  });

  test('breakpoints in imported TypeScript files, also after the file changed', async () => {
    const file = join(debug.kernel.folder, 'lib', 'area (1).ts');
    mkdirSync(join(debug.kernel.folder, 'lib'), { recursive: true });
    writeFileSync(
      file,
      'export function area(a: number, b: number): number {\n  const size = a * b;\n  return size;\n}\n',
    );
    await debug.attach();
    await debug.request('setBreakpoints', { source: { path: file }, breakpoints: [{ line: 3 }] });
    const code = "import { area } from './lib/area (1).ts';\narea(2, 3)";
    let id = debug.kernel.startCell(code);
    const frames = await debug.stop();
    assert.match(lines(frames).join(), /^area:3,cell \d+:2$/);
    assert.equal(frames[0].source.path, file);
    assert.match((await debug.request('source', { source: { path: file } })).content, /const size/);
    assert.ok((await debug.request('modules')).modules.some((one: { path: string }) => one.path === file));
    await debug.request('continue', { threadId: 1 });
    await debug.kernel.turn(id);
    await sleep(20);
    writeFileSync(
      file,
      '\nexport function area(a: number, b: number): number {\n  const size = a * b;\n  return size + 1;\n}\n',
    );
    id = debug.kernel.startCell(code);
    assert.match(lines(await debug.stop(2)).join(), /^area:3,/);
    await debug.request('continue', { threadId: 1 });
    assert.deepEqual((await debug.kernel.turn(id)).of('execute_result')[0]?.data, { 'text/plain': '7' });
  });

  test('silent cells stop at no breakpoint', async () => {
    await debug.attach();
    await debug.breakIn(cell, { line: 2 });
    const turn = await debug.kernel.run(cell, { silent: true, store_history: false });
    assert.equal(turn.reply.status, 'ok');
    assert.equal(debug.events('stopped').length, 0);
  });

  test('columns are those of the source where the compiler moved them', async () => {
    await debug.attach();
    const code = 'function inner() {\n  return 1;\n}\nfunction outer() { return inner(); }\nouter();';
    await debug.breakIn(code, { line: 2 });
    const id = debug.kernel.startCell(code);
    const frames = await debug.stop();
    assert.deepEqual(
      frames.map(({ line, column }) => [line, column]),
      [
        [2, 3],
        [4, 27],
        [5, 1],
      ],
    );
    await debug.request('continue', { threadId: 1 });
    await debug.kernel.turn(id);
  });

  test('a debugger statement stops, and does nothing without a debugger', async () => {
    const code = 'let here = 1;\ndebugger;\nhere';
    assert.equal((await debug.kernel.run(code)).reply.status, 'ok');
    await debug.attach();
    const id = debug.kernel.startCell(code);
    assert.equal((await debug.stop())[0].line, 2);
    await debug.request('continue', { threadId: 1 });
    assert.equal((await debug.kernel.turn(id)).reply.status, 'ok');
  });

  test('timers that a cell left behind stop as well; an interrupt lets them go', async () => {
    await debug.attach();
    const code = 'let ticks = 0;\nconst ticking = setInterval(() => {\n  ticks += 1;\n}, 10);';
    await debug.breakIn(code, { line: 3 });
    assert.equal((await debug.kernel.run(code)).reply.status, 'ok');
    await debug.stop();
    await debug.kernel.ask('interrupt_request', {}, 'control');
    await debug.kernel.until(() => debug.events('continued').length > 0);
    await debug.request('disconnect');
    assert.equal((await debug.kernel.run('clearInterval(ticking); ticks')).reply.status, 'ok');
  });
});
