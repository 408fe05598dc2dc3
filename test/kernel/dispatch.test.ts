import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Dispatcher, type Handler, type Request } from '../../kernel/dispatch.ts';
import type { Json, JsonObject, Outgoing } from '../../kernel/messages.ts';
import { Output } from '../../kernel/output.ts';
import { fieldsOf } from '../../kernel/validate.ts';
import { openWire } from '../../kernel/wire.ts';

const key = 'secret';

/** A dispatcher whose sockets are lists. */
function dispatcher(
  queued: Record<string, Handler>,
  comm: (request: Request) => Promise<void> = async () => {},
) {
  const client = openWire({ key, hash: 'sha256' });
  const published: Outgoing[] = [];
  const replies: Outgoing[] = [];
  const clock = { now: 1000 };
  const dispatch: Dispatcher = new Dispatcher({
    wire: openWire({ key, hash: 'sha256' }),
    output: new Output((message) => void published.push(message)),
    send: (_channel, message) => {
      JSON.stringify(message.content);
      replies.push(message);
    },
    handlers: { kernel_info_request: () => ({ implementation: 'test' }) },
    queued,
    comm,
    now: () => clock.now,
  });
  const send = (type: string, content: Json = {}, date?: Json, subshell?: string): string => {
    const frames = client.encode({ identities: ['me'], type, parent: {}, content: content as JsonObject });
    const header = JSON.parse(String(frames[3])) as Record<string, unknown>;
    if (date !== undefined || subshell !== undefined) {
      const sent = typeof date === 'number' ? new Date(date).toISOString() : (date ?? header.date);
      const dated = Buffer.from(JSON.stringify({ ...header, date: sent, subshell_id: subshell }));
      frames[3] = dated;
      frames[2] = resign(frames.slice(3) as Buffer[]);
    }
    dispatch.receive(
      'shell',
      frames.map((frame) => Buffer.from(frame as string)),
    );
    return header.msg_id as string;
  };
  const of = (messages: Outgoing[], id: string) => messages.filter(({ parent }) => parent.msg_id === id);
  return {
    dispatch,
    clock,
    send,
    replies: (id: string) => of(replies, id),
    states: (id: string) => of(published, id).map(({ content }) => content.execution_state),
    /** All statuses in order, each with the request that it belongs to. */
    statuses: () => published.map(({ parent, content }) => `${content.execution_state} ${parent.msg_id}`),
  };
}

