import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { roomOf } from './arrows.ts';
import { forbiddenImports, readHouse } from './house.ts';

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
