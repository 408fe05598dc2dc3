import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Frames, IopubQueue } from '../../kernel/iopub-queue.ts';

/** A queue before a subscriber that has room or not. */
function open(limits = { bytes: 100, cutMs: 60, giveUpMs: 200 }) {
  const state = { room: true, lossy: false, broken: '' };
  const sent: string[] = [];
  const told: string[] = [];
  const queue: IopubQueue = new IopubQueue(
    {
      async send(frames: Frames) {
        if (frames.includes(state.broken)) throw new RangeError('broken');
        if (!state.room && !state.lossy) throw Object.assign(new Error('no room'), { code: 'EAGAIN' });
        if (state.room) sent.push(frames.join(''));
      },
      lossy: (on) => {
        state.lossy = on;
      },
    },
    {
      hold: (on) => void told.push(on ? 'hold' : 'go'),
      cut: () => {
        told.push('cut');
        queue.push(['notice'], false);
      },
    },
    limits,
  );
  return { state, sent, told, queue };
}

describe('the queue to iopub', () => {
  test('sends in order and holds nobody back while there is room', async () => {
    const { sent, told, queue } = open();
    for (let at = 0; at < 1000; at += 1) queue.push([`${at}`], true);
    await queue.drained();
    assert.deepEqual(
      sent,
      Array.from({ length: 1000 }, (_, at) => `${at}`),
    );
    assert.deepEqual(
      told.filter((word) => word === 'cut'),
      [],
    );
  });

  test('what may wait is sent a millisecond later, or with the first that may not, in order', async () => {
    const { sent, queue } = open();
    queue.push(['busy'], false, true);
    queue.push(['input'], false, true);
    assert.deepEqual(sent, []);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(sent, ['busy', 'input']);
    queue.push(['busy again'], false, true);
    queue.push(['idle'], false);
    assert.deepEqual(sent.slice(2), ['busy again']);
    await queue.drained();
    assert.deepEqual(sent.slice(2), ['busy again', 'idle']);
    queue.push(['last'], false, true);
    await queue.drained();
    assert.deepEqual(sent.slice(4), ['last']);
  });

  test('holds back whoever makes output, and lets go when the subscriber has caught up', async () => {
    const { state, sent, told, queue } = open({ bytes: 100, cutMs: 10_000, giveUpMs: 20_000 });
    state.room = false;
    queue.push(['x'.repeat(60)], true);
    queue.push(['y'.repeat(60)], true);
    assert.deepEqual(told, ['hold']);
    await new Promise((resolve) => setTimeout(resolve, 30));
    state.room = true;
    await queue.drained();
    assert.deepEqual(told, ['hold', 'go']);
    assert.deepEqual(sent, ['x'.repeat(60), 'y'.repeat(60)]);
  });

  test('cuts text after long waiting, says so, and keeps what is no text', async () => {
    const { state, sent, told, queue } = open({ bytes: 100, cutMs: 60, giveUpMs: 60_000 });
    state.room = false;
    queue.push(['text'], true);
    queue.push(['result'], false);
    await new Promise((resolve) => setTimeout(resolve, 200));
    queue.push(['more text'], true);
    queue.push(['idle'], false);
    state.room = true;
    await queue.drained();
    assert.deepEqual(sent, ['result', 'notice', 'idle']);
    assert.deepEqual(told, ['cut']);
    queue.push(['text again'], true);
    await queue.drained();
    assert.equal(sent.at(-1), 'text again');
  });

  test('goes on after a message that cannot be sent', async (context) => {
    context.mock.method(process.stderr, 'write', () => true);
    const { state, sent, queue } = open();
    state.broken = 'bad';
    for (const text of ['a', 'bad', 'b']) queue.push([text], true);
    await queue.drained();
    queue.push(['c'], true);
    await queue.drained();
    assert.deepEqual(sent, ['a', 'b', 'c']);
  });

  test('leaves nothing behind that is pushed while the last message goes out', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const { sent, queue } = open();
      queue.push(['first'], false);
      for (let turn = 0; turn < turns; turn += 1) await undefined;
      queue.push(['last'], false);
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(sent, ['first', 'last'], `after ${turns} turns`);
    }
  });

  test('gives up on a subscriber that never reads, so that the others go on', async () => {
    const { state, queue } = open();
    state.room = false;
    queue.push(['text'], true);
    queue.push(['idle'], false);
    await queue.drained();
    assert.equal(state.lossy, false, 'only what it had no room for was dropped');
  });
});
