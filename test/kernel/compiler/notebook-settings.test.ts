import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { diagnose } from '../../../kernel/compiler/diagnose.ts';
import { openProject } from '../../../kernel/compiler/language-project.ts';
import { notebookSettings } from '../../../kernel/compiler/notebook-settings.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-settings-'));
});
beforeEach(() => rm(join(folder, 'tsconfig.json'), { force: true }));
after(() => rm(folder, { recursive: true, force: true }));

const wanted = (text: string) => writeFile(join(folder, 'tsconfig.json'), text);
function wrong(code: string): string {
  const project = openProject({ folder });
  return diagnose(project, project.open, code).text;
}

test('without a tsconfig.json: strict, but parameters need no types', () => {
  assert.equal(wrong('const f = (a) => a; const l: string[] = []; l[0].length'), '');
  assert.match(wrong('let n: number = null; n'), /not assignable/);
});

test('the strict family of a tsconfig.json is heeded, with comments and what it extends', async () => {
  await writeFile(join(folder, 'base.json'), '{"compilerOptions": {"noUncheckedIndexedAccess": true}}');
  await wanted('{ // a comment\n "extends": "./base.json", "compilerOptions": {"strict": true,} }');
  assert.match(wrong('const f = (a) => a'), /implicitly has an 'any' type/);
  assert.match(wrong('const l: string[] = []; l[0].length'), /possibly 'undefined'/);
  await wanted('{"compilerOptions": {"strict": false}}');
  assert.equal(wrong('let n: number = null; const f = (a) => n'), '');
});

test('paths lead to files of the folder', async () => {
  await writeFile(join(folder, 'lib.ts'), 'export const inLib = 1;');
  await wanted('{"compilerOptions": {"paths": {"@lib": ["./lib.ts"]}}}');
  assert.equal(wrong("import { inLib } from '@lib'; inLib.toFixed()"), '');
});

test('lib and types are heeded, and the types of Node stay', async () => {
  await wanted('{"compilerOptions": {"lib": ["esnext", "dom"], "types": []}}');
  assert.equal(wrong('document.title; process.pid; console.log(1)'), '');
});

test('what decides how code is made is not heeded', async () => {
  await wanted(
    '{"compilerOptions": {"target": "es5", "module": "commonjs", "jsx": "react", "verbatimModuleSyntax": true, "noUnusedLocals": true, "isolatedDeclarations": true, "outDir": "x"}, "include": ["src"], "files": ["no.ts"]}',
  );
  const { settings, notice } = notebookSettings(folder);
  assert.equal(notice, undefined);
  assert.equal(settings.jsx, undefined);
  assert.equal(
    wrong("const big = 1n; await Promise.resolve(); import fs from 'node:fs'; fs.existsSync('x')"),
    '',
  );
});

test('a file that cannot be read is told with its line, and our settings are used', async () => {
  await wanted('{\n "compilerOptions": {\n');
  const { notice } = notebookSettings(folder);
  assert.match(notice ?? '', /tsconfig\.json is not used: line 3: /);
  assert.equal(wrong('const f = (a) => a'), '');
});

test('a wrong option is told, the others are used', async () => {
  await wanted('{"compilerOptions": {"strict": "yes", "lib": ["es1900"], "noUncheckedIndexedAccess": true}}');
  const { notice } = notebookSettings(folder);
  assert.match(notice ?? '', /tsconfig\.json is used but for this: .*strict.*boolean/);
  assert.match(wrong('const l: string[] = []; l[0].length'), /possibly 'undefined'/);
});
