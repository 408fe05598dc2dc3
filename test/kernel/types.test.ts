import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { processTree } from '../support/process-memory.ts';
import { TestKernel } from './client.ts';

const timed = '%time let late: string = 1';
const wrong = 'let n = 1;\nlet s: string = n;\nconsole.log("ran")';

describe('strict types', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start({ env: { FURROW_TYPES: 'strict' } });
  });
  after(() => kernel.stop());

  test('a cell with type errors does not run, even as the first one', async () => {
    const { reply, of, text } = await kernel.run(wrong);
    assert.equal(reply.status, 'error');
    assert.equal(reply.ename, 'TypesRefused');
    assert.match(String(reply.evalue), /^1 type error; /);
    const traceback = (reply.traceback as string[]).join('\n');
    assert.match(
      traceback,
      /Line 2: Type 'number' is not assignable .*\n2 \| let s: string = n;\n {2}\| {5}\^/,
    );
    assert.equal(text('stdout'), '');
    const [error] = of('error');
    assert.deepEqual(error, { ename: reply.ename, evalue: reply.evalue, traceback: reply.traceback });
    assert.equal(reply.execution_count, 1);
  });

  test('its names are not there, its text is in the history, the next cell has the next number', async () => {
    const { reply } = await kernel.run('typeof s');
    assert.equal(reply.ename, 'TypesRefused');
    const { reply: fine, of } = await kernel.run('const fine = 2; fine + 1');
    assert.equal(fine.status, 'ok');
    assert.equal(fine.execution_count, 3);
    assert.deepEqual(of('execute_result')[0]?.data, { 'text/plain': '3' });
    const history = await kernel.ask('history_request', {
      hist_access_type: 'tail',
      n: 5,
      output: false,
      raw: true,
    });
    assert.ok(
      (history.reply.history as [number, number, string][]).some(
        ([, line, code]) => line === 1 && code === wrong,
      ),
    );
  });

  test('cells behind it are aborted, unless stop_on_error is off', async () => {
    const first = kernel.startCell('fine = "x"');
    const second = kernel.startCell('1');
    await kernel.turn(first);
    assert.equal((await kernel.turn(second)).reply.status, 'aborted');
    await sleep(200);
    const third = kernel.startCell('fine = "x"', { stop_on_error: false });
    const fourth = kernel.startCell('1');
    await kernel.turn(third);
    assert.equal((await kernel.turn(fourth)).reply.status, 'ok');
  });

  test('silent cells and expressions are not checked; what does not parse fails as ever', async () => {
    assert.equal((await kernel.run('let z: string = 1', { silent: true })).reply.status, 'ok');
    const { reply } = await kernel.run('1', { user_expressions: { wrong: 'fine.nothing' } });
    assert.equal(reply.status, 'ok');
    assert.equal((await kernel.run('let = = 1')).reply.ename, 'SyntaxError');
  });
});

test('an interrupt ends the check that a cell waits for', async () => {
  const kernel = await TestKernel.start({ env: { FURROW_TYPES: 'strict' } });
  try {
    const cell = kernel.startCell('console.log("ran")');
    await kernel.until(() => kernel.answers(cell, 'iopub').length >= 2);
    await kernel.ask('interrupt_request', {}, 'control');
    const { reply, text } = await kernel.turn(cell);
    assert.equal(reply.ename, 'Interrupted');
    assert.equal(text(), '');
    assert.equal((await kernel.run('1 + 1')).reply.status, 'ok');
  } finally {
    await kernel.stop();
  }
});

describe('types that warn', () => {
  test('errors of a cell that ended before the service was there come under the next cell, once', async () => {
    const kernel = await TestKernel.start({ env: { FURROW_TYPES: 'warn' } });
    try {
      const first = await kernel.run(wrong);
      assert.equal(first.reply.status, 'ok');
      assert.equal(first.text('stderr'), '');
      await kernel.run('const kept = 1');
      await kernel.run(timed);
      let told = '';
      for (let n = 0; n < 40 && told === ''; n++) {
        await sleep(n === 0 ? 2500 : 500);
        told = (await kernel.run('1')).text('stderr');
        if (told === '') await sleep(2200);
      }
      assert.match(
        told,
        /^Types of cell \[1\], which ended before they were checked:\nLine 2: Type 'number'/,
      );
      assert.doesNotMatch(told, /cell \[2\]/);
      assert.match(told, /cell \[3\].*\n.*\n1 \| %time let late: string = 1;?\n/);
      assert.equal((await kernel.run('1')).text('stderr'), '');
      const unread = await kernel.run('function f() { await 1 }');
      assert.equal(unread.reply.ename, 'SyntaxError');
      assert.equal(unread.text('stderr'), '');
      const half = await kernel.run('const early = 1; let t: string = early; throw new Error("x")');
      assert.match(half.text('stderr'), /^Line 1: Type 'number'/);
      assert.equal((await kernel.run('early.toFixed()')).text('stderr'), '');
      let now = await kernel.run(wrong);
      // On a busy machine the check may take longer than the reply waits for it: then it is told with the next cell.
      for (let n = 0; n < 5 && !now.text('stderr').startsWith('Line 2'); n++) now = await kernel.run(wrong);
      assert.match(now.text('stderr'), /^Line 2: Type 'number'/);
      assert.equal(now.text('stdout'), 'ran\n');
    } finally {
      await kernel.stop();
    }
  });

  test('a first cell that runs for long is told of while it runs', async () => {
    const kernel = await TestKernel.start({ env: { FURROW_TYPES: 'warn' } });
    try {
      const { text, reply } = await kernel.run(`${wrong};\nawait new Promise((r) => setTimeout(r, 8000))`);
      assert.equal(reply.status, 'ok');
      assert.match(text('stderr'), /^Line 2: Type 'number'/);
    } finally {
      await kernel.stop();
    }
  });

  test('after %types off no language service starts for the cells before it', async () => {
    const kernel = await TestKernel.start({ env: { FURROW_TYPES: 'warn' } });
    try {
      await kernel.run('1');
      await kernel.run('%types off');
      const pid = kernel.process.pid ?? 0;
      const before = (await processTree(pid)).length;
      await sleep(4000);
      assert.equal((await processTree(pid)).length, before);
    } finally {
      await kernel.stop();
    }
  });
});
