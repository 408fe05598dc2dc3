import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestKernel } from './client.ts';

function plain(turn: { of(type: string): Record<string, unknown>[] }): unknown {
  return (turn.of('execute_result')[0]?.data as Record<string, unknown> | undefined)?.['text/plain'];
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

describe('interrupts', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
    await kernel.run('let kept = 42;');
  });
  after(() => kernel.stop());

  const cells = {
    'a loop': 'while (true) {}',
    'a loop after an await': 'await new Promise(r => setTimeout(r, 1)); while (true) {}',
    'a loop in try and finally': 'for (;;) { try { for (;;) {} } catch {} finally {} }',
    'a regular expression': "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    'an await of nothing': 'await new Promise(() => {})',
    'an endless chain of microtasks': 'const again = () => Promise.resolve().then(again); await again();',
    'a loop in how a value is shown': "({ [Symbol.for('Jupyter.display')]() { while (true) {} } })",
    'endless output': "for (;;) console.log('x'.repeat(1000))",
    'an input': "await input('?')",
    'a blocking prompt': "prompt('?')",
  };
  for (const [name, code] of Object.entries(cells))
    test(`end ${name} and keep the state`, async () => {
      const id = kernel.startCell(code, { allow_stdin: true });
      await kernel.until(() => kernel.states(id).includes('busy'));
      await pause(150);
      assert.ok(!kernel.states(id).includes('idle'), 'the cell was running');
      const asked = performance.now();
      const { reply } = await kernel.ask('interrupt_request', {}, 'control');
      assert.equal(reply.status, 'ok');
      const turn = await kernel.turn(id);
      const took = performance.now() - asked;
      assert.equal(turn.reply.ename, 'Interrupted');
      assert.ok(took < 2000, `took ${took} ms`);
      await pause(160); // cells sent before the interrupt ended are aborted
      assert.equal(plain(await kernel.run('kept')), '42');
    });

  test('stop what an awaiting cell would still do', async () => {
    await kernel.run('globalThis.turns = 0');
    for (const wait of [
      'new Promise(r => setTimeout(r, 10))',
      "import('node:timers/promises').then(t => t.setTimeout(10))",
    ]) {
      const id = kernel.startCell(`for (;;) { turns++; await ${wait}; console.log('turn') }`);
      await kernel.until(() =>
        kernel.answers(id, 'iopub').some(({ header }) => header.msg_type === 'stream'),
      );
      await kernel.ask('interrupt_request', {}, 'control');
      assert.equal((await kernel.turn(id)).reply.ename, 'Interrupted');
      await pause(200);
      const turns = plain(await kernel.run('turns'));
      await pause(100);
      assert.equal(plain(await kernel.run('turns')), turns);
    }
    const timers = await kernel.run(
      "import { promisify } from 'node:util'; await promisify(setTimeout)(1); await new Promise(r => setTimeout(r, 1, 'passed on'))",
    );
    assert.equal(plain(timers), "'passed on'", 'timers of other cells are as they were');
  });

  test('stop a loop over the timers of Node that prints nothing', async () => {
    for (const loop of [
      'for await (const _ of t.setInterval(5)) turns++',
      'for (;;) { await t.setTimeout(5); turns++ }',
    ]) {
      await kernel.run("globalThis.turns = 0; import * as t from 'node:timers/promises'");
      const id = kernel.startCell(loop);
      await kernel.until(() => kernel.states(id).includes('busy'));
      await pause(100);
      await kernel.ask('interrupt_request', {}, 'control');
      assert.equal((await kernel.turn(id)).reply.ename, 'Interrupted');
      await pause(170);
      const turns = plain(await kernel.run('turns'));
      assert.notEqual(turns, '0');
      await pause(100);
      assert.equal(plain(await kernel.run('turns')), turns);
    }
    const values = await kernel.run(
      "const seen = []; for await (const v of t.setInterval(2, 'v')) { seen.push(v); if (seen.length > 1) break; } [await t.setTimeout(1, 'w'), ...seen].join()",
    );
    assert.equal(plain(values), "'w,v,v'");
  });

  test('tear no message with buffers apart', async () => {
    const loop = "for (;;) torn.send({ a: 'x'.repeat(3e6) }, { buffers: [new Uint8Array(1000)] })";
    await kernel.run("globalThis.torn = comms.open('t'); undefined");
    for (let round = 0; round < 15; round += 1) {
      const id = kernel.startCell(loop);
      await kernel.until(() => kernel.answers(id, 'iopub').length > 3);
      await kernel.ask('interrupt_request', {}, 'control');
      assert.equal((await kernel.turn(id)).reply.ename, 'Interrupted');
      kernel.log.length = 0;
      await pause(160);
    }
    assert.equal(plain(await kernel.run('kept')), '42');
  });

  test('keep what they ended from sending, asking and clearing', async () => {
    const code = `globalThis.after = []; const comm = comms.open('t');
      setTimeout(() => {}, 1);
      await new Promise(r => { globalThis.goOn = r });
      for (const act of [() => comm.send({}), () => comms.open('t'), () => display.clear(), () => prompt('?'), () => input('?')])
        try { await act(); after.push('went on'); } catch (error) { after.push(error.code); }
      comm.close();`;
    const id = kernel.startCell(code, { allow_stdin: true });
    await kernel.until(() =>
      kernel.answers(id, 'iopub').some(({ header }) => header.msg_type === 'comm_open'),
    );
    await pause(50);
    await kernel.ask('interrupt_request', {}, 'control');
    await kernel.turn(id);
    await pause(160);
    await kernel.run('goOn()');
    await pause(100);
    assert.equal(plain(await kernel.run('after.join()')), `'${Array(5).fill('Interrupted').join()}'`);
    await kernel.until(() =>
      kernel.answers(id, 'iopub').some(({ header }) => header.msg_type === 'comm_close'),
    );
  });

  test('end a loop that a finished cell left in a timer', async () => {
    await kernel.run('setTimeout(() => { while (true) {} }, 20); undefined');
    await pause(100);
    await kernel.ask('interrupt_request', {}, 'control');
    assert.equal(plain(await kernel.run('kept')), '42');
  });

  test('do nothing to an idle kernel, by SIGINT either', async () => {
    kernel.process.kill('SIGINT');
    await kernel.ask('interrupt_request', {}, 'control');
    assert.equal(plain(await kernel.run('kept')), '42');
  });

  test('abort the cells that wait', async () => {
    const first = kernel.startCell('while (true) {}');
    const second = kernel.startCell('1');
    await kernel.until(() => kernel.states(first).includes('busy'));
    await pause(100);
    await kernel.ask('interrupt_request', {}, 'control');
    assert.equal((await kernel.turn(second)).reply.status, 'aborted');
    assert.deepEqual(kernel.states(second), ['busy', 'idle']);
  });
});

