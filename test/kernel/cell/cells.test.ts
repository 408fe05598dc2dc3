import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestKernel } from '../client.ts';

describe('cells in a kernel', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
  });
  after(() => kernel.stop());

  const plain = (turn: { of(type: string): Record<string, unknown>[] }): unknown =>
    (turn.of('execute_result')[0]?.data as Record<string, unknown> | undefined)?.['text/plain'];
  const traceback = (turn: { reply: Record<string, unknown> }) =>
    (turn.reply.traceback as string[]).join('\n');

  const resources = `class Sync { constructor(private name: string) {} [Symbol.dispose]() { console.log('closed', this.name); } }
class Async { constructor(private name: string) {} async [Symbol.asyncDispose]() { await 1; console.log('left', this.name); } }`;

  test('values shown together keep their order, however long each form takes to make', async () => {
    const { of, reply } = await kernel.run(`const slow = (text: string, ms: number) => ({
      [Symbol.for('Jupyter.display')]: async () => {
        await new Promise((r) => setTimeout(r, ms));
        return { 'text/plain': text };
      },
    });
    display(slow('first', 200), slow('second', 20), 'third');`);
    assert.equal(reply.status, 'ok');
    const texts = of('display_data').map(({ data }) => (data as Record<string, unknown>)['text/plain']);
    assert.deepEqual(texts, ['first', 'second', "'third'"]);
  });

  test('using is disposed of at the end of the cell, the last first, after what the cell prints', async () => {
    await kernel.run(resources);
    const turn = await kernel.run(
      "using a = new Sync('a'), none = null;\nawait using b = new Async('b');\nusing c = new Sync('c');\nawait 1; console.log('body'); a.constructor.name",
    );
    assert.equal(turn.text(), 'body\nclosed c\nleft b\nclosed a\n');
    assert.equal(plain(turn), "'Sync'");
    assert.equal((await kernel.run('1')).text(), '');
  });

  test('using is disposed of when the cell throws, and both errors are told', async () => {
    const turn = await kernel.run("using a = new Sync('late');\nthrow new RangeError('body')");
    assert.equal(turn.text(), 'closed late\n');
    assert.equal(turn.reply.ename, 'RangeError');
    const both = await kernel.run(
      "using bad = { [Symbol.dispose]() { throw new TypeError('closing'); } };\nthrow new RangeError('body')",
    );
    assert.equal(both.reply.ename, 'SuppressedError');
    assert.match(
      traceback(both),
      /thrown while closing: TypeError: closing[\s\S]*in place of: RangeError: body/,
    );
    assert.match(
      traceback(await kernel.run('1;\nusing x = { a: 1 };')),
      /InvalidArgument: { a: 1 } cannot be declared with using/,
    );
  });

  test('an interrupted cell gives back what it used', async () => {
    const id = kernel.startCell(
      "using a = { [Symbol.dispose]() { globalThis.gaveBack = true } };\nconsole.log('on'); await new Promise(() => {})",
    );
    await kernel.until(() => kernel.answers(id, 'iopub').some(({ header }) => header.msg_type === 'stream'));
    await kernel.ask('interrupt_request', {}, 'control');
    const { reply } = await kernel.turn(id);
    assert.equal(reply.ename, 'Interrupted');
    assert.equal(plain(await kernel.run('gaveBack')), 'true');
  });

  test('decorators work in cells and in files beside the notebook, with the lines of the source', async () => {
    const decorated = `function logged(method: any, { name }: { name: string | symbol }) {
  return function (this: any, ...given: unknown[]) { console.log('call', name); return method.apply(this, given); };
}
class Job {
  @logged
  run(n: number): number {
    if (n > 1) throw new RangeError('too many');
    return n;
  }
}`;
    assert.equal((await kernel.run(`${decorated}\nnew Job().run(1)`)).text(), 'call run\n');
    assert.match(traceback(await kernel.run('new Job().run(2)')), /run \(cell \d+:7:/);
    writeFileSync(
      join(kernel.folder, 'job.ts'),
      `enum Kind { Big = 4 }\n${decorated.replace('class', 'export const big = Kind.Big;\nexport class')}`,
    );
    const turn = await kernel.run("import { Job as FileJob, big } from './job';\nnew FileJob().run(big)");
    assert.equal(turn.text(), 'call run\n');
    assert.match(traceback(turn), /job\.ts:9:/);
  });

  test('lines are right after enums, namespaces and parameter properties', async () => {
    const code = `enum Level {\n  Low,\n  High,\n}\nnamespace Box {\n  export const size = 2;\n}\nclass Point {\n  constructor(\n    readonly x: number,\n  ) {}\n  fail() {\n    throw new Error(String(Level.High + Box.size + this.x));\n  }\n}\nnew Point(1).fail()`;
    const turn = await kernel.run(code);
    assert.equal(turn.reply.evalue, '4');
    assert.match(traceback(turn), /fail \(cell \d+:13:\d+\)\n.*cell \d+:16:/);
  });

  test('user_expressions are bundles, rich ones too', async () => {
    const { reply } = await kernel.run('const rows = [{ a: 1 }]', {
      user_expressions: { rows: 'rows', bad: 'nothing', later: 'Promise.resolve(2)', syntax: '1 +' },
    });
    const { rows, bad, later, syntax } = reply.user_expressions as Record<string, Record<string, unknown>>;
    assert.equal(rows?.status, 'ok');
    assert.deepEqual(Object.keys(rows?.data as object), ['text/html', 'text/plain']);
    assert.deepEqual([bad?.status, bad?.ename], ['error', 'ReferenceError']);
    assert.deepEqual(later?.data, { 'text/plain': '2' });
    assert.equal(syntax?.ename, 'SyntaxError');
  });

  test('display shows, updates and clears under the names that others know', async () => {
    const turn = await kernel.run(
      "display.text('first', { displayId: 'place' }); updateDisplay('place', { 'text/html': '<b>2</b>' }); clearOutput({ wait: true });",
    );
    assert.deepEqual(
      turn.of('update_display_data').map(({ data }) => data),
      [{ 'text/html': '<b>2</b>' }],
    );
    assert.deepEqual(turn.of('clear_output'), [{ wait: true }]);
    const shown = await kernel.run(
      "display.plotly({ data: [{ y: new Float32Array([1, 2]) }] }); display.vegalite({ mark: 'bar' }); display.table([[1, 2]]); display.json({ big: 1n });",
    );
    assert.deepEqual(
      shown.of('display_data').map(({ data }) => Object.keys(data as object)[0]),
      ['application/vnd.plotly.v1+json', 'application/vnd.vegalite.v5+json', 'text/html', 'application/json'],
    );
    assert.match(traceback(await kernel.run("display.image('missing.png')")), /missing\.png/);
    assert.match(
      traceback(await kernel.run('display.plotly(4)')),
      /InvalidArgument: .*plotly.* from an object/,
    );
  });

  test('notebooks of tslab run as they are', async () => {
    const turn = await kernel.run(`import * as tslab from 'tslab';
tslab.display.html('<b>1</b>'); tslab.display.png(new Uint8Array([1, 2])); tslab.display.raw('text/markdown', '# x');
const place = tslab.newDisplay(); place.text('a'); place.javascript('1'); typeof tslab.versions.node`);
    assert.deepEqual(
      turn.of('display_data').map(({ data }) => data),
      [
        { 'text/html': '<b>1</b>' },
        { 'image/png': 'AQI=' },
        { 'text/markdown': '# x' },
        { 'text/plain': 'a' },
      ],
    );
    assert.deepEqual(
      turn.of('update_display_data').map(({ data }) => data),
      [{ 'text/javascript': '1' }],
    );
    assert.equal(plain(turn), "'string'");
  });

  test('a loop that takes its time has a bar, also one that never awaits', async () => {
    const turn = await kernel.run(
      "for (const _ of progress([1, 2, 3], { title: 'busy' })) { const end = Date.now() + 400; while (Date.now() < end); }",
    );
    const texts = [...turn.of('display_data'), ...turn.of('update_display_data')].map(
      ({ data }) => (data as Record<string, unknown>)['text/plain'],
    );
    assert.match(String(texts[0]), /^busy \d+ %/);
    assert.equal(texts.at(-1), 'busy: 1 s');
  });

  for (const [kind, wait] of [
    ['that awaits', 'await new Promise((resolve) => setTimeout(resolve, 20));'],
    ['that never awaits', 'for (const end = Date.now() + 20; Date.now() < end; );'],
  ])
    test(`an interrupted loop ${kind} leaves its bar where it was`, async () => {
      const id = kernel.startCell(
        `for (const _ of progress(new Array(1000), { title: 'long' })) { ${wait} }`,
      );
      await kernel.until(() =>
        kernel.answers(id, 'iopub').some(({ header }) => header.msg_type === 'display_data'),
      );
      await kernel.ask('interrupt_request', {}, 'control');
      const { of } = await kernel.turn(id);
      const last = of('update_display_data').at(-1)?.data as Record<string, unknown>;
      assert.match(String(last['text/plain']), /^long: interrupted at \d+ of 1000 after 1 s$/);
      assert.equal(plain(await kernel.run('6 * 7')), '42');
    });

  test('packages with native code load after files of the folder did', async () => {
    writeFileSync(join(kernel.folder, 'plain.ts'), 'export const one: number = 1;');
    const turn = await kernel.run(
      "import { one } from './plain'; import * as zeromq from 'zeromq'; import pg from 'pg'; [one, typeof zeromq.Dealer, typeof pg.Client]",
    );
    assert.equal(plain(turn), "[ 1, 'function', 'function' ]");
  });

  test('a carriage return in printed text reaches the front end', async () => {
    const turn = await kernel.run(
      "process.stdout.write('10 %\\r'); process.stdout.write('20 %\\r'); console.log('done')",
    );
    assert.equal(turn.text(), '10 %\r20 %\rdone\n');
  });

  test('a cell may declare the name of what the kernel itself uses', async () => {
    await kernel.run('class Symbol {}');
    assert.equal(plain(await kernel.run('[1]')), '[ 1 ]');
    assert.equal(
      plain(await kernel.run("import { sep } from 'node:path'\nusing nothing = null; sep")),
      "'/'",
    );
    assert.match(String(plain(await kernel.run('%pwd'))), /furrow-kernel-/);
    await kernel.run('%reset');
  });

  test('names that the compiler made are none of the cells', async () => {
    await kernel.run('@((c: unknown) => c) class Marked {}\nlate(); function late() {}');
    const { text } = await kernel.run('%who class function');
    assert.match(text(), /late.*Marked|Marked.*late/);
    assert.doesNotMatch(text(), /__|\u200c/);
    const { reply } = await kernel.ask('complete_request', { code: '__es', cursor_pos: 4 });
    assert.deepEqual(reply.matches, []);
  });

  test('an import that fails has the place where it is written', async () => {
    const { reply } = await kernel.run("1;\n  import nothing from './nothing.ts'");
    assert.match((reply.traceback as string[]).join('\n'), /cell \d+:1:1$/m);
    const alone = await kernel.run("import nothing from './nothing.ts'");
    assert.match((alone.reply.traceback as string[]).join('\n'), /cell \d+:1:1$/m);
  });

  test('%types is asked for also below a line that no semicolon ends', async () => {
    assert.equal((await kernel.run('const open = 1\n%types')).text(), 'types: off\n');
  });

  test('display.table says what is wrong with its options', async () => {
    const turn = await kernel.run("display.table([{ a: 1 }], { columns: 'a' as any })");
    assert.equal(turn.reply.evalue, "columns is a list of names such as ['height'], not 'a'");
  });

  test('the console prints as that of Node, without colours', async () => {
    const turn =
      await kernel.run(`console.table([{ a: 1 }]); console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
console.group('g'); console.log('in'); console.groupEnd(); console.count(); console.count('x'); console.countReset(); console.count();
console.time('t'); console.timeEnd('t'); console.assert(1 === 1); console.log('%s is %o', 'x', [1]);`);
    const text = turn.text();
    assert.match(text, /│ \(index\) │ a │/);
    assert.match(text, /{ a: .*\[Object\].* }/);
    assert.match(
      text,
      /g\n {2}in\ndefault: 1\nx: 1\ndefault: 1\nt: [\d.]+ms\nx is \[ 1, \[length\]: 1 \]\n$/,
    );
    const errors = await kernel.run(
      "function where() { console.trace('here'); }\nwhere(); console.assert(false, 'no %s', 'way');",
    );
    assert.match(
      errors.text('stderr'),
      /^Trace: here\n {4}at where \(cell \d+:1:\d+\)\n {4}at cell \d+:2:1\n\S/,
    );
    assert.match(errors.text('stderr'), /Assertion failed: no way\n$/);
    assert.doesNotMatch(text + errors.text('stderr'), /\u001b/);
  });
});
