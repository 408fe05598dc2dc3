import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { rangeOf } from '../../src/api/openeo/send-bytes.ts';
import { signedTarget } from '../../src/api/openeo/signed-links.ts';
import { tarArchive } from '../../src/api/openeo/tar-archive.ts';

test('an archive holds files of any length and name as tar reads them', () => {
  const time = new Date('2026-03-01T00:00:00Z');
  const files = [
    { name: 'a.tif', bytes: new Uint8Array(0) },
    { name: 'b_2026-04.tif', bytes: new Uint8Array(512).fill(7) },
    { name: `${'long'.repeat(40)}.tif`, bytes: new Uint8Array(513).fill(9) },
  ];
  const archive = Buffer.concat(tarArchive(files, time));
  assert.equal(archive.length % 512, 0);
  const { stdout, stderr } = spawnSync('tar', ['tf', '-'], { input: archive, encoding: 'utf8' });
  assert.deepEqual(
    stdout.trim().split('\n'),
    files.map(({ name }) => name),
    stderr,
  );
  for (const { name, bytes } of files) {
    const taken = spawnSync('tar', ['xOf', '-', name], { input: archive });
    assert.deepEqual(new Uint8Array(taken.stdout), bytes, name);
  }
});

test('a range lies inside the file, or is none, or outside of it', () => {
  assert.deepEqual(rangeOf('bytes=0-3', 10), [0, 4]);
  assert.deepEqual(rangeOf('bytes=8-100', 10), [8, 10]);
  assert.deepEqual(rangeOf('bytes=-3', 10), [7, 10]);
  assert.deepEqual(rangeOf('bytes=5-', 10), [5, 10]);
  assert.equal(rangeOf('bytes=10-', 10), 'outside');
  assert.equal(rangeOf('bytes=-0', 10), 'outside');
  for (const none of ['bytes=3-1', 'bytes=0-1,4-5', 'items=0-1', 'bytes=-', 'bytes=a-b', undefined])
    assert.equal(rangeOf(none, 10), undefined, none);
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(), (text, first, last, bytes) => {
      for (const header of [text, `bytes=${first}-${last}`, `bytes=-${last}`, `bytes=${first}-`]) {
        const range = rangeOf(header, bytes);
        if (Array.isArray(range))
          assert.ok(0 <= range[0] && range[0] < range[1] && range[1] <= bytes, header);
      }
    }),
  );
});

test('what a signed link opens is said by its kind, and by nothing else', () => {
  assert.deepEqual(signedTarget('job-file/j-1/a.tif'), { kind: 'job-file', job: 'j-1', name: 'a.tif' });
  assert.deepEqual(signedTarget('job-results/j-1'), { kind: 'job-results', job: 'j-1' });
  for (const other of [
    'job-file/j-1',
    'job-file/j-1/a/b',
    'job-results/j-1/x',
    'service/s/t',
    'chip/1',
    '',
    '/',
  ])
    assert.equal(signedTarget(other), undefined, other);
});
