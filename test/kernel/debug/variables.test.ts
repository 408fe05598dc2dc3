import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestDebugger } from './debug-client.ts';

let debug: TestDebugger;

/** Stops at a line of a cell; the top frame. */
async function stopIn(code: string, line: number) {
  await debug.attach();
  await debug.breakIn(code, { line });
  const id = debug.kernel.startCell(code);
  const [top] = await debug.stop();
  return { id, top, scopes: (await debug.request('scopes', { frameId: top.id })).scopes };
}

async function goOn(id: string): Promise<void> {
  await debug.request('continue', { threadId: 1 });
  await debug.kernel.turn(id);
}

describe('variables', () => {
  before(async () => {
    debug = await TestDebugger.start();
  });
  after(() => debug.stopKernel());
  afterEach(async () => {
    await debug.request('disconnect');
    await debug.kernel.run('%reset').catch(() => undefined);
    debug.kernel.log.length = 0;
  });

  test('scopes of a frame: locals, closures, and the names of cells as globals', async () => {
    await debug.kernel.run('let earlier = [1, 2, 3];\nfunction hello(name: string) { return name; }');
    const code =
      'function outer(a: number) {\n  const kept = "k";\n  return [1].map((x) => {\n    let sum = x + a;\n    return sum + kept.length;\n  });\n}\nouter(2);';
    const { id, top, scopes } = await stopIn(code, 5);
    assert.deepEqual(
      scopes.map((scope: { name: string }) => scope.name),
      ['Local', 'Closure (outer)', 'Globals'],
    );
    assert.deepEqual(await debug.values(scopes[0].variablesReference), { x: '1', sum: '3' });
    assert.deepEqual(await debug.values(scopes[1].variablesReference), { a: '2', kept: "'k'" });
    const globals = await debug.values(scopes[2].variablesReference);
    assert.equal(globals.earlier, 'Array(3) [1, 2, 3]');
    assert.equal(globals.hello, 'ƒ hello(name)');
    assert.equal(globals.display, undefined);
    assert.equal(globals.setTimeout, undefined);
    assert.deepEqual(
      await debug.ask('scopes', { frameId: top.id + 100 }).then(({ success }) => success),
      false,
    );
    await goOn(id);
    const late = await debug.ask('variables', { variablesReference: scopes[0].variablesReference });
    assert.equal(late.success, false);
    assert.match(String(late.message), /the cell has gone on/);
  });

  test('a name above its declaration says so', async () => {
    const { id, scopes } = await stopIn('function f(a: number) {\n  const b = a;\n  return b;\n}\nf(3)', 2);
    assert.deepEqual(await debug.values(scopes[0].variablesReference), {
      a: '3',
      b: '(not initialised yet)',
    });
    await goOn(id);
  });

  test('values as JavaScript writes them', async () => {
    await debug.kernel.run(`class Field { #soil = 'loam'; name = 'N1'; get area() { throw new Error('ran'); } }
var values = { text: "it's", negative: -0, not: NaN, big: 12n, none: null, nothing: undefined, yes: true,
  when: new Date(0), pattern: /a+/g, field: new Field(), list: ['a', { b: 1 }], map: new Map([['k', { v: 1 }]]), set: new Set([1]),
  bytes: new Uint8Array(3), error: new TypeError('bad'), later: Promise.resolve(1), call: async (a, b) => a, arrow: x => x, kind: Field, mark: Symbol('m'), get lazy() { throw new Error('ran'); } };`);
    const { variables } = await debug.request('inspectVariables');
    const one = variables.find(({ name }: { name: string }) => name === 'values');
    // JupyterLab's tree would show a type in place of the value.
    assert.equal(one.type, undefined);
    assert.match(one.value, /^\{text: /);
    const { variables: all } = await debug.request('variables', {
      variablesReference: one.variablesReference,
    });
    const shown = Object.fromEntries(all.map(({ name, value }: Record<string, string>) => [name, value]));
    assert.deepEqual(shown, {
      text: `"it's"`,
      negative: '-0',
      not: 'NaN',
      big: '12n',
      none: 'null',
      nothing: 'undefined',
      yes: 'true',
      when: shown.when,
      pattern: '/a+/g',
      field: "Field {#soil: 'loam', name: 'N1'}",
      list: "Array(2) ['a', {…}]",
      map: "Map(1) {'k' => {v: 1}}",
      set: 'Set(1) {1}',
      bytes: 'Uint8Array(3) [0, 0, 0]',
      error: 'TypeError: bad',
      later: shown.later,
      call: 'ƒ async (a, b)',
      arrow: 'ƒ (x)',
      kind: 'class Field',
      mark: 'Symbol(m)',
      lazy: '(getter)',
    });
    assert.match(shown.when, /1970/);
    const at = (name: string) => all.find((variable: { name: string }) => variable.name === name);
    assert.deepEqual(await debug.values(at('field').variablesReference), { name: "'N1'", '#soil': "'loam'" });
    assert.deepEqual(await debug.values(at('map').variablesReference), { "'k'": '{v: 1}' });
    assert.deepEqual(await debug.values(at('set').variablesReference), { 0: '1' });
    assert.deepEqual(await debug.values(at('later').variablesReference), {
      '[[PromiseState]]': "'fulfilled'",
      '[[PromiseResult]]': '1',
    });
    const { message } = await debug.values(at('error').variablesReference);
    assert.equal(message, "'bad'");
  });

  test('long lists come in parts, and by start and count', async () => {
    await debug.kernel.run(
      'let long = Float64Array.from({ length: 2_500_000 }, (_, at) => at); let wide = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => ["k" + at, at]));',
    );
    const { variables } = await debug.request('inspectVariables');
    const find = (name: string) => variables.find((one: { name: string }) => one.name === name);
    assert.equal(find('long').indexedVariables, 2_500_000);
    const reference = find('long').variablesReference;
    const parts = (await debug.request('variables', { variablesReference: reference, filter: 'indexed' }))
      .variables;
    assert.deepEqual(
      parts.map(({ name }: { name: string }) => name),
      ['[0 … 999999]', '[1000000 … 1999999]', '[2000000 … 2499999]'],
    );
    const inner = (await debug.request('variables', { variablesReference: parts[1].variablesReference }))
      .variables;
    assert.equal(inner.length, 1000);
    assert.equal((await debug.values(inner[2].variablesReference))[1_002_003], '1002003');
    const page = await debug.request('variables', {
      variablesReference: reference,
      filter: 'indexed',
      start: 70,
      count: 2,
    });
    assert.deepEqual(
      page.variables.map(({ name, value }: Record<string, string>) => [name, value]),
      [
        ['70', '70'],
        ['71', '71'],
      ],
    );
    const names = Object.keys(await debug.values(find('wide').variablesReference));
    assert.equal(names.length, 1001);
    assert.equal(names.at(-1), '…');
  });

  test('setting locals, properties and globals; evaluating in a frame and at the top, in TypeScript too', async () => {
    const code =
      'let total = 1;\nfunction add(n: number, o: { p: number }) {\n  total += n;\n  return [n, o.p, total];\n}\nadd(1, { p: 1 })';
    const { id, top, scopes } = await stopIn(code, 3);
    const [local, globals] = scopes;
    const set = await debug.request('setVariable', {
      variablesReference: local.variablesReference,
      name: 'n',
      value: '20 + 1',
    });
    assert.equal(set.value, '21');
    const { variables } = await debug.request('variables', { variablesReference: local.variablesReference });
    const object = variables.find(({ name }: { name: string }) => name === 'o').variablesReference;
    await debug.request('setVariable', { variablesReference: object, name: 'p', value: 'n * 2' });
    await debug.request('setVariable', {
      variablesReference: globals.variablesReference,
      name: 'total',
      value: '100',
    });
    const ask = async (expression: string, frameId?: number) =>
      (
        await debug.request('evaluate', {
          expression,
          context: 'repl',
          ...(frameId === undefined ? {} : { frameId }),
        })
      ).result;
    assert.equal(await ask('(n as number) + total', top.id), '121');
    assert.equal(await ask('total'), '100');
    const failed = await debug.ask('evaluate', { expression: 'nowhere', frameId: top.id });
    assert.equal(failed.success, false);
    assert.equal(failed.message, 'ReferenceError: nowhere is not defined');
    await debug.request('continue', { threadId: 1 });
    assert.deepEqual((await debug.kernel.turn(id)).of('execute_result')[0]?.data, {
      'text/plain': '[ 21, 42, 121 ]',
    });
    assert.equal(await ask('await Promise.resolve(7)'), '7');
  });

  test('a local is copied to the globals, where later cells find it', async () => {
    const code = 'function inner() {\n  const found = { a: 1 };\n  return found.a;\n}\ninner()';
    const { id, top } = await stopIn(code, 3);
    await debug.request('copyToGlobals', {
      srcVariableName: 'found',
      dstVariableName: 'taken',
      srcFrameId: top.id,
    });
    assert.equal(
      (await debug.ask('copyToGlobals', { srcVariableName: 'a b', dstVariableName: 'x', srcFrameId: top.id }))
        .success,
      false,
    );
    await goOn(id);
    assert.deepEqual((await debug.kernel.run('const again = taken;\nagain')).of('execute_result')[0]?.data, {
      'text/plain': '{ a: 1 }',
    });
    assert.equal((await debug.kernel.run('let taken = 5;\ntaken')).reply.status, 'ok');
  });

  test('variables are listed without a debugger, while a cell spins, and while one is stopped', async () => {
    await debug.kernel.run('let kept = 42;');
    const listed = async () => {
      const { variables } = await debug.request('inspectVariables');
      return Object.fromEntries(variables.map(({ name, value }: Record<string, string>) => [name, value]));
    };
    assert.equal((await listed()).kept, '42');
    const spinning = debug.kernel.startCell('let turns = 0;\nfor (;;) turns++;');
    await sleep(300);
    const one = Number((await listed()).turns);
    await sleep(50);
    assert.ok(Number((await listed()).turns) > one && one > 0);
    await debug.kernel.ask('interrupt_request', {}, 'control');
    assert.equal((await debug.kernel.turn(spinning)).reply.ename, 'Interrupted');
    const { id } = await stopIn('function f() {\n  return 1;\n}\nf()', 2);
    assert.equal((await listed()).kept, '42');
    await goOn(id);
  });

  test('a variable as a MIME bundle, with and without a stop', async () => {
    await debug.kernel.run(
      "const rows = [{ a: 1 }, { a: 2 }]; const own = { [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<b>own</b>' }) };",
    );
    const rich = async (variableName: string, frameId?: number) =>
      (
        await debug.request('richInspectVariables', {
          variableName,
          ...(frameId === undefined ? {} : { frameId }),
        })
      ).data;
    assert.match((await rich('rows'))['text/html'], /<table/);
    assert.match((await rich('own'))['text/html'], /<b>own/);
    assert.deepEqual(await rich('nowhere'), {});
    const { id, top } = await stopIn('function f(local: object[]) {\n  return local;\n}\nf([{ x: 1 }])', 2);
    assert.match((await rich('local', top.id))['text/html'], /<table/);
    assert.ok((await rich('own', top.id))['text/plain']);
    await goOn(id);
  });

  test('texts larger than the helper thread could carry are cut where they are', async () => {
    await debug.kernel.run(
      "let huge = 'x'.repeat(12_000_000); let holds = { huge, small: 1 }; let row = [huge]; let pairs = new Map([[huge, huge]]);",
    );
    const { variables } = await debug.request('inspectVariables');
    const find = (name: string) => variables.find((one: { name: string }) => one.name === name);
    assert.match(find('huge').value, /^'x{10000}… 11990000 more characters'$/);
    for (const name of ['holds', 'row', 'pairs'])
      assert.match(
        Object.values(await debug.values(find(name).variablesReference)).join(),
        /11990000 more/,
        name,
      );
    const { result } = await debug.request('evaluate', { expression: 'huge' });
    assert.ok(result.length < 11_000);
    const { id, scopes } = await stopIn(
      'function f(local: string) {\n  let later;\n  const value = local;\n  return value;\n}\nf(huge).length',
      3,
    );
    const locals = await debug.values(scopes[0].variablesReference);
    assert.match(locals.local ?? '', /11990000 more/);
    assert.equal(locals.later, 'undefined');
    await goOn(id);
  });
});
