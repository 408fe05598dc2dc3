import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCompleter } from '../../../kernel/compiler/complete.ts';
import { type LanguageProject, openProject } from '../../../kernel/compiler/language-project.ts';
import { plainQuestion } from '../../../kernel/compiler/plain-chain.ts';

let folder = '';
let project: LanguageProject;
let fast: ReturnType<typeof openCompleter>;
let full: ReturnType<typeof openCompleter>;

const cells = [
  `interface Leaf { kind: 'leaf'; size: number; 'not a name': 1; 0: 2 }
interface Node2 { kind: 'node'; size: number; children: Tree[]; optional?: { deep: string } | null }
type Tree = Leaf | Node2;
const tree = { kind: 'leaf', size: 1 } as Tree;
const node = { kind: 'node', size: 1, children: [] } as Node2;
const nested = { a: { b: { c: { d: 1 } } }, list: [{ e: 1 }], fn: Object.assign(() => 1, { extra: 2 }) };`,
  `class Base<T> { protected hidden = 1; private secret = 2; #own = 3; static made = 4; private static no = 5;
  value!: T; get got(): T { return this.value } set put(x: T) { this.value = x } method(): void { this.#own++ } }
class Derived extends Base<{ inner: Date }> { static override made = 5; extra = [1, 2] as const }
const derived = new Derived(); let generic = new Base<Map<string, Leaf>>();
function call(): void {} call.attached = { far: 1 };
namespace Space { export const inside = 1; export namespace Sub { export class Deep { static s = 1 } export const x = 'y' } export interface OnlyType { a: 1 } const no = 1; }
class Merged { m = 1; static st = 2 }
namespace Merged { export const plus = 3 }
enum Color { Red, Green = 'g' }
const enum Fixed { One = 1 }`,
  `import * as fs from 'node:fs';
import path, { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import data from './data.json';
import * as local from './local.ts';
let mixed: string | number = 3; const maybe: { x: number } | undefined = { x: 1 };
let anything: any = 1; let nothing: unknown = 2; const symbolic = { [Symbol.iterator]: 1, plain: 2 };
const rec: Record<string, { v: 1 }> = {}; const picked = {} as Pick<Node2, 'kind' | 'size'>;
const partial = {} as Partial<Node2>; const both = {} as Leaf & { more: 1 }; const tuple = [1, 'a'] as const;
const promised = Promise.resolve({ then1: 1 }); const text = 'x'; const big = 1n; const fun = (a: number) => a;
/** @deprecated */ const oldThing = { /** @deprecated */ alpha: 1, beta: 2 };
abstract class Abs { abstract a: number; protected abstract p: number; static create(): Abs { return null! } }
const ctor = Date; const weird = { $: 1, _: 2, ünï: 3, constructor: 4 };
class Fluent { add(n = 1): this { return this } sure(): this is Fluent { return true } made(n: number): { deep: string } | null { return null } #own = 1 }
const fluent = new Fluent();
const widened = { [String('a')]: 1, known: 2 };`,
];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-complete-'));
  await writeFile(join(folder, 'data.json'), '{"top": {"under": [1]}}');
  await writeFile(
    join(folder, 'local.ts'),
    'export const fromFile = { deep: 1 }; export default class D {}; export type T = 1;',
  );
  await writeFile(
    join(folder, 'prelude.ts'),
    'export const season = { load: (): number => 1, bands: ["B02"] }; export class Widget { protected p = 1; shown = true }',
  );
  project = openProject({ folder, preludeTypes: join(folder, 'prelude.ts') });
  for (const [index, source] of cells.entries()) project.record({ id: index + 1, source });
  fast = openCompleter(project);
  full = openCompleter(project, { plain: false });
});
after(() => rm(folder, { recursive: true, force: true }));

