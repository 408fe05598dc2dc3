import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputNotAllowed } from '../../kernel/errors.ts';
import type { Outgoing } from '../../kernel/messages.ts';
import { Stdin } from '../../kernel/stdin.ts';
import { openWire } from '../../kernel/wire.ts';

const key = { key: 'secret', hash: 'sha256' };

/** A desk, what it sent, and clients that answer. */
function open() {
  const client = openWire(key);
  const sent: Outgoing[] = [];
  const answers: (string | Error)[] = [];
  const stdin = new Stdin(openWire(key), (message) => void sent.push(message));
  return {
    sent,
    answers,
    ask: (who: string, prompt: string, allowStdin = true) => {
      const header = { msg_id: `cell of ${prompt}`, msg_type: 'execute_request' };
      const request = { identities: [Buffer.from(who)], header, allowStdin };
      stdin.ask(request, { prompt }, (value) => void answers.push(value));
    },
    reply: (who: string, value: string, parent: Record<string, string> = {}) => {
      const message = { identities: [who], type: 'input_reply', parent, content: { value } };
      stdin.receive(client.encode(message).map((frame) => Buffer.from(frame as string)));
    },
  };
}

test('a question is answered by the client that was asked, and by no other', () => {
  const { ask, reply, answers, sent } = open();
  ask('me', 'name?');
  reply('somebody else', 'wrong');
  assert.deepEqual(answers, []);
  reply('me', 'right');
  assert.deepEqual(answers, ['right']);
  assert.deepEqual(sent[0]?.identities.map(String), ['me']);
});

test('an answer that names its question answers no other', () => {
  const { ask, reply, answers, sent } = open();
  ask('me', 'first');
  ask('me', 'second');
  assert.equal(sent.length, 2, 'cells of two shells ask at once');
  const [first] = sent;
  reply('me', 'one', { msg_id: String(first?.id) });
  reply('me', 'late', { msg_id: String(first?.id) });
  reply('me', 'late too', { msg_id: 'cell of first' });
  assert.deepEqual(answers, ['one']);
  reply('me', 'two', { msg_id: 'cell of second' });
  assert.deepEqual(answers, ['one', 'two']);
});

test('an answer that names no question goes to the oldest one of its client', () => {
  const { ask, reply, answers } = open();
  ask('somebody else', 'not mine');
  ask('me', 'first');
  ask('me', 'second');
  reply('me', 'one');
  reply('me', 'two');
  reply('me', 'three');
  assert.deepEqual(answers, ['one', 'two']);
});

test('a client that takes no input is not asked', () => {
  const { ask, answers, sent } = open();
  ask('me', 'name?', false);
  assert.ok(answers[0] instanceof InputNotAllowed);
  assert.equal(sent.length, 0);
});
