import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepMember, MOST_KEPT_BYTES, unpackedMember } from '../../src/storage/unpacked-members.ts';

test('keeping one more takes no longer where many are kept', () => {
  const bytes = new Uint8Array(1024);
  const keep = (from: number): number => {
    const started = performance.now();
    for (let i = from; i < from + 1000; i++) keepMember(`${i}`, bytes.slice());
    return performance.now() - started;
  };
  keep(0);
  const few = keep(1000);
  for (let i = 2000; i < 31_000; i += 1000) keep(i);
  const many = keep(31_000);
  assert.ok(unpackedMember('0'));
  assert.ok(many < 10 * few + 300, `${few} ms, then ${many} ms`);
});

test('what is kept under a key anew counts once', () => {
  const half = new Uint8Array(MOST_KEPT_BYTES / 2);
  keepMember('first', half);
  for (let i = 0; i < 5; i++) keepMember('second', half.slice());
  assert.equal(unpackedMember('first'), half);
});
