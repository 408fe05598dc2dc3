import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveQuestions } from '../../kernel/live-questions.ts';

const make = (ask: number) => ({ type: 'describe', ask, path: ['a'] }) as const;

test('a question gets its own answer', async () => {
  const questions = new LiveQuestions();
  const asked: number[] = [];
  const answers = [1, 2].map(() => questions.ask(make, ({ ask }) => void asked.push(ask)));
  for (const ask of asked.reverse()) questions.settle(ask, { type: 'described', ask, text: `${ask}` });
  assert.deepEqual(
    (await Promise.all(answers)).map((answer) => answer?.ask),
    [1, 2],
  );
});

test('a question that is not answered in time is let go, until an answer comes after all', async () => {
  const questions = new LiveQuestions();
  const asked: number[] = [];
  assert.equal(await questions.ask(make, ({ ask }) => void asked.push(ask)), undefined);
  assert.equal(questions.isBlocked, true);
  questions.settle(asked[0] ?? 0, { type: 'described', ask: asked[0] ?? 0, text: null });
  assert.equal(questions.isBlocked, false);
});

test('nobody waits for a process that is gone', async () => {
  const questions = new LiveQuestions();
  const before = performance.now();
  const answer = questions.ask(make, () => undefined);
  questions.giveUp();
  assert.equal(await answer, undefined);
  assert.ok(performance.now() - before < 100);
});
