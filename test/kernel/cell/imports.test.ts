import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { TestKernel } from '../client.ts';

describe('imports of cells', () => {
  let kernel: TestKernel;
  let stamp = Math.floor(Date.now() / 1000);
  before(async () => {
    kernel = await TestKernel.start();
  });
  after(() => kernel.stop());

  /** Writes a file of the notebook's folder, each time with a time of its own. */
  function write(name: string, text: string): void {
    const file = join(kernel.folder, name);
    writeFileSync(file, text);
    stamp += 1;
    utimesSync(file, stamp, stamp);
  }

  /** `text/plain` of what a cell gives, or what it threw. */
  async function result(code: string): Promise<unknown> {
    const turn = await kernel.run(code);
    if (turn.reply.status !== 'ok') return `${turn.reply.ename}: ${turn.reply.evalue}`;
    return (turn.of('execute_result')[0]?.data as Record<string, unknown> | undefined)?.['text/plain'];
  }

  test('a file is read again when one that it imports has changed, and not otherwise', async () => {
    write('deep.ts', 'export const deep: number = 1;');
    write(
      'middle.mjs',
      "export { deep } from './deep.ts'; export const run = (globalThis.runs = (globalThis.runs ?? 0) + 1);",
    );
    write('other.ts', 'export const once = (globalThis.others = ((globalThis as any).others ?? 0) + 1);');
    write(
      'top.ts',
      "import { deep, run } from './middle.mjs'; import { once } from './other.ts'; export const all = [deep, run, once];",
    );
    assert.equal(await result("import { all } from './top.ts'; all"), '[ 1, 1, 1 ]');
    assert.equal(await result("import { all } from './top.ts'; all"), '[ 1, 1, 1 ]');
    write('deep.ts', 'export const deep: number = 2;');
    assert.equal(await result("import { all } from './top.ts'; all"), '[ 2, 2, 1 ]');
    assert.equal(await result("(await import('./deep.ts')).deep"), '2');
  });

  test('files that import one another in a circle are read again together', async () => {
    write('a.ts', "import { b } from './b.ts'; export const a = () => b + 1;");
    write('b.ts', "import { a } from './a.ts'; export const b = 1; export const c = () => a();");
    assert.equal(await result("import { c } from './b.ts'; c()"), '2');
    write('a.ts', "import { b } from './b.ts'; export const a = () => b + 10;");
    assert.equal(await result("import { c } from './b.ts'; c()"), '11');
  });

  test('an import that failed is tried again, and its error names file and line', async () => {
    write('broken.ts', 'export const x = 1;\nexport const y = = 2;');
    write('uses.ts', "export * from './broken.ts';");
    const turn = await kernel.run("import { x } from './uses.ts'");
    assert.match((turn.reply.traceback as string[]).join('\n'), /broken\.ts:2\n/);
    write('broken.ts', 'export const x = 1;\nexport const y = 2;');
    assert.equal(await result("import { y } from './uses.ts'; y"), '2');
    write('flaky.ts', "if (!globalThis.up) throw new Error('down'); export const ok = 1;");
    assert.equal(await result("import { ok } from './flaky.ts'"), 'Error: down');
    assert.equal(await result("globalThis.up = true; const { ok } = await import('./flaky.ts'); ok"), '1');
  });

  test('frames in a file that was read again have its plain name', async () => {
    write('throws.ts', 'export const f = () => 1;');
    await kernel.run("import { f } from './throws.ts'");
    write('throws.ts', "export const f = () => {\n  throw new Error('here');\n};");
    const { reply } = await kernel.run("import { f } from './throws.ts'; f()");
    assert.match((reply.traceback as string[]).join('\n'), /throws\.ts:2:9\)/);
  });

  test('a CommonJS file is read again too', async () => {
    write('common.cjs', 'exports.n = 1;');
    assert.equal(await result("import { n } from './common.cjs'; n"), '1');
    write('common.cjs', 'exports.n = 2;');
    assert.equal(await result("import { n } from './common.cjs'; n"), '2');
  });

  test('import.meta is that of a file beside the notebook', async () => {
    write('data.json', '{ "n": 3 }');
    const folder = pathToFileURL(kernel.folder).href;
    assert.equal(await result("new URL('./data.json', import.meta.url).href"), `'${folder}/data.json'`);
    assert.equal(await result('import.meta.dirname'), `'${kernel.folder}'`);
    assert.equal(await result("import.meta.resolve('./data.json')"), `'${folder}/data.json'`);
    assert.match(String(await result("import.meta.resolve('zeromq')")), /ERR_MODULE_NOT_FOUND|Cannot find/);
    const inside = join(kernel.folder, 'node_modules', 'esm-only');
    mkdirSync(inside, { recursive: true });
    writeFileSync(
      join(inside, 'package.json'),
      '{ "name": "esm-only", "type": "module", "exports": { "import": "./index.js" } }',
    );
    writeFileSync(join(inside, 'index.js'), 'export const esm = 1;');
    assert.match(String(await result("import.meta.resolve('esm-only')")), /esm-only\/index\.js'$/);
  });

  test('JSON can be imported with and without attributes, and required', async () => {
    const code =
      "import a from './data.json'; import b from './data.json' with { type: 'json' }; [a.n, b.n, require('./data.json').n]";
    assert.equal(await result(code), '[ 3, 3, 3 ]');
  });

  test('require takes ES modules, and the modules of the kernel', async () => {
    write('module.mjs', 'export const esm = 4;');
    assert.equal(await result("require('./module.mjs').esm"), '4');
    assert.equal(await result("import fs = require('node:fs'); typeof fs.readFileSync"), "'function'");
    assert.equal(await result("import tslab = require('tslab'); typeof tslab.newDisplay"), "'function'");
    assert.match(String(await result("require.resolve('./module.mjs')")), /module\.mjs/);
  });

  test('what is no module is refused by name', async () => {
    write('x.css', 'a {}');
    write('y.tsx', 'export const a = <a/>');
    assert.match(
      String(await result("import './x.css'")),
      /^ModuleMissing: '\.\/x\.css' is no module: read it/,
    );
    assert.match(String(await result("import 'x.css'")), /the file beside the notebook is '\.\/x\.css'/);
    assert.match(String(await result("import './y.tsx'")), /JSX has to be compiled first/);
    assert.match(String(await result("import 'not-here'")), /npm install not-here/);
  });
});
