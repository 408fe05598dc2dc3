import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LanguageClient } from '../../../kernel/compiler/language-client.ts';

let folder = '';
let client: LanguageClient;

const prelude = `
/** Shows values. @param values what to show */
export function display(...values: unknown[]): void { void values; }
export const comms = { open: (target: string, data: { n: number }): string => target + data.n };
export interface Shape { kind: 'round' | 'square' }
export class Control { value = 1 }
export function attachKernel(): void {}
`;

const firstCell = `const veryLongDeclaredName = 1;
const obj = { alpha: 1 };
interface P { alpha: number }
/** Makes a P. */
function make(): P { return { alpha: 1 }; }
let kept = 42;
const made = make();`;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-language-'));
  await writeFile(join(folder, 'prelude.ts'), prelude);
  await writeFile(join(folder, 'local.ts'), 'export const fromFile = { deep: { er: 1 } };');
  await mkdir(join(folder, 'node_modules', 'typed'), { recursive: true });
  await writeFile(
    join(folder, 'node_modules', 'typed', 'package.json'),
    '{"name":"typed","types":"./t.d.ts"}',
  );
  await writeFile(
    join(folder, 'node_modules', 'typed', 't.d.ts'),
    'export declare const typedValue: { inner: 1 };',
  );
  client = new LanguageClient({ folder, preludeTypes: join(folder, 'prelude.ts'), limitMs: 60_000 });
  client.record({ id: 1, source: firstCell });
  client.record({
    id: 2,
    source: "import { readFile } from 'node:fs/promises';\nlet byName: Map<string, P> = new Map();",
  });
});

after(async () => {
  client.close();
  await rm(folder, { recursive: true, force: true });
});

/** The texts that the matches would make of the code. */
async function completed(code: string, cursor = code.length): Promise<string[]> {
  const { matches, start, end } = await client.complete(code, cursor);
  return matches.map(({ text }) => code.slice(0, start) + text + code.slice(end));
}

describe('completion', () => {
  const found: [string, string][] = [
    ['veryLongDecl', 'veryLongDeclaredName'],
    ["'😀'; veryLongDecl", "'😀'; veryLongDeclaredName"],
    ['obj.al', 'obj.alpha'],
    ['make().al', 'make().alpha'],
    ["byName.get('x')!.", "byName.get('x')!.alpha"],
    ['veryLongDeclaredName.toF', 'veryLongDeclaredName.toFixed'],
    ['Array.isA', 'Array.isArray'],
    ['console.', 'console.log'],
    ['process.ex', 'process.exit'],
    ['readF', 'readFile'],
    ['disp', 'display'],
    ['comms.', 'comms.open'],
    ['new Cont', 'new Control'],
    ['let p: P', 'let p: P'],
    ["const s: Shape = { kind: '", "const s: Shape = { kind: 'round"],
    ["import x from 'node:f", "import x from 'node:fs"],
    ["import x from './lo", "import x from './local"],
    ["import x from 'typ", "import x from 'typed"],
    [
      "import { fromFile } from './local.ts'; fromFile.deep.",
      "import { fromFile } from './local.ts'; fromFile.deep.er",
    ],
    [
      "import { typedValue } from 'typed'; typedValue.",
      "import { typedValue } from 'typed'; typedValue.inner",
    ],
    ["import { property } from 'fast-check'; propert", "import { property } from 'fast-check'; property"],
    [
      'const r = await readFile("x", "utf8"); r.toUpp',
      'const r = await readFile("x", "utf8"); r.toUpperCase',
    ],
    ['for (const item of [obj]) { item.', 'for (const item of [obj]) { item.alpha'],
  ];
  for (const [code, whole] of found) {
    test(`${JSON.stringify(code)} offers ${JSON.stringify(whole)}`, async () => {
      assert.ok((await completed(code)).includes(whole), `${await completed(code)}`);
    });
  }

  test('offers only what begins as typed, its own case first, with a kind', async () => {
    const { matches } = await client.complete('mak', 3);
    assert.deepEqual(matches[0], { text: 'make', type: 'function', signature: '(): P' });
    assert.ok(matches.every(({ text }) => text.toLowerCase().startsWith('mak')));
  });

  test('inside a word and before other code', async () => {
    assert.ok((await completed('obj.alpha; make()', 6)).includes('obj.alphapha; make()'));
    assert.ok((await completed('obj.\nmake()', 4)).includes('obj.alpha\nmake()'));
  });

  test('nothing is offered for what nobody knows, and a cursor outside the code is moved inside', async () => {
    assert.deepEqual(await completed('nobodyKnowsThis.'), []);
    assert.equal((await client.complete('con', 999)).end, 3);
    assert.equal((await client.complete('con', -3)).end, 0);
  });

  test('types follow a name that a later cell declares again', async () => {
    const own = new LanguageClient({ folder, limitMs: 60_000 });
    try {
      own.record({ id: 1, source: 'const thing = 1; const first = thing; interface Kind { a: 1 }' });
      assert.match((await own.inspect('thing', 2, 0)).data['text/plain'] ?? '', /const thing: 1/);
      own.record({ id: 2, source: 'function thing() { return "text" }\nlet kind: Kind' });
      own.record({ id: 3, source: 'interface Kind { b: 2 }' });
      assert.match((await own.inspect('thing', 2, 0)).data['text/plain'] ?? '', /function thing\(\): string/);
      assert.match((await own.inspect('first', 2, 0)).data['text/plain'] ?? '', /const first: 1/);
      const members = async (code: string) =>
        (await own.complete(code, code.length)).matches.map(({ text }) => text);
      assert.deepEqual(await members('kind.'), ['a']);
      assert.deepEqual(await members('let k: Kind; k.'), ['b']);
      own.record({ id: 3, source: 'type Kind = { c: 3 }' });
      assert.deepEqual(await members('let k: Kind; k.'), ['c']);
      assert.deepEqual(await members('const thing = { own: 1 }; thing.'), ['own']);
    } finally {
      own.close();
    }
  });

  test('a member is completed in milliseconds once the service is warm', async () => {
    const times: number[] = [];
    for (let n = 0; n < 40; n++) {
      const start = performance.now();
      await client.complete('obj.al', 6);
      times.push(performance.now() - start);
    }
    const median = times.toSorted((a, b) => a - b)[20] ?? Number.POSITIVE_INFINITY;
    assert.ok(median <= 5, `${median.toFixed(1)} ms`);
  });
});