function resign(parts: readonly Buffer[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('the dispatcher', () => {
  test('answers once, between busy and idle', async () => {
    const { send, replies, states } = dispatcher({});
    const id = send('kernel_info_request');
    await settle();
    assert.deepEqual(
      replies(id).map(({ type, content }) => [type, content]),
      [['kernel_info_reply', { status: 'ok', implementation: 'test' }]],
    );
    assert.deepEqual(states(id), ['busy', 'idle']);
  });

  test('answers requests that it does not know with one typed error', async () => {
    const { send, replies, states } = dispatcher({});
    for (const type of ['no_such_request', 'debug_request', '__proto___request', 'constructor']) {
      const id = send(type);
      await settle();
      assert.deepEqual(states(id), ['busy', 'idle'], type);
      assert.equal(replies(id).length, type.endsWith('_request') ? 1 : 0, type);
      if (type.endsWith('_request')) assert.equal(replies(id)[0]?.content.ename, 'NotBuilt');
    }
  });

  test('gives every signed request one reply and one pair, whatever its content', async () => {
    const handler: Handler = (request) => {
      const fields = fieldsOf(request);
      fields.text('code');
      fields.integer('cursor_pos', { least: 0, most: 10 }, 0);
      fields.flag('silent', false);
      fields.choice('kind', ['a', 'b']);
      fields.object('map', {});
      return {};
    };
    const { send, replies, states } = dispatcher({ execute_request: handler });
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (content) => {
        const id = send('execute_request', content as Json);
        await settle();
        assert.equal(replies(id).length, 1);
        assert.equal(replies(id)[0]?.content.ename, 'InvalidRequest');
        assert.deepEqual(states(id), ['busy', 'idle']);
      }),
      { numRuns: 200 },
    );
  });

  test('runs cells one after the other and answers the rest meanwhile', async () => {
    const ends: (() => void)[] = [];
    const { send, replies, states } = dispatcher({
      execute_request: () => new Promise((resolve) => void ends.push(() => resolve({}))),
    });
    const first = send('execute_request');
    const second = send('execute_request');
    const info = send('kernel_info_request');
    await settle();
    assert.deepEqual([states(first), states(second), states(info)], [['busy'], [], ['busy', 'idle']]);
    ends[0]?.();
    await settle();
    assert.deepEqual([replies(first).length, states(second)], [1, ['busy']]);
  });

  test('aborts cells that wait, and those sent before the error that come a little later', async () => {
    const made = dispatcher({
      execute_request: async (request) => {
        await settle();
        made.dispatch.abortQueue(request);
        return { status: 'error' };
      },
    });
    const { send, replies, clock } = made;
    send('execute_request');
    const waiting = send('execute_request');
    await settle();
    await settle();
    assert.deepEqual(replies(waiting)[0]?.content, { status: 'aborted' });
    clock.now = 1100;
    const late = send('execute_request', {}, 990);
    assert.deepEqual(replies(late)[0]?.content, { status: 'aborted' });
    const answerToTheError = send('execute_request', {}, 1001);
    await settle();
    await settle();
    assert.equal(replies(answerToTheError)[0]?.content.status, 'error');
  });

  test('an error aborts the cells of its own shell, those on their way too, and no others', async () => {
    const fail: (() => void)[] = [];
    const made = dispatcher({
      execute_request: (request) =>
        new Promise((resolve) => {
          fail.push(() => {
            made.dispatch.abortQueue(request);
            resolve({ status: 'error' });
          });
        }),
    });
    const { send, replies, states, dispatch } = made;
    const subshell = dispatch.createSubshell();
    const cells = [send('execute_request', {}, undefined, subshell), send('execute_request')];
    const waiting = send('execute_request', {}, undefined, subshell);
    const beside = send('execute_request');
    fail[0]?.();
    await settle();
    assert.deepEqual(replies(waiting)[0]?.content, { status: 'aborted' });
    const late = send('execute_request', {}, 990, subshell);
    assert.deepEqual(replies(late)[0]?.content, { status: 'aborted' });
    assert.deepEqual(states(cells[1] ?? ''), ['busy'], 'it runs on');
    const lateBeside = send('execute_request', {}, 990);
    assert.deepEqual([...states(beside), ...states(lateBeside)], [], 'they wait still');
  });

  test('publishes the status of comm messages of a running cell right after that of the cell', async () => {
    let end = () => {};
    const { send, states, statuses } = dispatcher({
      execute_request: () =>
        new Promise((resolve) => {
          end = () => resolve({});
        }),
    });
    const before = send('comm_msg');
    await settle();
    send('execute_request');
    const during = [send('comm_msg'), send('comm_msg')];
    await settle();
    assert.deepEqual(during.map(states), [[], []], 'no idle under a running cell');
    const next = send('execute_request');
    end();
    await settle();
    const told = statuses();
    const at = told.indexOf(`busy ${during[0]}`);
    assert.match(told[at - 1] ?? '', /^idle /);
    assert.deepEqual(told.slice(at), [
      ...during.flatMap((id) => [`busy ${id}`, `idle ${id}`]),
      `busy ${next}`,
    ]);
    end();
    await settle();
    const after = send('comm_msg');
    await settle();
    assert.deepEqual(
      [states(before), states(next), states(after)],
      [
        ['busy', 'idle'],
        ['busy', 'idle'],
        ['busy', 'idle'],
      ],
    );
  });

  test('ends the status of a comm message that is still at work when its cell ends, once it is done', async () => {
    const ends: (() => void)[] = [];
    const later = () => new Promise<void>((resolve) => void ends.push(resolve));
    const { send, states } = dispatcher({ execute_request: () => later().then(() => ({})) }, later);
    send('execute_request');
    const slow = send('comm_msg');
    ends[0]?.();
    await settle();
    assert.deepEqual(states(slow), ['busy']);
    ends[1]?.();
    await settle();
    assert.deepEqual(states(slow), ['busy', 'idle']);
  });

  test('goes on after a comm message or an answer that failed', async (context) => {
    context.mock.method(process.stderr, 'write', () => true);
    const fail = () => Promise.reject(new RangeError('defect'));
    const circle: Record<string, JsonObject> = {};
    circle.self = circle;
    const { send, states, replies } = dispatcher({ execute_request: () => circle }, fail);
    const comm = send('comm_msg');
    await settle();
    const ids = [send('execute_request'), send('execute_request')];
    await settle();
    await settle();
    for (const id of [comm, ...ids]) assert.deepEqual(states(id), ['busy', 'idle']);
    for (const id of ids) assert.equal(replies(id).length, 1);
  });

  test('takes a date that is no text, and refuses content nested too deeply', async () => {
    const handler: Handler = (request) => {
      fieldsOf(request);
      made.dispatch.abortQueue(request);
      return {};
    };
    const made = dispatcher({ execute_request: handler });
    const { send, replies } = made;
    send('execute_request');
    await settle();
    const odd = send('execute_request', {}, { toString: 1 });
    await settle();
    assert.equal(replies(odd)[0]?.content.status, 'aborted');
    made.clock.now += 1000;
    let deep: Json = {};
    for (let level = 0; level < 600; level += 1) deep = { deep };
    const id = send('execute_request', deep);
    await settle();
    assert.equal(replies(id)[0]?.content.ename, 'InvalidRequest');
  });

  test('ends the status of a slow comm message before a cell begins', async () => {
    const { send, states } = dispatcher({ execute_request: () => ({}) }, () => new Promise(() => {}));
    const slow = send('comm_msg');
    await settle();
    assert.deepEqual(states(slow), ['busy']);
    send('execute_request');
    await settle();
    assert.deepEqual(states(slow), ['busy', 'idle']);
  });

  test('tells a defect of a handler with its name', async () => {
    const { send, replies } = dispatcher({
      execute_request: () => {
        throw new TypeError('defect');
      },
    });
    const id = send('execute_request');
    await settle();
    assert.equal(replies(id)[0]?.content.ename, 'TypeError');
  });
});
