import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled, StoreFailure } from '../../src/errors.ts';
import { Gathering } from '../../src/store/gather-questions.ts';

/** Questions that wait to be answered by the test. */
function held(most = 4, atOnce = 1) {
  const asked: { items: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const gathering = new Gathering<number, string>({
    atOnce,
    most,
    ask: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
      asked.push({ items, answer: () => resolve(items.map((item) => `of ${item}`)), fail: reject });
      return promise;
    },
  });
  return { asked, gathering };
}

test('one alone asks at once; what comes meanwhile is asked together, at most so many', async () => {
  const { asked, gathering } = held();
  const answers = [1, 2, 3, 4, 5, 6].map((item) => gathering.ask(item));
  assert.deepEqual(
    asked.map(({ items }) => items),
    [[1]],
  );
  asked[0]?.answer();
  assert.equal(await answers[0], 'of 1');
  assert.deepEqual(asked[1]?.items, [2, 3, 4, 5]);
  asked[1]?.answer();
  assert.deepEqual(await Promise.all(answers.slice(1, 5)), ['of 2', 'of 3', 'of 4', 'of 5']);
  asked[2]?.answer();
  assert.equal(await answers[5], 'of 6');
  await new Promise(setImmediate);
  assert.ok(gathering.idle);
});

test('who is cancelled leaves the others their answer, and is not asked for any more', async () => {
  const { asked, gathering } = held();
  const stop = new AbortController();
  const first = gathering.ask(1);
  const gone = gathering.ask(2, { signal: stop.signal });
  const other = gathering.ask(3);
  stop.abort();
  await assert.rejects(gone, Cancelled);
  asked[0]?.answer();
  await first;
  assert.deepEqual(asked[1]?.items, [3]);
  asked[1]?.answer();
  assert.equal(await other, 'of 3');
});

test('a question that fails fails for those who asked it, and the next is asked', async () => {
  const { asked, gathering } = held();
  const first = gathering.ask(1);
  const second = gathering.ask(2);
  asked[0]?.fail(new StoreFailure('refused'));
  await assert.rejects(first, StoreFailure);
  asked[1]?.answer();
  assert.equal(await second, 'of 2');
});