const chains =
  `console process Math JSON Array Object Symbol Buffer Intl Intl.DateTimeFormat Promise Reflect crypto
  globalThis process.versions process.env process.stdout console.log Math.max Number.prototype Array.prototype
  tree tree.kind tree.size node node.children node.children.length node.optional node?.optional node.optional?.deep node.optional?
  node.optional?.deep.length nested nested.a nested.a.b nested.a.b.c nested.a.b.c.d nested?.a?.b nested.list nested.fn
  Base Base.prototype Base.made Derived Derived.made derived derived.value derived.value.inner derived.extra derived.got derived.put derived.hidden
  generic generic.value generic.value.size call call.attached Space Space.Sub Space.Sub.Deep Space.Sub.x Space.OnlyType
  Merged Merged.plus Merged.st Color Color.Red Fixed Fixed.One fs fs.promises fs.constants path path.posix join readFile
  data data.top data.top.under local local.fromFile local.default mixed maybe maybe? maybe?.x maybe.x anything nothing symbolic
  rec rec.any rec.any.v picked partial partial.optional partial? both tuple promised text big fun oldThing oldThing.alpha Abs Abs.create ctor
  weird widened widened.known widened.other season season.load season.bands Widget Widget.prototype noSuchName undefined
  season.load() fun(3) fun('x').length call() Abs.create() derived.method() local.default() nested.fn() fetch('x') text.trim() text.trim().at(0)
  text.at(0)? text.at(0)?.trim() text.split('') promised.then() tuple.map(String) Object.keys(nested) path.parse(text) path.parse(text).dir Date.now()
  Space.Sub.Deep() noSuchName() anything() process.exit() process.cwd() console.log({a:1}) console.log(text,[1],()=>{}) JSON.parse(text) Buffer.from(text)
  URL.createObjectURL(text) season.load({a:1}) Math.max(1,2).toFixed(2) fun()() fun?.(1) derived.got() maybe?.x.toFixed() big.toString() tree.kind.trim()
  fluent fluent.add() fluent.add(1).add() fluent.sure() fluent.made(1) fluent.made(1).deep
  Leaf Tree NaN URL URL.prototype Uint8Array fetch structuredClone WebAssembly Temporal`
    .split(/\s+/)
    .filter(Boolean);

describe('member completion from the program that is there', () => {
  for (const chain of chains) {
    test(`${chain}. gives the names that the language service gives`, () => {
      const code = `const unrelated = 1;\n${chain}.`;
      const expected = full(code, code.length);
      assert.deepEqual(fast(code, code.length), expected);
    });
  }

  test('answers nearly all of them by itself', () => {
    const plain = chains.filter(
      (chain) => plainQuestion(`${chain}.`, chain.length + 1, '')?.kind === 'members',
    );
    assert.ok(plain.length >= chains.length - 4, `${plain.length} of ${chains.length}`);
  });
});

describe('what a cell declares, narrows or asks in another place is left to the language service', () => {
  const codes = [
    'const node = { mine: 1 }; node.|',
    'function f(node: { mine: 1 }) { node.| }',
    'for (const node of [{ mine: 1 }]) { node.| }',
    'try {} catch (node) { node.| }',
    "if (tree.kind === 'node') { tree.| }",
    "if (typeof mixed === 'string') mixed.|",
    "mixed = 'x'; mixed.|",
    "switch (tree.kind) { case 'node': tree.| }",
    'if (nothing instanceof Date) { nothing.| }',
    'function isNode(t: Tree): t is Node2 { return true } if (isNode(tree)) tree.|',
    'function check(t: unknown): asserts t is Date {} check(nothing); nothing.|',
    'tree.kind === "leaf" ? tree.| : 1',
    'let x: Space.|',
    'type X = typeof nested.|',
    'class C extends Space.Sub.| {}',
    'class C extends Derived { m() { derived.| } }',
    'import y = Space.|',
    '"node.|"',
    '// node.|',
    `\`\${node.|}\``,
    '`node.|`',
    '/node.|/',
    'node.|\nnested.a',
    'node\n  .|',
    'display(node.|)',
    'const z = { p: node.| }',
    'await node.|',
    'new Space.Sub.|',
    'node.| = 1',
    '[node.|]',
    'namespace Q { node.| }',
    'derived.extra; console.log(1); console.|',
    'import { node } from "./local.ts"; node.|',
    'node.siz|',
    'nested.a.b|.c',
    'season.l|',
    'node!.|',
    'node.children[0].|',
    'call().|',
    'this.|',
    'super.|',
    '1.|',
    '..|',
  ];
  for (const code of codes) {
    test(code, () => {
      const cursor = code.indexOf('|', code.endsWith('|') || code.includes('|}') ? 0 : 0);
      const text = code.slice(0, cursor) + code.slice(cursor + 1);
      assert.deepEqual(fast(text, cursor), full(text, cursor));
    });
  }
});

