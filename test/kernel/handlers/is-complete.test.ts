import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request } from '../../../kernel/dispatch.ts';
import { answerIsComplete } from '../../../kernel/handlers/is-complete.ts';
import type { LanguageService } from '../../../kernel/language.ts';

const request = (code: string) =>
  ({ header: { msg_type: 'is_complete_request' }, content: { code } }) as unknown as Request;

test('the parser answers', async () => {
  const language = { isComplete: async () => ({ status: 'invalid', indent: '' }) };
  const answer = answerIsComplete(language as unknown as LanguageService);
  assert.deepEqual(await answer(request('let 1a')), { status: 'invalid' });
});

test('before a console gives up there is an answer without the parser', async () => {
  const parser = Promise.withResolvers<never>();
  const answer = answerIsComplete({ isComplete: () => parser.promise } as unknown as LanguageService);
  const started = performance.now();
  assert.deepEqual(await answer(request('if (x) {')), { status: 'incomplete', indent: '  ' });
  assert.ok(performance.now() - started < 900);
  assert.deepEqual(await answer(request('1 + 1')), { status: 'complete' });
});
