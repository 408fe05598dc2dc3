import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { collectionOf, optimizeLater, tidyWhenIdle } from '../../../kernel/cell/memory.ts';

setFlagsFromString('--allow-natives-syntax');
/** Bit 1 of what V8 says about a function: it is never optimized. */
const status = new Function('f', 'return %GetOptimizationStatus(f)') as (f: () => number) => number;
const isOptimizable = (f: () => number): boolean => (status(f) & 2) === 0;
const loaded = (): number => 1;

test('nothing is optimized while a session starts, everything from its first cell on', () => {
  assert.equal(isOptimizable(loaded), true);
  const optimize = optimizeLater();
  assert.equal(isOptimizable(loaded), false);
  optimize();
  assert.equal(isOptimizable(loaded), true);
});

describe('an idle session', () => {
  /** Whether an object that nobody holds is collected within so many milliseconds. */
  async function isCollected(milliseconds: number): Promise<boolean> {
    const left = (() => new WeakRef({ some: 'thing' }))();
    await wait(milliseconds);
    return left.deref() === undefined;
  }

  test('gives back what the start left', async () => {
    tidyWhenIdle({ ready: Promise.resolve(), busy: () => false, uses: () => 0 }, { idleMs: Infinity });
    assert.equal(await isCollected(600), true);
  });

  test('is not stopped for long to collect a large heap', () => {
    const kinds = [30, 100, 400].map((megabytes) => collectionOf(megabytes * 2 ** 20));
    const plain = { type: 'major', execution: 'sync' };
    assert.deepEqual(kinds, [{ ...plain, flavor: 'last-resort' }, plain, undefined]);
  });

  test('is left alone while a cell is at work', async () => {
    tidyWhenIdle({ ready: Promise.resolve(), busy: () => true, uses: () => 0 }, { idleMs: Infinity });
    assert.equal(await isCollected(600), false);
  });

  test('gives back what cells left once it has been idle', async () => {
    let uses = 1;
    tidyWhenIdle({ ready: Promise.resolve(), busy: () => false, uses: () => uses }, { idleMs: 1000 });
    await wait(500);
    uses += 1;
    await wait(800);
    assert.equal(await isCollected(1500), true);
  });
});
