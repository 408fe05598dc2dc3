import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellSession } from '../../../kernel/cell-session.ts';
import type { Request } from '../../../kernel/dispatch.ts';
import { answerComplete } from '../../../kernel/handlers/complete.ts';
import type { LanguageService } from '../../../kernel/language.ts';

const request = { header: { msg_type: 'complete_request' }, content: { code: 'nums.', cursor_pos: 5 } };
const cells = { members: async () => [{ text: 'map', type: 'function' }] };

/** The matches, and the milliseconds they took, where types come after `wait` milliseconds. */
async function complete(wait: number) {
  const typed = { matches: [{ text: 'push', type: 'function' }], start: 5, end: 5 };
  const timer = Promise.withResolvers<typeof typed>();
  const timeout = setTimeout(() => timer.resolve(typed), wait);
  const answer = answerComplete(
    { complete: () => timer.promise } as unknown as LanguageService,
    cells as unknown as CellSession,
  );
  const started = performance.now();
  const { matches } = await answer(request as unknown as Request);
  clearTimeout(timeout);
  return { matches, took: performance.now() - started };
}

test('types and live values are one answer', async () => {
  assert.deepEqual((await complete(20)).matches, ['push', 'map']);
});

test('live values alone are the answer before JupyterLab gives up, while types are not there yet', async () => {
  const { matches, took } = await complete(30_000);
  assert.deepEqual(matches, ['map']);
  assert.ok(took < 1000, `${took} ms`);
});
