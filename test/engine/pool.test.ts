import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPool } from '../../src/engine/pool.ts';
import {
  BandNotFound,
  Cancelled,
  LimitExceeded,
  ProcessException,
  TaskFailed,
  UnexpectedFailure,
} from '../../src/errors.ts';
import { allowHostOf } from '../../src/storage/egress.ts';
import type { TestTasks } from './pool-worker.ts';

const open = (threads: number) =>
  openPool<TestTasks>({ module: new URL('./pool-worker.ts', import.meta.url), threads });

describe('the worker pool', () => {
  test('tasks run on several workers and answer in any order', async () => {
    const pool = open(2);
    try {
      const answers = await Promise.all(
        [40, 1, 20, 3].map((value) => pool.run('double', { value, waitMs: value })),
      );
      assert.deepEqual(
        answers.map(({ value }) => value),
        [80, 2, 40, 6],
      );
      assert.ok(new Set(answers.map(({ thread }) => thread)).size <= 2);
    } finally {
      await pool.close();
    }
  });

  test('buffers move to the worker and back', async () => {
    const pool = open(1);
    try {
      const pixels = Float32Array.of(1, 2, 3);
      const back = await pool.run('negate', pixels, { transfer: [pixels.buffer] });
      assert.equal(pixels.length, 0);
      assert.deepEqual([...back], [-1, -2, -3]);
    } finally {
      await pool.close();
    }
  });

  test('a buffer that is named twice moves once, both ways', async () => {
    const pool = open(1);
    try {
      const column = Float64Array.of(1, 2);
      const [one, other] = await pool.run('twice', column, { transfer: [column.buffer, column.buffer] });
      assert.deepEqual([one, other], [Float64Array.of(1, 2), Float64Array.of(1, 2)]);
    } finally {
      await pool.close();
    }
  });

  test('a host that the user allows is allowed in workers, also in those that run already', async () => {
    const pool = open(1);
    try {
      const address = 'http://127.0.0.1:4711/collection.json';
      assert.equal(await pool.run('allowed', address), false);
      allowHostOf(new URL(address));
      assert.equal(await pool.run('allowed', address), true);
      assert.equal(await pool.run('allowed', 'http://127.0.0.1:4712/'), false);
    } finally {
      await pool.close();
    }
  });

  test('a typed error arrives as the same class', async () => {
    const pool = open(1);
    try {
      await assert.rejects(
        pool.run('fail', 'band'),
        (error) => error instanceof BandNotFound && /no band/.test(error.message),
      );
      await assert.rejects(
        pool.run('fail', 'exception'),
        (error) => error instanceof ProcessException && error.code === 'DimensionNotAvailable',
      );
      await assert.rejects(pool.run('fail', 'plain'), UnexpectedFailure);
    } finally {
      await pool.close();
    }
  });

  test('a dead worker fails its own task only; the pool goes on', async () => {
    const pool = open(2);
    try {
      const dying = pool.run('die', 7);
      const others = [1, 2, 3, 4].map((value) => pool.run('double', { value, waitMs: 30 }));
      await assert.rejects(dying, (error) => error instanceof TaskFailed && /code 7/.test(error.message));
      assert.deepEqual(
        (await Promise.all(others)).map(({ value }) => value),
        [2, 4, 6, 8],
      );
    } finally {
      await pool.close();
    }
  });

  test('a worker whose answer cannot be read is ended before its task fails, and the pool goes on', async () => {
    const pool = open(1);
    try {
      const beats = new Int32Array(new SharedArrayBuffer(4));
      const nested = pool.run('nest', beats);
      const queued = pool.run('double', { value: 2, waitMs: 0 });
      await assert.rejects(
        nested,
        (error) =>
          error instanceof TaskFailed && /'nest' gave an answer that cannot be read/.test(error.message),
      );
      const last = beats[0];
      await sleep(100);
      assert.equal(beats[0], last);
      assert.equal((await queued).value, 4);
    } finally {
      await pool.close();
    }
  });

  test('a fired signal ends a task that never yields, within two seconds', async () => {
    const pool = open(1);
    try {
      const stop = new AbortController();
      const spinning = pool.run('spin', null, { signal: stop.signal });
      const queued = pool.run('double', { value: 5, waitMs: 0 });
      const start = performance.now();
      setTimeout(() => stop.abort(), 200);
      await assert.rejects(spinning, Cancelled);
      assert.ok(performance.now() - start < 2200);
      assert.equal((await queued).value, 10);
    } finally {
      await pool.close();
    }
  });

  test('closing fails what is not finished', async () => {
    const pool = open(1);
    const running = pool.run('spin', null);
    const waiting = pool.run('double', { value: 1, waitMs: 0 });
    const both = Promise.allSettled([running, waiting]);
    await pool.close();
    for (const outcome of await both)
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof Cancelled);
    await assert.rejects(pool.run('double', { value: 1, waitMs: 0 }), TaskFailed);
  });

  test('a task that runs too long is ended with its worker, and the pool goes on', async () => {
    const pool = openPool<TestTasks>({
      module: new URL('./pool-worker.ts', import.meta.url),
      threads: 1,
      most: { ms: () => 300, message: (task) => `${task} took too long` },
    });
    try {
      await assert.rejects(pool.run('spin', null), {
        constructor: LimitExceeded,
        message: 'spin took too long',
      });
      assert.equal((await pool.run('double', { value: 4, waitMs: 0 })).value, 8);
    } finally {
      await pool.close();
    }
  });

  test('a worker that has rested ends, and the next task gets another', async () => {
    const pool = openPool<TestTasks>({
      module: new URL('./pool-worker.ts', import.meta.url),
      threads: 1,
      idleMs: 100,
    });
    try {
      const first = await pool.run('double', { value: 1, waitMs: 0 });
      const again = await pool.run('double', { value: 2, waitMs: 0 });
      assert.equal(again.thread, first.thread);
      await sleep(500);
      const later = await pool.run('double', { value: 3, waitMs: 0 });
      assert.notEqual(later.thread, first.thread);
      assert.equal(later.value, 6);
    } finally {
      await pool.close();
    }
  });
});
