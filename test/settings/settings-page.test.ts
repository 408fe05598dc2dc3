import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { settingsPage } from '../../src/settings-page.ts';

test('CONFIGURATION.md is what the code says', async () => {
  const place = join(packageRoot(), 'CONFIGURATION.md');
  const page = settingsPage();
  if (process.env.UPDATE_SNAPSHOTS === '1') await writeFile(place, page);
  assert.equal(await readFile(place, 'utf8'), page, 'UPDATE_SNAPSHOTS=1 writes the page anew');
});

test('every variable that a source names stands in the reference', async () => {
  const page = settingsPage();
  const missing = new Set<string>();
  for (const room of ['src', 'kernel', 'cli', 'start', 'widgets'])
    for (const entry of await readdir(join(packageRoot(), room), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      for (const [variable] of text.matchAll(/\bFURROW_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g))
        if (!page.includes(`\`${variable}\``)) missing.add(variable);
    }
  assert.deepEqual([...missing], []);
});
