import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { deadLinks, pages } from './links.ts';

const root = packageRoot();

for (const page of pages)
  test(`every link of ${page} leads somewhere`, () => {
    assert.deepEqual(deadLinks(root, page), []);
  });

test('the path of one cell in the README names all ten steps', () => {
  const steps = readFileSync(join(root, 'README.md'), 'utf8').match(/^\| \d+ \| \[/gm) ?? [];
  assert.equal(steps.length, 10);
});