describe('inspection', () => {
  test('gives signature and documentation as text and as Markdown', async () => {
    assert.deepEqual(await client.inspect('make', 2, 0), {
      found: true,
      live: false,
      data: {
        'text/plain': 'function make(): P\n\nMakes a P.',
        'text/markdown': '```typescript\nfunction make(): P\n```\n\nMakes a P.',
      },
    });
  });

  const signatures: [string, RegExp][] = [
    ['kept', /^let kept: number$/],
    ['made', /^const made: P$/],
    ['P', /^interface P$/],
    [
      'display',
      /^function display\(\.\.\.values: unknown\[\]\): void\n\nShows values\.\n\n@param values what to show$/,
    ],
    [
      'comms.open("x", ',
      /^open\(target: string, data: {\s+n: number;\s+}\): string\n\n→ data: { n: number; } \(parameter 2 of 2\)$/,
    ],
    ['console', /console/],
    ['Array.isArray', /isArray\(arg: any\)/],
  ];
  for (const [code, expected] of signatures) {
    test(`of ${code}`, async () => {
      const { data } = await client.inspect(code, code.length, 0);
      assert.match(data['text/plain'] ?? '', expected);
    });
  }

  test('adds the source where more detail is asked for', async () => {
    const { data } = await client.inspect('make', 2, 1);
    assert.match(data['text/plain'] ?? '', /function make\(\): P \{ return \{ alpha: 1 \}; \}/);
  });

  test('finds nothing for a name that nobody declared', async () => {
    assert.deepEqual(await client.inspect('nobodyKnowsThis', 4, 0), { found: false, data: {} });
    assert.deepEqual(await client.inspect('', 0, 0), { found: false, data: {} });
  });
});

/** The type errors of a cell as text; empty for none. */
async function diagnosed(code: string, of = client): Promise<string> {
  const found = await of.diagnose(code);
  assert.ok(found, 'no answer');
  return found.text;
}

describe('diagnosis', () => {
  const fine = [
    '1 + 1',
    'kept = 7',
    'await Promise.resolve(1)',
    '{ a: 1, b: [kept] }',
    'const make = 5; make + 1',
    'class P { x = 1 }\nnew P().x',
    "type made = string; const z: made = 'x'",
    'enum A { B }\nnamespace N { export const x = 1 }\nA.B + N.x',
    "import { fromFile } from './local.ts'; fromFile.deep.er + 1",
    'process.exit',
    'const h = (a, b) => a + b',
    'try { kept } catch (e) { e.message }',
    '%timeit 1',
    'display(1); comms.open("a", { n: 1 })',
    '',
  ];
  for (const code of fine) {
    test(`has nothing to say about ${JSON.stringify(code)}`, async () => {
      assert.equal(await diagnosed(code), '');
    });
  }

  test('names the line of the cell and points at the place', async () => {
    assert.equal(
      await diagnosed("let n = 1;\nlet s: string = n;\nkept = 'x'"),
      "Line 2: Type 'number' is not assignable to type 'string'. (TS2322)\n2 | let s: string = n;\n  |     ^\n\n" +
        "Line 3: Type 'string' is not assignable to type 'number'. (TS2322)\n3 | kept = 'x'\n  | ^^^^",
    );
  });

  const wrong: [string, RegExp][] = [
    ['made = make()', /Cannot assign to 'made' because it is a constant/],
    [
      '{ a: 1, b: noSuchName }',
      /^Line 1: Cannot find name 'noSuchName'.*\n1 \| { a: 1, b: noSuchName }\n {2}\| {12}\^{10}$/,
    ],
    ["import x from 'no-such-package'", /Cannot find module 'no-such-package'/],
    ['let x = = 1', /^Line 1: Expression expected/],
    ['make(1)', /Expected 0 arguments, but got 1/],
  ];
  for (const [code, expected] of wrong) {
    test(JSON.stringify(code), async () => assert.match(await diagnosed(code), expected));
  }
});

