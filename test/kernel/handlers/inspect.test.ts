import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellSession } from '../../../kernel/cell-session.ts';
import type { Request } from '../../../kernel/dispatch.ts';
import { answerInspect } from '../../../kernel/handlers/inspect.ts';
import type { LanguageService } from '../../../kernel/language.ts';

const request = {
  header: { msg_type: 'inspect_request' },
  content: { code: 'make', cursor_pos: 2, detail_level: 0 },
};
const typed = { found: true, data: { 'text/plain': 'function make(): number' }, live: false };

/** The reply, and the milliseconds it took, where types come after `wait` milliseconds. */
async function inspect(wait: number, value: string | undefined) {
  const { promise, resolve } = Promise.withResolvers<typeof typed>();
  const timeout = setTimeout(() => resolve(typed), wait);
  const answer = answerInspect(
    { inspect: () => promise } as unknown as LanguageService,
    { describe: async () => value } as unknown as CellSession,
  );
  const started = performance.now();
  const { data } = await answer(request as unknown as Request);
  clearTimeout(timeout);
  return { data, took: performance.now() - started };
}

test('a type is the answer, also one that takes a moment', async () => {
  assert.deepEqual((await inspect(200, '[Function: make]')).data, typed.data);
});

test('the live value is the answer while types are not there yet', async () => {
  const { data, took } = await inspect(30_000, '[Function: make]');
  assert.deepEqual(data, { 'text/plain': '[Function: make]' });
  assert.ok(took < 2500, `${took} ms`);
});

test('a name without a value waits for its type', async () => {
  assert.deepEqual((await inspect(2000, undefined)).data, typed.data);
});
