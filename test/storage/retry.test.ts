import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled, StorageFailure } from '../../src/errors.ts';
import { LONGEST_PAUSE_MS, PAUSE_MS, TRIES, withRetries } from '../../src/storage/retry.ts';

test('pauses double, are random within their bound, and heed what the server asked up to the longest', async () => {
  const pauses: number[] = [];
  const options = { random: () => 0.5, sleep: async (ms: number) => void pauses.push(ms) };
  const answers = [{ passing: 'a' }, { passing: 'b', waitMs: 1e9 }, { passing: 'c' }, { value: 'done' }];
  assert.equal(await withRetries('x', async () => answers.shift() ?? { value: '' }, options), 'done');
  assert.deepEqual(pauses, [PAUSE_MS / 2, LONGEST_PAUSE_MS, PAUSE_MS * 2]);
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
