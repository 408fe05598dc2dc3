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
      const { promise, resolve, reject } = Promise.withResolvers<() => Promise<readonly string[]>>();
      asked.push({
        items,
        answer: () => resolve(async () => items.map((item) => `of ${item}`)),
        fail: reject,
      });
      return promise;
    },
  });
  return { asked, gathering };
}

/** All that has arrived by now is taken in. */
const turn = () => new Promise(setImmediate);

test('what arrives together is asked together, at most so many; what comes meanwhile waits for the next', async () => {
  const { asked, gathering } = held();
  const answers = [1, 2, 3, 4, 5].map((item) => gathering.ask(item));
  await turn();
  const items = () => asked.map((one) => one.items);
  assert.deepEqual(items(), [[1, 2, 3, 4]]);
  answers.push(gathering.ask(6));
  await turn();
  assert.equal(asked.length, 1);
  asked[0]?.answer();
  assert.deepEqual(await Promise.all(answers.slice(0, 4)), ['of 1', 'of 2', 'of 3', 'of 4']);
  assert.deepEqual(items().slice(1), [[5, 6]]);
  asked[1]?.answer();
  assert.deepEqual(await Promise.all(answers.slice(4)), ['of 5', 'of 6']);
  await turn();
  assert.ok(gathering.idle);
  const alone = gathering.ask(7);
  await turn();
  asked[2]?.answer();
  assert.equal(await alone, 'of 7');
});

test('the next question is under way before the answers of the last are handed out', async () => {
  const { asked, gathering } = held(1);
  const first = gathering.ask(1).then(() => asked.length);
  const second = gathering.ask(2);
  await turn();
  asked[0]?.answer();
  assert.equal(await first, 2);
  asked[1]?.answer();
  assert.equal(await second, 'of 2');
});

test('who is cancelled leaves the others their answer, and is not asked for any more', async () => {
  const { asked, gathering } = held(1);
  const stop = new AbortController();
  const first = gathering.ask(1);
  const gone = gathering.ask(2, { signal: stop.signal });
  const other = gathering.ask(3);
  await turn();
  stop.abort();
  await assert.rejects(gone, Cancelled);
  asked[0]?.answer();
  await first;
  assert.deepEqual(asked[1]?.items, [3]);
  asked[1]?.answer();
  assert.equal(await other, 'of 3');
});

test('a question that fails fails for those who asked it, and the next is asked', async () => {
  const { asked, gathering } = held(1);
  const first = gathering.ask(1);
  const second = gathering.ask(2);
  await turn();
  asked[0]?.fail(new StoreFailure('refused'));
  await assert.rejects(first, StoreFailure);
  asked[1]?.answer();
  assert.equal(await second, 'of 2');
});
