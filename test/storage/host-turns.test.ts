import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Cancelled } from '../../src/errors.ts';
import { takeTurn } from '../../src/storage/host-turns.ts';

test('so many have their turn at once, the others in the order in which they came', async () => {
  const came: number[] = [];
  const ends: (() => void)[] = [];
  const come = async (i: number): Promise<void> => {
    ends[i] = await takeTurn('order', 2, undefined);
    came.push(i);
  };
  const all = Promise.all([0, 1, 2, 3, 4].map(come));
  await setImmediate();
  assert.deepEqual(came, [0, 1]);
  ends[1]?.();
  // Said twice, it is over once.
  ends[1]?.();
  await setImmediate();
  assert.deepEqual(came, [0, 1, 2]);
  for (const i of [0, 2, 3, 4]) {
    await setImmediate();
    ends[i]?.();
  }
  await all;
  assert.deepEqual(came, [0, 1, 2, 3, 4]);
});

test('whoever is cancelled leaves at once and nobody waits behind; other hosts are not concerned', async () => {
  const end = await takeTurn('cancel', 1, undefined);
  const stop = new AbortController();
  const dead = [1, 2].map(() => assert.rejects(takeTurn('cancel', 1, stop.signal), Cancelled));
  const wanted = takeTurn('cancel', 1, undefined);
  (await takeTurn('another', 1, undefined))();
  stop.abort();
  await Promise.all(dead);
  end();
  (await wanted)();
});

test('a turn that comes together with the abort goes on to the next', async () => {
  const end = await takeTurn('race', 1, undefined);
  const stop = new AbortController();
  const dead = assert.rejects(takeTurn('race', 1, stop.signal), Cancelled);
  const wanted = takeTurn('race', 1, undefined);
  stop.abort();
  end();
  await dead;
  (await wanted)();
});