test('a built prelude is typed by the declarations beside it, a module of the kernel by nothing', async () => {
  await writeFile(join(folder, 'built.js'), 'export const made = 1;');
  await writeFile(join(folder, 'built.d.ts'), 'export declare const fromDeclarations: { deep: 1 };');
  const preludeTypes = join(folder, 'built.js');
  const own = new LanguageClient({ folder, preludeTypes, untyped: ['tslab'], limitMs: 60_000 });
  try {
    assert.equal((await own.complete('fromDeclarations.', 17)).matches[0]?.text, 'deep');
    assert.equal(await diagnosed("import { display } from 'tslab'; display.html('x')", own), '');
    assert.match(await diagnosed("import 'tslabs'; import x from 'tslabs'", own), /Cannot find module/);
  } finally {
    own.close();
  }
});

describe('the language process', () => {
  const complete = (of: LanguageClient) => of.complete('remembered.al', 13);
  const cell = { id: 1, source: 'const remembered = { alpha: 1 }' };

  async function gone(pid: number): Promise<boolean> {
    for (let n = 0; n < 100; n++) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      if (status === '' || /State:\s+Z/.test(status)) return true;
      await sleep(20);
    }
    return false;
  }

  test('starts with the first question, ends when idle, and comes back with the cells', async () => {
    const own = new LanguageClient({ folder, idleMs: 50, limitMs: 60_000 });
    try {
      own.record(cell);
      assert.equal(own.pid, undefined);
      assert.equal((await complete(own)).matches[0]?.text, 'alpha');
      const { pid } = own;
      assert.ok(pid !== undefined && (await gone(pid)));
      assert.equal(own.pid, undefined);
      assert.equal((await complete(own)).matches[0]?.text, 'alpha');
    } finally {
      own.close();
    }
  });

  test('killed while it works: the question gets the empty answer, the next one a new process', async () => {
    const own = new LanguageClient({ folder, limitMs: 60_000 });
    try {
      own.record(cell);
      const asked = complete(own);
      process.kill(own.pid ?? 0, 'SIGKILL');
      assert.deepEqual(await asked, { matches: [], start: 13, end: 13 });
      assert.equal((await complete(own)).matches[0]?.text, 'alpha');
    } finally {
      own.close();
    }
  });

  test('an interrupt of the process group does not end it', async () => {
    const own = new LanguageClient({ folder, limitMs: 60_000 });
    try {
      await own.isComplete('1');
      const { pid } = own;
      process.kill(pid ?? 0, 'SIGINT');
      await sleep(50);
      assert.equal((await own.isComplete('f(')).status, 'incomplete');
      assert.equal(own.pid, pid);
    } finally {
      own.close();
    }
  });

  test('hanging: every kind of question is given up after the limit', async () => {
    const own = new LanguageClient({ folder, limitMs: 300 });
    try {
      const ask = [
        () => own.complete('x', 1),
        () => own.inspect('x', 1, 0),
        () => own.isComplete('x'),
        () => own.diagnose('x'),
      ];
      const asked = ask.map((question) => question());
      process.kill(own.pid ?? 0, 'SIGSTOP');
      const empty = [
        { matches: [], start: 1, end: 1 },
        { found: false, data: {} },
        { status: 'unknown', indent: '' },
        undefined,
      ];
      assert.deepEqual(await Promise.all(asked), empty);
    } finally {
      own.close();
    }
  });

  test('an aborted question is answered at once, a closed client starts nothing', async () => {
    const own = new LanguageClient({ folder, limitMs: 60_000 });
    const abort = new AbortController();
    const asked = own.complete('x', 1, abort.signal);
    abort.abort();
    assert.deepEqual((await asked).matches, []);
    own.close();
    assert.deepEqual(await own.isComplete('1'), { status: 'unknown', indent: '' });
    assert.equal(own.pid, undefined);
  });

  test('works without a prelude, in a folder that does not exist, with cells that do not parse', async () => {
    const own = new LanguageClient({
      folder: join(folder, 'missing'),
      preludeTypes: '/no/such.ts',
      limitMs: 60_000,
    });
    try {
      own.record({ id: 1, source: 'let a = = }{ `' });
      own.record({ id: 2, source: '(((((' });
      own.record(cell);
      assert.equal((await complete(own)).matches[0]?.text, 'alpha');
    } finally {
      own.close();
    }
  });
});
