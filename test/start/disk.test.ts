import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { StorageFailure } from '../../src/errors.ts';
import { checkDisk, saysDiskFull } from '../../start/disk.ts';
import { StartFailed } from '../../start/start-failed.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-disk-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const free = (bytes: number) => async () => ({ bavail: bytes / 4096, bsize: 4096 });
const needs = [
  { what: 'the demo season', bytes: 100e6 },
  { what: 'the store', bytes: 250e6 },
];

test('too little room is one sentence with what is there, what is needed and for what', async () => {
  await assert.rejects(checkDisk(folder, needs, free(200e6)), (error) => {
    assert.ok(error instanceof StartFailed);
    assert.match(error.message, /200 MB left and 350 MB .*the demo season, the store/);
    return true;
  });
});

test('enough room passes, and the folder is made', async () => {
  const deep = join(folder, 'a', 'b');
  await checkDisk(deep, needs, free(351e6));
  assert.ok((await stat(deep)).isDirectory());
});

test('a folder that cannot be made is told', async () => {
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(checkDisk(join(folder, 'file', 'below'), needs, free(1e12)), StartFailed);
});

test('a full disk is recognized behind other errors', () => {
  const cause = Object.assign(new StorageFailure('write'), { code: 'ENOSPC' });
  assert.equal(saysDiskFull(new StorageFailure('cannot be written', { cause })), true);
  assert.equal(saysDiskFull(new StorageFailure('ENOSPC: no space left on device, write')), true);
  assert.equal(saysDiskFull(new StorageFailure('permission denied')), false);
});