describe('a kernel whose cell process dies', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
  });
  after(() => kernel.stop());

  const deaths = {
    'process.exit': ["console.log('before'); process.exit(3)", /exit code 3/],
    'a signal': [
      "console.log('before'); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})",
      /SIGKILL/,
    ],
    'process.abort': ["console.log('before'); process.abort()", /SIGABRT/],
  } as const;
  for (const [name, [code, reason]] of Object.entries(deaths))
    test(`says so after ${name}, keeps what was printed and goes on`, async () => {
      const turn = await kernel.run(code);
      assert.equal(turn.reply.ename, 'CellProcessDied');
      assert.match(String(turn.reply.evalue), reason);
      assert.equal(turn.text(), 'before\n');
      if (name === 'process.exit') assert.equal(turn.text('stderr'), '');
      await pause(160);
      assert.equal(plain(await kernel.run('1 + 1')), '2');
    });

  test('survives exceptions and rejections that nobody catches, and tells them', async () => {
    const id = kernel.startCell(
      "setTimeout(() => { throw new Error('in a timer') }, 5); Promise.reject(new Error('lost')); undefined",
    );
    await kernel.turn(id);
    const told = () => JSON.stringify(kernel.answers(id, 'iopub').map(({ content }) => content));
    await kernel.until(() => told().includes('in a timer') && told().includes('lost'));
    assert.equal(plain(await kernel.run('2 + 1')), '3');
  });

  test('tells displays that fail beside or after the cell that failed before them', async () => {
    const id = kernel.startCell(
      `const broken = (ms, text) => display({ [Symbol.for('Jupyter.display')]: () =>
         new Promise((_, reject) => setTimeout(() => reject(new Error(text)), ms)) });
       broken(5, 'early picture'); broken(120, 'late picture');
       await new Promise(r => setTimeout(r, 50)); throw new Error('the cell')`,
    );
    assert.equal((await kernel.turn(id)).reply.evalue, 'the cell');
    const told = () => JSON.stringify(kernel.published('stream').map(({ content }) => content));
    await kernel.until(() => told().includes('early picture') && told().includes('late picture'));
    await pause(160);
    const once = await kernel.run(
      "display({ [Symbol.for('Jupyter.display')]: async () => { throw new Error('only once') } })",
    );
    assert.equal(once.reply.evalue, 'only once');
    await pause(50);
    assert.doesNotMatch(told(), /only once/);
  });

  test('ends with its last process on shutdown', async () => {
    const ended = new Promise((resolve) => kernel.process.once('exit', resolve));
    const turn = await kernel.ask('shutdown_request', { restart: true }, 'control');
    assert.deepEqual(turn.reply, { status: 'ok', restart: true });
    await ended;
    assert.equal(kernel.process.exitCode, 0);
  });
});

