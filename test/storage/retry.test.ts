import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled, StorageFailure } from '../../src/errors.ts';
import { LONGEST_WAIT_MS, PAUSE_MS, TRIES, withRetries } from '../../src/storage/retry.ts';

test('pauses double, are random within their bound, and are no shorter than the server asked', async () => {
  const pauses: number[] = [];
  const options = { random: () => 0.5, sleep: async (ms: number) => void pauses.push(ms) };
  const answers = [{ passing: 'a' }, { passing: 'b', waitMs: 30_000 }, { passing: 'c' }, { value: 'done' }];
  assert.equal(await withRetries('x', async () => answers.shift() ?? { value: '' }, options), 'done');
  assert.deepEqual(pauses, [PAUSE_MS / 2, 30_000, PAUSE_MS * 2]);
});

test('a server that asks for a longer wait than a minute is told of at once', async () => {
  let tries = 0;
  const attempt = async () => ({ passing: `busy ${++tries}`, waitMs: LONGEST_WAIT_MS + 1 });
  await assert.rejects(
    withRetries('x', attempt),
    (error) => error instanceof StorageFailure && /asks to wait 61 s/.test(error.message),
  );
  assert.equal(tries, 1);
});

test('a try that only confirms another needs no pause', async () => {
  const pauses: number[] = [];
  const options = { random: () => 1, sleep: async (ms: number) => void pauses.push(ms) };
  const answers = [{ passing: 'a', atOnce: true }, { passing: 'b' }, { value: 1 }];
  assert.equal(await withRetries('x', async () => answers.shift() ?? { value: 0 }, options), 1);
  assert.deepEqual(pauses, [PAUSE_MS]);
});

test('the number of tries is bounded and the last reason is told', async () => {
  let tries = 0;
  const failing = withRetries('reading x', async () => ({ passing: `failure ${++tries}` }), {
    sleep: async () => undefined,
  });
  await assert.rejects(
    failing,
    (error) => error instanceof StorageFailure && error.message.includes(`failure ${TRIES}`),
  );
  assert.equal(tries, TRIES);
});

test('an abort during a pause ends the tries', async () => {
  const signal = AbortSignal.timeout(20);
  const started = performance.now();
  await assert.rejects(
    withRetries('x', async () => ({ passing: 'no', waitMs: 4000 }), { signal }),
    Cancelled,
  );
  assert.ok(performance.now() - started < 2000);
});
