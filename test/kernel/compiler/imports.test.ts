import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCompleter } from '../../../kernel/compiler/complete.ts';
import { diagnose } from '../../../kernel/compiler/diagnose.ts';
import { type LanguageProject, openProject } from '../../../kernel/compiler/language-project.ts';

let folder = '';
let now = 0;
let project: LanguageProject;
let complete: ReturnType<typeof openCompleter>;

const files: Record<string, string> = {
  'node_modules/own/package.json': '{"name":"own","types":"./t.d.ts"}',
  'node_modules/own/t.d.ts': 'export declare const ownValue: { inner: 1 };',
  'node_modules/plain/package.json': '{"name":"plain","main":"./i.js"}',
  'node_modules/plain/i.js': 'exports.a = 1;',
  'node_modules/@types/plain/package.json': '{"name":"@types/plain","types":"index.d.ts"}',
  'node_modules/@types/plain/index.d.ts': 'export declare const fromTypes: { deep: 1 };',
  'node_modules/versions/package.json':
    '{"name":"versions","types":"old.d.ts","typesVersions":{">=4":{"*":["new/*"]}}}',
  'node_modules/versions/old.d.ts': 'export declare const old: 1;',
  'node_modules/versions/new/old.d.ts': 'export declare const fresh: { q: 1 };',
  'node_modules/conditions/package.json':
    '{"name":"conditions","type":"module","exports":{".":{"node":{"types":"./n.d.ts","default":"./n.js"},"types":"./b.d.ts"},"./sub":{"types":"./s.d.ts","default":"./s.js"}}}',
  'node_modules/conditions/n.d.ts': 'export declare const forNode: { n: 1 };',
  'node_modules/conditions/b.d.ts': 'export declare const forBrowser: 1;',
  'node_modules/conditions/s.d.ts': 'export declare const fromSub: { s: 1 };',
  'node_modules/untyped/package.json': '{"name":"untyped","main":"./i.js"}',
  'node_modules/untyped/i.js': 'module.exports = 1;',
  'near.ts': 'export const near = { deep: 1 }; export function other(): void {}',
  'folder/inner.ts': "import { near } from '../near.ts'; export const inner = near;",
};

async function write(name: string, text: string, time?: number): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
  if (time !== undefined) await utimes(join(folder, name), time, time);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-imports-'));
  for (const [name, text] of Object.entries(files)) await write(name, text);
  project = openProject({ folder, now: () => now });
  complete = openCompleter(project);
});
after(() => rm(folder, { recursive: true, force: true }));

const offered = (marked: string): string[] => {
  const cursor = marked.indexOf('|');
  const code = marked.slice(0, cursor) + marked.slice(cursor + 1);
  return complete(code, cursor).matches.map(({ text }) => text);
};
const wrong = (code: string): string => diagnose(project, project.open, code).text;

describe('types of imports are found', () => {
  const found: [string, string][] = [
    ["import { ownValue } from 'own'; ownValue.|", 'inner'],
    ["import { fromTypes } from 'plain'; fromTypes.|", 'deep'],
    ["import { fresh } from 'versions'; fresh.|", 'q'],
    ["import { forNode } from 'conditions'; forNode.|", 'n'],
    ["import { fromSub } from 'conditions/sub'; fromSub.|", 's'],
    ["import { near } from './near.ts'; near.|", 'deep'],
    ["import { inner } from './folder/inner.ts'; inner.|", 'deep'],
    ["const { near } = await import('./near.ts'); near.|", 'deep'],
    ["const m = await import('own'); m.ownValue.|", 'inner'],
    ["import fs from 'node:fs'; fs.promises.readF|", 'readFile'],
  ];
  for (const [code, name] of found)
    test(code, () => assert.ok(offered(code).includes(name), `${offered(code)}`));
});

describe('completion of imports', () => {
  const found: [string, string][] = [
    ["import { | } from 'own'", 'ownValue'],
    ["import { own| } from 'own'", 'ownValue'],
    ["import { ownValue, | } from 'own'", ''],
    ["import { | } from './near.ts'", 'near'],
    ["import { near, o| } from './near.ts'", 'other'],
    ["import { readF| } from 'node:fs/promises'", 'readFile'],
    ["import x from 'ow|'", 'own'],
    ["import x from 'conditions/|'", 'sub'],
    ["import x from './|'", 'near'],
    ["import x from './folder/|'", 'inner'],
    ["await import('./ne|')", 'near'],
    ["import x from 'node:f|'", 'node:fs'],
  ];
  for (const [code, name] of found)
    test(code, () => {
      const names = offered(code);
      if (name === '')
        assert.deepEqual(
          names.filter((one) => one === 'ownValue'),
          [],
        );
      else assert.ok(names.includes(name), `${names}`);
    });
});

describe('diagnosis of imports', () => {
  test('a package without types is any; one that is not there is told', () => {
    assert.equal(wrong("import thing from 'untyped'; thing.any.thing"), '');
    assert.match(wrong("import x from 'absent'; x"), /Cannot find module 'absent'/);
  });

  test('a package installed meanwhile is found by the same text', async () => {
    const code = "import { late } from 'late'; late.toFixed()";
    assert.match(wrong(code), /Cannot find module/);
    await write('node_modules/late/package.json', '{"name":"late","types":"./t.d.ts"}');
    await write('node_modules/late/t.d.ts', 'export declare const late: number;');
    project.folderChanged();
    assert.equal(wrong(code), '');
  });

  test('a file written meanwhile is found by the same text', async () => {
    const code = "import { made } from './made.ts'; made.toFixed()";
    assert.match(wrong(code), /Cannot find module/);
    await write('made.ts', 'export const made = 1;');
    now += 5000;
    assert.equal(wrong(code), '');
  });

  test('a file that changed is read again, by the same text and by cells that ran', async () => {
    await write('changing.ts', 'export const value = 1;', 1000);
    const code = "import { value } from './changing.ts'; value.toFixed()";
    assert.equal(wrong(code), '');
    project.record({ id: 7, source: code });
    await write('changing.ts', "export const value = { text: '' };", 2000);
    now += 5000;
    assert.match(wrong(code), /Property 'toFixed' does not exist/);
    assert.deepEqual(offered('value.|'), ['text']);
    await write('changing.ts', 'export const value = { other: 1 };', 3000);
    now += 5000;
    assert.deepEqual(offered('value.|'), ['other']);
  });
});
