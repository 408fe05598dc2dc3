import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';

test('Biome finds nothing to mend', () => {
  const biome = join(packageRoot(), 'node_modules', '.bin', 'biome');
  const { status, stdout, stderr } = spawnSync(biome, ['check', '.'], {
    cwd: packageRoot(),
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
});
