import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { diagnose } from '../../../kernel/compiler/diagnose.ts';
import { type LanguageProject, openProject } from '../../../kernel/compiler/language-project.ts';

let folder = '';
let project: LanguageProject;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-diagnose-'));
  await writeFile(join(folder, 'data.json'), '{"top": {"list": [1, 2]}}');
  await writeFile(join(folder, 'near.ts'), 'export const near = 1; export default class Near { deep = 1 }');
  await mkdir(join(folder, 'node_modules', 'common'), { recursive: true });
  await writeFile(
    join(folder, 'node_modules', 'common', 'package.json'),
    '{"name":"common","types":"i.d.ts"}',
  );
  await writeFile(
    join(folder, 'node_modules', 'common', 'i.d.ts'),
    'declare function common(x: number): { y: number }; declare namespace common { const version: string } export = common;',
  );
  const kernel = (name: string) => fileURLToPath(new URL(`../../../kernel/${name}`, import.meta.url));
  project = openProject({
    folder,
    globalTypes: kernel('cell/globals.ts'),
    preludeTypes: kernel('prelude.ts'),
    untyped: ['tslab'],
  });
});
after(() => rm(folder, { recursive: true, force: true }));

/** One notebook, each cell run after the one before it; `failed` ones stop half-way. None has anything wrong with it. */
const page: (string | { failed: string })[] = [
  'const thing = 1; let loose; var old = "x"; function make(a, b = 2) { return a + b }',
  'const thing = "now a text"; thing.toUpperCase()',
  'function thing() { return [1] }\nthing().length',
  'class thing { x = 1 }\nnew thing().x; const made: thing = new thing()',
  'interface thing { extra: string }\nconst t: thing = { extra: "" }; made.x',
  'loose = 5; loose = "text"; old = "y"; old += 1',
  { failed: 'const before = { ready: true }; throw new Error("half-way"); const never = 1' },
  'before.ready === true',
  'import data from "./data.json"; data.top.list.map((n) => n + 1)',
  'import * as all from "./data.json" with { type: "json" }; all',
  'import common from "common"; common(1).y; common.version.length',
  'import { version } from "common"; version.length',
  'const { near, default: Near } = await import("./near.ts"); new Near().deep + near',
  'const fs = await import("node:fs"); fs.existsSync("x"); const os = require("node:os"); os.cpus()',
  'import { display as show } from "tslab"; show.html("<b>x</b>"); import * as tslab from "tslab"; tslab.display.markdown("x")',
  'display("x"); await input("name?"); prompt("x")?.length; comms.open("target", {})',
  'const cube = load_collection; const slider = new IntSlider({ min: 0, max: 10, value: 5 }); slider.value + 1',
  'thing; 1 + 1; "text"; [1, 2]; ({ a: 1 }); `x`; undefined; null',
  '{ a: 1, b: [thing] }',
  'for (const x of [1, 2]) { x }\nif (old) { old }\nlabel: for (;;) break label',
  'await Promise.all([1, 2].map(async (n) => n)); for await (const x of [Promise.resolve(1)]) x',
  'enum Color { Red, Green }\nnamespace Space { export const inside = Color.Red }\nSpace.inside',
  'enum Color { Blue }\nColor.Blue; abstract class A { abstract m(): void }\nclass B extends A { m() {} }',
  'type Point = { x: number }; const p = { x: 1 } satisfies Point; const q = p as Point; q!.x',
  'let p: Point[] = []; p.push({ x: 1 }); p = p.map(({ x }) => ({ x: x + 1 }))',
  'try { JSON.parse("{") } catch (error) { error.message }\nconst [first, ...rest] = [1, 2]; const { a = 1 } = {} as { a?: number }',
  'export const exported = 1; export default 5; export function f2() {}',
  'exported + 1; f2()',
  'globalThis.something = 1; (globalThis as any).other = 2; process.env.HOME?.length; __filename; import.meta.url',
  'const self = { self: 1 }; { const self = 2; self }\nvar self2 = self.self; delete (self as any).self',
  'using resource = { [Symbol.dispose]() {} }; resource',
  'setTimeout(() => {}, 1).unref(); const u8 = new Uint8Array(4); Buffer.from(u8).toString("hex"); structuredClone({}); fetch',
  'function* gen() { yield 1 }\n[...gen()]; const it = gen(); it.next().value; Iterator.from([1]).map(String)',
  'const el = [1, 2].find((x) => x > 5) ?? 0; el.toFixed(); const m = new Map([["a", 1]]); m.get("a")?.toFixed(); // comment',
  '',
  '// only a comment',
  '/** documented */\n\n',
];

describe('a page of cells that have nothing wrong', () => {
  for (const [index, cell] of page.entries()) {
    const source = typeof cell === 'string' ? cell : cell.failed;
    test(JSON.stringify(source), () => {
      assert.equal(diagnose(project, project.open, source).text, '');
      project.record({ id: index + 1, source, failed: typeof cell !== 'string' });
    });
  }
});

describe('what is wrong', () => {
  const wrong = (code: string): string => diagnose(project, project.open, code).text;

  test('has its caret under its character, behind tabs, wide characters and astral ones', () => {
    const excerpt = (code: string) => wrong(code).split('\n').slice(1).join('\n');
    assert.equal(excerpt('\tlet s: string = 1'), '1 |  let s: string = 1\n  |      ^');
    assert.equal(
      excerpt('"漢字"; let s: string = 1'),
      `1 | "漢字"; let s: string = 1\n  | ${' '.repeat(12)}^`,
    );
    assert.equal(excerpt("'😀'; let s: string = 1"), `1 | '😀'; let s: string = 1\n  | ${' '.repeat(10)}^`);
    assert.equal(
      excerpt("'e\u0301'; let s: string = 1"),
      `1 | 'e\u0301'; let s: string = 1\n  | ${' '.repeat(9)}^`,
    );
    assert.equal(excerpt('1;\r\n\r\nlet s: string = 1'), '3 | let s: string = 1\n  |     ^');
  });

  test('is told of the cell alone: an earlier cell with errors says nothing again', () => {
    project.record({ id: 900, source: 'const badly: number = "text"' });
    assert.equal(wrong('badly + 1'), '');
  });

  test('an assignment to a constant of an earlier cell', () => {
    assert.match(wrong('exported = 2'), /^Line 1: Cannot assign to 'exported' because it is a constant/);
    assert.match(wrong('exported++'), /because it is a constant/);
    assert.match(wrong('f2 = 1'), /because it is a function/);
  });

  test('errors are counted, ten are shown', () => {
    const found = diagnose(
      project,
      project.open,
      'let s: string = 1;\n'.replace('s', 's0') + 'nope;\n'.repeat(15),
    );
    assert.equal(found.errors, 16);
    assert.match(found.text, /\.\.\. and 6 more$/);
  });

  test('a cell that failed and does not parse gives no names', () => {
    project.record({ id: 901, source: 'const half = {', failed: true });
    assert.match(wrong('half'), /Cannot find name 'half'/);
  });
});
