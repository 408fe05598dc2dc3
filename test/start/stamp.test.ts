import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hashInputs, isFresh, removeStamp, writeStamp } from '../../start/stamp.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'furrow stamp '));
  await mkdir(join(root, 'src', 'deep'), { recursive: true });
  await writeFile(join(root, 'src', 'deep', 'one.ts'), 'one');
  await writeFile(join(root, 'package.json'), '{}');
});
after(() => rm(root, { recursive: true, force: true }));

const inputs = ['src', 'package.json', 'absent.json'];

test('the hash follows the content, the names and the presence of files, and nothing else', async () => {
  const hash = await hashInputs(root, inputs);
  assert.equal(await hashInputs(root, [...inputs].reverse()), hash);
  await writeFile(join(root, 'src', 'deep', 'one.ts'), 'One');
  const changed = await hashInputs(root, inputs);
  assert.notEqual(changed, hash);
  await writeFile(join(root, 'src', 'two.ts'), '');
  assert.notEqual(await hashInputs(root, inputs), changed);
  await rm(join(root, 'src', 'two.ts'));
  await writeFile(join(root, 'src', 'deep', 'one.ts'), 'one');
  assert.equal(await hashInputs(root, inputs), hash);
  await writeFile(join(root, 'absent.json'), '');
  assert.notEqual(await hashInputs(root, inputs), hash);
});

test('a stamp counts only for its hash, and only while the results are there', async () => {
  const stamp = join(root, 'dist', 'stamp');
  assert.equal(await isFresh(stamp, 'a'), false);
  await writeStamp(stamp, 'a');
  assert.equal(await isFresh(stamp, 'a'), true);
  assert.equal(await isFresh(stamp, 'b'), false);
  assert.equal(await isFresh(stamp, 'a', [join(root, 'package.json')]), true);
  assert.equal(await isFresh(stamp, 'a', [join(root, 'nothing')]), false);
  await removeStamp(stamp);
  assert.equal(await isFresh(stamp, 'a'), false);
});
