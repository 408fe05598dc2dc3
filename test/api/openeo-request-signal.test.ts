import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { endWithTheClient } from '../../src/api/request-signal.ts';
import { smallApp } from './small-app.ts';

/** A server whose one route tells what became of the signal of its request. */
async function serving(answerMs: number, work: (signal: AbortSignal) => Promise<unknown>) {
  const app = smallApp();
  endWithTheClient(app, answerMs);
  app.post('/', async ({ signal }) => await work(signal));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const post = (options: RequestInit = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a": 1}',
      ...options,
    });
  return { post, [Symbol.asyncDispose]: async () => await app.close() };
}

test('the signal of a request does not fire because its body was read', async () => {
  await using server = await serving(5_000, async (signal) => {
    await delay(50);
    return { aborted: signal.aborted };
  });
  assert.deepEqual(await (await server.post()).json(), { aborted: false });
});

test('it fires when the client goes', async () => {
  const fired = Promise.withResolvers<boolean>();
  await using server = await serving(5_000, async (signal) => {
    signal.addEventListener('abort', () => fired.resolve(true));
    await delay(1_000);
    fired.resolve(false);
    return {};
  });
  await assert.rejects(server.post({ signal: AbortSignal.timeout(100) }));
  assert.equal(await fired.promise, true);
});

test('who waits too long is told so, also after a body, and the work is told to end', async () => {
  const fired = Promise.withResolvers<unknown>();
  await using server = await serving(100, async (signal) => {
    signal.addEventListener('abort', () => fired.resolve((signal.reason as { code?: unknown }).code));
    await delay(400);
    return {};
  });
  const answer = await server.post();
  assert.equal(answer.status, 408);
  assert.equal(((await answer.json()) as { code: string }).code, 'RequestTimeout');
  assert.equal(await fired.promise, 'RequestTimeout');
});
