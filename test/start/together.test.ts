import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { StartFailed } from '../../start/start-failed.ts';
import { together } from '../../start/together.ts';

const never = new AbortController().signal;

test('results come in the order of the tasks', async () => {
  const results = await together(never, [async () => delay(20, 'slow'), async () => 7]);
  assert.deepEqual(results, ['slow', 7]);
});

test('the first failure stops the others, waits for them and is the one that is thrown', async () => {
  let ended = false;
  const work = together(never, [
    async () => {
      throw new StartFailed('no Python');
    },
    async (signal) => {
      await delay(60_000, undefined, { signal }).catch(() => undefined);
      await delay(20);
      ended = true;
      throw new StartFailed('stopped');
    },
  ]);
  await assert.rejects(work, /no Python/);
  assert.equal(ended, true);
});