describe('names from the program that is there', () => {
  const codes = [
    'con|',
    'tre|',
    'Co|',
    'const x = Pro|',
    'const unrelated = 1;\nsea|',
    'console.log(nes|)',
    'await pro|',
    '[1, ma|]',
    'if (der|) {}',
    'const con2 = 1; con|',
    'function f(contrary) { con| }',
    'let x: Le|',
    'const nod|',
    'import { re| } from "node:fs"',
    'const o = { pla|: 1 }',
    'const o: Leaf = { ki| }',
    'class Q { sta| }',
    'f(() => con|)',
    '"con|"',
    '// con|',
    `\`\${con|}\``,
    'type Q = Tre|',
    'node.children.map((n) => n.si|)',
    'break con|',
    'export con|',
    'x as con|',
    'function con|',
    'for (const q of nes|) {}',
    'new Der|',
    'typeof der|',
    'throw Er|',
    'con|\nfoo()',
    'nothingBeginsLikeThis|',
    '{ nes| }',
    '({ nes| })',
    'let q = 1 + mi|',
    'delete nes|',
    '@nes| class A {}',
  ];
  for (const code of codes) {
    test(code, () => {
      const cursor = code.indexOf('|');
      const text = code.slice(0, cursor) + code.slice(cursor + 1);
      assert.deepEqual(fast(text, cursor), full(text, cursor));
    });
  }
});

test('functions have their signature, with how many others there are', () => {
  const signature = (code: string, name: string) =>
    fast(code, code.length).matches.find(({ text }) => text === name)?.signature;
  assert.equal(signature('console.l', 'log'), '(message?: any, ...optionalParams: any[]): void');
  assert.equal(signature('derived.', 'method'), '(): void');
  assert.match(signature('let x = [1]; x.ma', 'map') ?? '', /^<U>\(callbackfn: /);
  assert.match(signature('text.', 'replace') ?? '', /^\(.*\): string \(\+\d more\)$/);
  assert.equal(signature('nested.', 'a'), undefined);
});

test('new text is answered without a new program', () => {
  const { program } = project.settled() ?? {};
  for (const code of ['let a = 1; console.', 'let b = 1; con', 'let c = 1; nested.a.b.', 'season.l']) {
    assert.ok(fast(code, code.length).matches.length > 0);
    assert.equal(project.settled()?.program, program);
    assert.equal(project.service.getProgram(), program);
  }
});

test('names follow the cells that run, types the files that change', async () => {
  const members = (code: string) => fast(code, code.length).matches.map(({ text }) => text);
  assert.deepEqual(members('late.'), []);
  project.record({ id: 50, source: 'const late = { first: 1 }' });
  assert.deepEqual(members('late.'), ['first']);
  project.record({ id: 51, source: 'const late = { second: 1 }' });
  assert.deepEqual(members('late.'), ['second']);
  assert.deepEqual(members('lat'), ['late']);
});

test('long words in front of the cursor cost nothing', () => {
  const code = `const image = "${'A'.repeat(100_000)}";\nnested.`;
  const started = performance.now();
  assert.deepEqual(
    fast(code, code.length)
      .matches.map(({ text }) => text)
      .slice(0, 1),
    ['a'],
  );
  assert.ok(performance.now() - started < 1500);
});