describe('a prelude', () => {
  test('gives its exports to cells, and gets the kernel', async () => {
    const other = await TestKernel.start();
    const file = join(other.folder, 'prelude.ts');
    writeFileSync(
      file,
      `let kernel: { display: { html(html: string): unknown } };
       export function attachKernel(api: typeof kernel): void { kernel = api; }
       export const answer: number = 42;
       export function show(html: string): void { kernel.display.html(html); }`,
    );
    const kernel = await TestKernel.start({ args: ['--prelude', file] });
    try {
      const turn = await kernel.run(
        "show('<b>x</b>'); import { answer as imported } from 'furrow'; [answer, imported, typeof attachKernel]",
      );
      assert.equal(plain(turn), "[ 42, 42, 'undefined' ]");
      assert.equal(turn.of('display_data').length, 1);
      assert.equal(plain(await kernel.run('const answer = 1; answer')), '1');
    } finally {
      await kernel.stop();
      await other.stop();
    }
  });

  test('that ends its process is not started over and over', async () => {
    const other = await TestKernel.start();
    const file = join(other.folder, 'prelude.ts');
    const starts = join(other.folder, 'starts');
    writeFileSync(starts, '');
    writeFileSync(
      file,
      `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(starts)}, '+'); process.exit(7);`,
    );
    const kernel = await TestKernel.start({ args: ['--prelude', file] });
    try {
      await pause(1500);
      assert.ok(readFileSync(starts, 'utf8').length <= 1);
      assert.equal((await kernel.ask('kernel_info_request', {})).reply.status, 'ok');
      assert.match(String((await kernel.run('1')).reply.evalue), /exit code 7/);
    } finally {
      await kernel.stop();
      await other.stop();
    }
  });

  test('that asks for input is told that nobody can be asked', async () => {
    const other = await TestKernel.start();
    const file = join(other.folder, 'prelude.ts');
    writeFileSync(
      file,
      `export let refused = '';
       export async function attachKernel({ input }: { input(): Promise<string> }) {
         await input().catch((error) => { refused = error.code; });
       }`,
    );
    const kernel = await TestKernel.start({ args: ['--prelude', file] });
    try {
      await pause(1000);
      assert.equal(plain(await kernel.run('refused')), "'InputNotAllowed'");
    } finally {
      await kernel.stop();
      await other.stop();
    }
  });

  test('that fails is told with the first cell, which runs', async () => {
    const kernel = await TestKernel.start({ args: ['--prelude', '/nowhere/prelude.ts'] });
    try {
      const turn = await kernel.run('1 + 1');
      assert.match(turn.text('stderr'), /prelude could not be loaded[\s\S]*\/nowhere\/prelude\.ts/);
      assert.equal(plain(turn), '2');
    } finally {
      await kernel.stop();
    }
  });
});
