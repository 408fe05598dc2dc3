import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../kernel/messages.ts';
import { TestKernel } from './client.ts';

/** `text/plain` of the result of a turn. */
function plain(turn: { of(type: string): Record<string, unknown>[] }): unknown {
  const [result] = turn.of('execute_result');
  return (result?.data as Record<string, unknown> | undefined)?.['text/plain'];
}

describe('a kernel and its client', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
  });
  after(() => kernel.stop());

  test('shows the value of the last expression between busy and idle', async () => {
    const turn = await kernel.run('const a: number = 20; a * 2 + 2');
    assert.equal(plain(turn), '42');
    assert.equal(turn.reply.status, 'ok');
    assert.deepEqual(
      turn.iopub.map(({ header }) => header.msg_type),
      ['status', 'execute_input', 'execute_result', 'status'],
    );
  });

  test('keeps names from cell to cell, and lets them be declared again as anything', async () => {
    await kernel.run('const again = 1; class Twice {}');
    await kernel.run('let again = 2; function Twice() { return 3; }');
    assert.equal(plain(await kernel.run('again + Twice()')), '5');
  });

  test('awaits at the top level, and a promise that is the value', async () => {
    assert.equal(plain(await kernel.run('await new Promise(r => setTimeout(() => r(6), 5))')), '6');
    assert.equal(plain(await kernel.run('Promise.resolve(7)')), '7');
  });

  test('tells an error with the place in the cell and none of the kernel', async () => {
    const { reply } = await kernel.run('function inner() {\n  throw new RangeError("boom");\n}\n\ninner()');
    assert.equal(reply.ename, 'RangeError');
    assert.equal(reply.evalue, 'boom');
    const traceback = (reply.traceback as string[]).join('\n');
    assert.match(traceback, /at inner \(cell \d+:2:9\)/);
    assert.match(traceback, /cell \d+:5:1/);
    assert.doesNotMatch(traceback, /inspector|kernel\//);
  });

  test('tells a syntax error with a caret, and does not run the cell', async () => {
    const turn = await kernel.run('globalThis.ran = true;\nlet x = = 1');
    assert.equal(turn.reply.ename, 'SyntaxError');
    assert.match((turn.reply.traceback as string[]).join('\n'), /2 \| let x = = 1\n.*\^/);
    assert.equal(plain(await kernel.run('globalThis.ran')), undefined);
  });

  test('prints in order, both streams, before idle', async () => {
    const turn = await kernel.run(
      'console.log("a %d", 1); process.stdout.write("b"); console.error("c"); console.group(); console.log("in"); console.groupEnd(); console.log({ d: [1] })',
    );
    assert.equal(turn.text(), 'a 1\nb  in\n{ d: [ 1 ] }\n');
    assert.equal(turn.text('stderr'), 'c\n');
    assert.equal(turn.iopub.at(-1)?.header.msg_type, 'status');
  });

  test('loses none of many lines', async () => {
    const turn = await kernel.run('for (let i = 0; i < 30000; i++) console.log("line", i)');
    assert.equal(turn.text(), Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`).join(''));
    assert.ok(turn.of('stream').length < 300, 'lines come in batches');
  });

  test('prints what child processes write to the inherited streams', async () => {
    const turn = await kernel.run(
      "import { spawnSync } from 'node:child_process';\nspawnSync('echo', ['from a child'], { stdio: 'inherit' }); await new Promise(r => setTimeout(r, 100));",
    );
    assert.match(turn.text(), /from a child/);
  });

  test('attributes late output to the cell that caused it', async () => {
    const id = kernel.startCell('setTimeout(() => console.log("late"), 150); undefined');
    await kernel.turn(id);
    await kernel.run('1');
    await kernel.until(() => kernel.answers(id, 'iopub').some(({ header }) => header.msg_type === 'stream'));
    assert.ok(kernel.states(id).at(-1) === 'idle');
  });

  test('shows rich forms, and updates them in place', async () => {
    const turn = await kernel.run(
      `const h = display.html('<b>1</b>', { displayId: 'one' });
       h.update({ 'text/html': '<b>2</b>' });
       display.markdown('*m*'); display.latex('x'); display.svg('<svg/>'); display.json({ a: [1] });
       display.geojson({ type: 'Point', coordinates: [1, 2] }); display.table([{ a: 1 }]); display.text('t');
       display.png(new Uint8Array([1, 2, 3]));
       display.clear({ wait: true });`,
    );
    assert.equal(turn.reply.status, 'ok');
    const shown = turn.of('display_data').map(({ data }) => Object.keys(data as object)[0]);
    assert.deepEqual(shown, [
      'text/html',
      'text/markdown',
      'text/latex',
      'image/svg+xml',
      'application/json',
      'application/geo+json',
      'text/html',
      'text/plain',
      'image/png',
    ]);
    assert.deepEqual(turn.of('update_display_data')[0], {
      data: { 'text/html': '<b>2</b>' },
      metadata: {},
      transient: { display_id: 'one' },
    });
    assert.deepEqual(turn.of('clear_output'), [{ wait: true }]);
    assert.equal(turn.of('execute_result').length, 0);
  });

  test('respects Symbol.for("Jupyter.display"), also when it resolves later', async () => {
    const turn = await kernel.run(
      `class Field { async [Symbol.for('Jupyter.display')]() { await 1; return { 'text/html': '<i>field</i>' }; } }
       display(new Field());
       new Field()`,
    );
    assert.deepEqual(turn.of('execute_result')[0]?.data, {
      'text/html': '<i>field</i>',
      'text/plain': '[Field]',
    });
    assert.deepEqual(turn.of('display_data')[0]?.data, {
      'text/html': '<i>field</i>',
      'text/plain': '[Field]',
    });
  });

  test('fails a cell whose display fails', async () => {
    const { reply } = await kernel.run(
      `display({ async [Symbol.for('Jupyter.display')]() { throw new Error('ugly') } }); 1`,
    );
    assert.equal(reply.evalue, 'ugly');
  });

  test('evaluates user expressions, good and bad', async () => {
    const { reply } = await kernel.run('1', { user_expressions: { good: '1 + 2', bad: 'noSuchName' } });
    const { good, bad } = reply.user_expressions as Record<string, Record<string, unknown>>;
    assert.deepEqual(good?.data, { 'text/plain': '3' });
    assert.equal(bad?.ename, 'ReferenceError');
  });

  test('asks for input, and tells that it may not', async () => {
    const id = kernel.startCell("await input('name?', { password: true })", { allow_stdin: true });
    await kernel.until(() => kernel.answers(id, 'stdin').length === 1);
    assert.deepEqual(kernel.answers(id, 'stdin')[0]?.content, { prompt: 'name?', password: true });
    kernel.send('input_reply', { value: 'Ada' }, { channel: 'stdin' });
    assert.equal(plain(await kernel.turn(id)), "'Ada'");
    assert.equal((await kernel.run("await input('?')")).reply.ename, 'InputNotAllowed');
  });

  test('prompt blocks until the answer is there', async () => {
    const id = kernel.startCell("const first = prompt('name?'); first + '!'", { allow_stdin: true });
    await kernel.until(() => kernel.answers(id, 'stdin').length === 1);
    kernel.send('input_reply', { value: 'Bé' }, { channel: 'stdin' });
    assert.equal(plain(await kernel.turn(id)), "'Bé!'");
  });

  test('imports packages of Node, JSON, TypeScript and CommonJS files beside the notebook', async () => {
    writeFileSync(join(kernel.folder, 'numbers.ts'), 'export const one: number = 1;\n');
    writeFileSync(join(kernel.folder, 'old.cjs'), 'module.exports = { two: 2 };\n');
    writeFileSync(join(kernel.folder, 'data.json'), '{ "three": 3 }\n');
    mkdirSync(join(kernel.folder, 'node_modules', 'only-esm'), { recursive: true });
    writeFileSync(
      join(kernel.folder, 'node_modules', 'only-esm', 'package.json'),
      '{ "name": "only-esm", "type": "module", "exports": { "import": "./index.js" } }',
    );
    writeFileSync(join(kernel.folder, 'node_modules', 'only-esm', 'index.js'), 'export const four = 4;\n');
    const turn = await kernel.run(
      `import { join } from 'node:path';
       import { one } from './numbers.ts';
       import { two } from './old.cjs';
       import data from './data.json';
       import { four } from 'only-esm';
       import { escapeRegExp } from 'nowhere-to-be-found';`,
    );
    assert.equal(turn.reply.ename, 'ModuleMissing');
    const good = await kernel.run(
      `import { one } from './numbers'; import { two } from './old.cjs'; import data from './data.json';
       import { four } from 'only-esm'; import { XPublisher } from 'zeromq';
       [one, two, data.three, four, typeof XPublisher, require('./old.cjs').two]`,
    );
    assert.equal(plain(good), "[ 1, 2, 3, 4, 'function', 2 ]");
  });

  test('reads a file again that changed since it was imported', async () => {
    const file = join(kernel.folder, 'changing.ts');
    writeFileSync(file, 'export const value = 1;\n');
    assert.equal(plain(await kernel.run("import { value } from './changing.ts'; value")), '1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(file, 'export const value = 2;\n');
    assert.equal(plain(await kernel.run("import { value } from './changing.ts'; value")), '2');
  });

  test('runs notebooks of tslab', async () => {
    const turn = await kernel.run(
      "import { display, newDisplay } from 'tslab';\ndisplay.html('<b>1</b>'); const d = newDisplay(); d.text('a'); d.text('b');",
    );
    assert.equal(turn.of('display_data').length, 2);
    assert.deepEqual(turn.of('update_display_data')[0]?.data, { 'text/plain': 'b' });
  });

  test('completes with live values without running getters', async () => {
    await kernel.run(
      'let ran = 0; const live = Object.assign(Object.create({ get trap() { ran++; return 1; } }), { fromRun: 1 });',
    );
    const { reply } = await kernel.ask('complete_request', { code: "'😀'; live.fromR", cursor_pos: 15 });
    assert.deepEqual(reply.matches, ['fromRun']);
    assert.deepEqual([reply.cursor_start, reply.cursor_end], [10, 15]);
    await kernel.ask('complete_request', { code: 'live.trap.x', cursor_pos: 11 });
    assert.equal(plain(await kernel.run('ran')), '0');
  });

  test('remembers cells', async () => {
    await kernel.run('"remember me"');
    const { reply } = await kernel.ask('history_request', {
      hist_access_type: 'search',
      pattern: '*remember me*',
      output: true,
    });
    const [entry] = reply.history as [number, number, [string, string]][];
    assert.deepEqual(entry?.[2], ['"remember me"', "'remember me'"]);
    assert.ok(existsSync(join(kernel.folder, 'history')));
  });
});

describe('comms', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
    await kernel.run(
      `comms.registerTarget('echo', (comm, open) => {
         comm.send({ opened: open.content.data });
         comm.onMsg(m => { console.log('heard', m.content.data.n); comm.send({ echo: m.content.data }, { buffers: m.buffers }); });
       });`,
    );
  });
  after(() => kernel.stop());

  test('carry JSON and bytes both ways', async () => {
    kernel.send('comm_open', { comm_id: 'c1', target_name: 'echo', data: { hello: 1 } });
    const bytes = Buffer.from([0, 255, 128, 1]);
    kernel.send('comm_msg', { comm_id: 'c1', data: { n: 1 } }, { buffers: [bytes, Buffer.alloc(0)] });
    await kernel.until(() => kernel.published('comm_msg').length === 2);
    const [opened, echo] = kernel.published('comm_msg');
    assert.deepEqual(opened?.content, { comm_id: 'c1', data: { opened: { hello: 1 } } });
    assert.deepEqual(
      echo?.buffers.map((buffer) => [...buffer]),
      [[...bytes], []],
    );
    const info = await kernel.ask('comm_info_request', {}, 'control');
    assert.deepEqual(info.reply.comms, { c1: { target_name: 'echo' } });
  });

  test('are handled while a cell awaits, under their own parent, with a status after that of the cell', async () => {
    const cell = kernel.startCell("await new Promise(r => setTimeout(r, 400)); console.log('cell ends')");
    await kernel.until(() => kernel.states(cell).includes('busy'));
    const message = kernel.send('comm_msg', { comm_id: 'c1', data: { n: 2 } });
    await kernel.until(() =>
      kernel.answers(message, 'iopub').some(({ header }) => header.msg_type === 'comm_msg'),
    );
    assert.ok(!kernel.states(cell).includes('idle'), 'the cell was still running');
    const turn = await kernel.turn(cell);
    assert.equal(turn.text(), 'cell ends\n');
    await kernel.until(() => kernel.states(message).includes('idle'));
    const status = kernel
      .published('status')
      .filter(({ parent }) => [cell, message].includes(String(parent.msg_id)))
      .map(({ content, parent }) => [parent.msg_id, (content as JsonObject).execution_state]);
    assert.deepEqual(status, [
      [cell, 'busy'],
      [cell, 'idle'],
      [message, 'busy'],
      [message, 'idle'],
    ]);
    const heard = kernel.answers(message, 'iopub').filter(({ header }) => header.msg_type === 'stream');
    assert.deepEqual(heard[0]?.content, { name: 'stdout', text: 'heard 2\n' });
  });

  test('get busy and idle when no cell runs', async () => {
    const message = kernel.send('comm_msg', { comm_id: 'c1', data: { n: 3 } });
    await kernel.until(() => kernel.states(message).includes('idle'));
    assert.deepEqual(kernel.states(message), ['busy', 'idle']);
  });

  test('tell on stderr what a callback throws, and go on', async () => {
    await kernel.run(
      "comms.registerTarget('bad', comm => comm.onMsg(() => { throw new Error('in callback'); }));",
    );
    kernel.send('comm_open', { comm_id: 'c2', target_name: 'bad', data: {} });
    const message = kernel.send('comm_msg', { comm_id: 'c2', data: {} });
    await kernel.until(() => kernel.states(message).includes('idle'));
    assert.match(
      JSON.stringify(kernel.answers(message, 'iopub').map(({ content }) => content)),
      /in callback/,
    );
  });

  test('are closed when nobody knows the target, and when the cell process dies', async () => {
    kernel.send('comm_open', { comm_id: 'c3', target_name: 'nobody', data: {} });
    const closed = (id: string) =>
      kernel.published('comm_close').some(({ content }) => (content as { comm_id: string }).comm_id === id);
    await kernel.until(() => closed('c3'));
    await kernel.run('process.exit(1)');
    await kernel.until(() => closed('c1'));
    assert.deepEqual((await kernel.ask('comm_info_request', {})).reply.comms, {});
  });
});

describe('types', () => {
  test('are checked beside the cell once the language service is warm, and only told', async () => {
    const kernel = await TestKernel.start({ env: { FURROW_TYPES: 'warn' } });
    try {
      const cell = "const label: number = 'text'; display.text(label)";
      const cold = await kernel.run(cell);
      assert.equal(cold.text('stderr'), '', 'the first cells do not wait for TypeScript');
      let told = '';
      for (let attempt = 0; attempt < 5 && told === ''; attempt += 1) {
        await new Promise((resolve) => setTimeout(resolve, 3000));
        const turn = await kernel.run(`${cell}; await new Promise(r => setTimeout(r, 500))`);
        assert.equal(turn.reply.status, 'ok');
        told = turn.text('stderr');
      }
      assert.match(told, /Line 1: Type 'string' is not assignable to type 'number'/);
      assert.equal(
        (await kernel.run("const fine: string = 'x'; await new Promise(r => setTimeout(r, 500))")).text(
          'stderr',
        ),
        '',
      );
    } finally {
      await kernel.stop();
    }
  });
});
