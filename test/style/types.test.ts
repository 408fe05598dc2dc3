import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';

test('every project of the tree passes the type check', () => {
  const tsc = join(packageRoot(), 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-b'], {
    cwd: packageRoot(),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});
