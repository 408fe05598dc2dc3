import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { findPython } from '../../start/python.ts';
import { StartFailed } from '../../start/start-failed.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow python '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts a program on the only folder of PATH that answers like a Python of that version. */
async function place(name: string, version: string, hasVenv: boolean, code = 0): Promise<void> {
  const answer = `${version}\\n${join(folder, name)}\\n${hasVenv ? 'True' : 'False'}\\n`;
  await writeFile(join(folder, name), `#!/bin/sh\nprintf '${answer}'\nexit ${code}\n`, { mode: 0o755 });
}

function find() {
  return findPython({ PATH: folder });
}

function oneSentence(...words: readonly RegExp[]) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof StartFailed);
    for (const word of words) assert.match(error.message, word);
    assert.ok(!error.message.includes('\n'));
    return true;
  };
}

test('the newest tried Python that fits is taken', async () => {
  await place('python3', '3.11.2', true);
  await place('python3.12', '3.12.7', true);
  assert.deepEqual(await find(), { path: join(folder, 'python3.12'), version: '3.12.7' });
});

test('one that is too old, broken or without venv is passed over', async () => {
  await place('python3.13', '3.13.0', true, 127);
  await place('python3.12', '3.12.7', false);
  await place('python3', '3.11.0', true);
  assert.equal((await find()).version, '3.11.0');
});

test('a Python without the venv module is told with the package that holds it', async () => {
  await place('python3', '3.11.2', false);
  await assert.rejects(find(), oneSentence(/3\.11\.2/, /python3-venv/));
});

test('a Python that is too old is told with its version', async () => {
  await place('python3', '3.9.18', true);
  await assert.rejects(find(), oneSentence(/3\.11 or later/, /3\.9\.18/));
});

test('no Python at all is told with what to install', async () => {
  await assert.rejects(find(), oneSentence(/none on PATH/, /python3-venv/));
});
