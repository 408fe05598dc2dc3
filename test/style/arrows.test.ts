import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { roomOf } from './arrows.ts';
import { forbiddenImports, importCircle, readHouse } from './house.ts';

const house = readHouse(packageRoot());

test('no file imports against the arrows of the house', () => {
  assert.deepEqual(forbiddenImports(house), []);
});

test('every file of the product stands in a room', () => {
  assert.deepEqual(
    [...house.keys()].filter((file) => roomOf(file) === undefined),
    [],
  );
});

test('an import against the arrows is caught', () => {
  const broken = new Map(house).set('src/geometry/stray.ts', "import { x } from '../store/open-store.ts';\n");
  assert.deepEqual(forbiddenImports(broken), ['src/geometry/stray.ts imports src/store/open-store.ts']);
});

test('a dynamic import against the arrows is caught', () => {
  const broken = new Map(house).set('kernel/stray.ts', "const runtime = await import('../src/index.ts');\n");
  assert.deepEqual(forbiddenImports(broken), ['kernel/stray.ts imports src/index.ts']);
});

test('no files import each other in a circle', () => {
  assert.deepEqual(importCircle(house), undefined);
});

test('a circle is caught, with the way round', () => {
  const broken = new Map([
    ['src/a.ts', "import { b } from './b.ts';"],
    ['src/b.ts', "import type { c } from './c.ts';"],
    ['src/c.ts', "export { b } from './b.ts';"],
  ]);
  assert.deepEqual(importCircle(broken), ['src/b.ts', 'src/c.ts', 'src/b.ts']);
});
