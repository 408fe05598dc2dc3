import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { publicExports } from './public-exports.ts';
import { againstSnapshot } from './snapshot.ts';

test('the public surface is as in its snapshot (UPDATE_SNAPSHOTS=1 npm test -- test/style writes it anew)', () => {
  const file = join(packageRoot(), 'test', 'style', 'exports.snapshot.txt');
  const { stored, actual } = againstSnapshot(file, publicExports(packageRoot()));
  assert.equal(actual, stored);
});
