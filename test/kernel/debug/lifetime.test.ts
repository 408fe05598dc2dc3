import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestDebugger } from './debug-client.ts';

const work = `function work(a: number) {
  const b = a + 1;
  return b;
}
work(1)`;

let debug: TestDebugger;

async function stopAtWork(): Promise<string> {
  await debug.attach();
  await debug.breakIn(work, { line: 3 });
  const id = debug.kernel.startCell(work);
  await debug.stop();
  return id;
}

describe('a debugger and the life of its kernel', () => {
  beforeEach(async () => {
    debug = await TestDebugger.start();
  });
  afterEach(() => debug.stopKernel());

  test('what cannot be done is a response that says why, never an error of the kernel', async () => {
    const refusals: [string, Record<string, never> | Record<string, unknown>, RegExp][] = [
      ['fly', {}, /does not know the command 'fly'/],
      ['continue', { threadId: 1 }, /No cell is stopped/],
      ['scopes', { frameId: 1 }, /No cell is stopped/],
      ['scopes', { frameId: 'x' }, /'frameId' of scopes is "x"/],
      ['variables', { variablesReference: 99 }, /no variable 99/],
      ['setBreakpoints', { source: {}, breakpoints: [] }, /'source' has no path/],
      ['setBreakpoints', { source: { path: '/a' }, breakpoints: [{ line: -1 }] }, /line -1/],
      [
        'setBreakpoints',
        { source: { path: '/a' }, breakpoints: [{ line: 3e9 }] },
        /line 3000000000, not on a whole/,
      ],
      ['setBreakpoints', { source: { path: '/a' }, lines: Array(1001).fill(1) }, /1001 breakpoints are more/],
      ['source', { source: { path: '/nowhere.ts' } }, /no source at \/nowhere.ts/],
      ['source', { source: { path: '/dev/zero' } }, /\/dev\/zero is no source/],
      ['pause', {}, /not attached/],
    ];
    for (const [command, given, reason] of refusals) {
      const reply = await debug.ask(command, given as never);
      assert.deepEqual([reply.status, reply.success], ['ok', false], command);
      assert.match(String(reply.message), reason);
    }
    const { reply } = await debug.kernel.ask('debug_request', { type: 'request', seq: 1 }, 'control');
    assert.equal(reply.status, 'error');
    assert.equal((await debug.kernel.run('1')).reply.status, 'ok');
  });

  test('an expression that never ends is terminated, and the cell can go on', async () => {
    const id = await stopAtWork();
    const [{ id: frameId }] = (await debug.request('stackTrace', { threadId: 1 })).stackFrames;
    const { success, message } = await debug.ask('evaluate', { expression: 'while (true) {}', frameId });
    assert.deepEqual([success, /terminated/.test(String(message))], [false, true], String(message));
    const { result } = await debug.request('evaluate', { expression: 'b', frameId });
    assert.equal(result, '2');
    await debug.request('continue');
    assert.equal((await debug.kernel.turn(id)).reply.status, 'ok');
  });

  test('the features are announced', async () => {
    const { reply } = await debug.kernel.ask('kernel_info_request', {});
    assert.ok((reply.supported_features as string[]).includes('debugger'));
    const body = await debug.request('initialize', {});
    assert.ok(body.supportsLogPoints && body.exceptionBreakpointFilters.length === 2);
  });

  test('an interrupt ends a stopped cell, and its names stay', async () => {
    await debug.kernel.run('let kept = 5;');
    const id = await stopAtWork();
    const began = performance.now();
    await debug.kernel.ask('interrupt_request', {}, 'control');
    const { reply } = await debug.kernel.turn(id);
    assert.equal(reply.ename, 'Interrupted');
    assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
    await debug.kernel.until(() => debug.events('continued').length === 1);
    const next = await debug.kernel.run('kept');
    assert.deepEqual(next.of('execute_result')[0]?.data, { 'text/plain': '5' });
    const again = debug.kernel.startCell(work);
    await debug.stop(2);
    await debug.request('continue', { threadId: 1 });
    assert.equal((await debug.kernel.turn(again)).reply.status, 'ok');
  });

  test('an interrupt ends a cell that stops again and again', async () => {
    const code =
      'try {\n  for (;;) {\n    await null;\n  }\n} finally {\n  for (let i = 0; i < 9; i++) void i;\n}';
    await debug.attach();
    await debug.breakIn(code, { line: 3 }, { line: 6 });
    const id = debug.kernel.startCell(code);
    await debug.stop();
    await debug.kernel.ask('interrupt_request', {}, 'control');
    assert.equal((await debug.kernel.turn(id)).reply.ename, 'Interrupted');
    assert.equal((await debug.kernel.run('1 + 1')).reply.status, 'ok');
  });

  test('disconnecting lets a stopped cell go on to its end', async () => {
    const id = await stopAtWork();
    await debug.request('disconnect', { restart: false, terminateDebuggee: false });
    assert.equal((await debug.kernel.turn(id)).reply.status, 'ok');
    const info = await debug.request('debugInfo');
    assert.deepEqual([info.isStarted, info.breakpoints, info.stoppedThreads], [false, [], []]);
    assert.equal((await debug.kernel.run(work)).reply.status, 'ok');
    assert.equal(debug.events('stopped').length, 1);
    await stopAtWorkAgain();
  });

  async function stopAtWorkAgain(): Promise<void> {
    await debug.attach();
    await debug.breakIn(work, { line: 3 });
    const id = debug.kernel.startCell(work);
    await debug.stop(2);
    await debug.request('continue', { threadId: 1 });
    await debug.kernel.turn(id);
  }

  test('terminating ends the cell', async () => {
    const id = await stopAtWork();
    await debug.request('terminate');
    assert.equal((await debug.kernel.turn(id)).reply.status === 'error', true);
    assert.equal((await debug.kernel.run('2')).reply.status, 'ok');
  });

  test('a kernel that is shut down while a cell is stopped ends', async () => {
    await stopAtWork();
    const ended = once(debug.kernel.process, 'exit');
    debug.kernel.send('shutdown_request', { restart: false }, { channel: 'control' });
    await Promise.race([ended, sleep(5000).then(() => assert.fail('it still runs'))]);
  });

  test('breakpoints outlive the cell process, which says that it ended', async () => {
    const id = await stopAtWork();
    const { result: pid } = await debug.request('evaluate', { expression: 'process.pid' });
    process.kill(Number(pid), 'SIGKILL');
    assert.equal((await debug.kernel.turn(id)).reply.ename, 'CellProcessDied');
    await debug.kernel.until(() => debug.events('terminated').length === 1);
    assert.equal(debug.events('continued').length, 1);
    const info = await debug.request('debugInfo');
    assert.deepEqual([info.isStarted, info.stoppedThreads], [true, []]);
    assert.equal(info.breakpoints[0].breakpoints[0].line, 3);
    const again = debug.kernel.startCell(work);
    const [top] = await debug.stop(2);
    assert.equal(top.name, 'work');
    await debug.request('continue', { threadId: 1 });
    assert.equal((await debug.kernel.turn(again)).reply.status, 'ok');
  });

  test('a cell that ends its process while a debugger is attached', async () => {
    await debug.attach();
    const turn = await debug.kernel.run('process.exit(3)');
    assert.equal(turn.reply.ename, 'CellProcessDied');
    assert.equal((await debug.kernel.run('1')).reply.status, 'ok');
    await debug.kernel.until(() => debug.events('terminated').length === 1);
  });

  test('two cells of other code and the source of each', async () => {
    const { sourcePath } = await debug.request('dumpCell', { code: work });
    assert.equal(
      (await debug.request('source', { source: { path: sourcePath }, sourceReference: 0 })).content,
      work,
    );
    await debug.kernel.run('let other = 1;');
    const { tmpFilePrefix } = await debug.request('debugInfo');
    assert.ok(sourcePath.startsWith(tmpFilePrefix));
  });

  test('what user code does to descriptor 6 does the kernel no harm', async () => {
    await debug.attach();
    const turn = await debug.kernel.run(
      'require(\'node:fs\').writeSync(6, \'no JSON\\n{}\\nnull\\n{"method":"Debugger.paused","params":{}}\\n\')',
    );
    assert.equal(turn.reply.status, 'ok', String(turn.reply.evalue));
    assert.equal((await debug.kernel.run('3')).reply.status, 'ok');
    assert.equal((await debug.request('threads')).threads[0].id, 1);
  });
});
