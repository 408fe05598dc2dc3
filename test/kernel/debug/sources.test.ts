import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sources } from '../../../kernel/debug/sources.ts';

test('the scripts of a cell that runs again and again do not pile up', () => {
  const sources = new Sources();
  for (let count = 1; count <= 5000; count++) sources.addScript(`cell-${count}.ts`, 'x');
  const scripts = sources.scriptsOf(sources.pathOf('x'));
  assert.equal(scripts.length, 2000);
  assert.equal(scripts.at(-1), 'cell-5000.ts');
});

test('a script that calls itself what no file can be called has no path', () => {
  const sources = new Sources();
  assert.equal(sources.pathOfScript('file:///a%2Fb%zz.js'), undefined);
  assert.equal(sources.pathOfScript('file:///a%20b.ts?changed=2'), '/a b.ts');
});
