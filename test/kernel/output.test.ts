import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Message, Outgoing } from '../../kernel/messages.ts';
import { Output } from '../../kernel/output.ts';

function request(id: string): Message {
  const header = { msg_id: id, msg_type: 'execute_request' };
  return { identities: [], header, parent: {}, metadata: {}, content: {}, buffers: [] };
}

function open() {
  const published: Outgoing[] = [];
  const output = new Output((message) => void published.push(message));
  return { output, published };
}

const seen = ({ parent, content }: Outgoing) => [parent.msg_id, content.name, content.text];

describe('output', () => {
  test('joins text of one request and stream, and keeps the order of all', () => {
    const { output, published } = open();
    const [a, b] = [output.register(request('a')), output.register(request('b'))];
    output.stream(a, 'stdout', Buffer.from('1'));
    output.stream(a, 'stdout', Buffer.from('2'));
    output.stream(a, 'stderr', Buffer.from('3'));
    output.stream(b, 'stderr', Buffer.from('4'));
    output.publish(a, 'display_data', { data: {} });
    output.stream(a, 'stdout', Buffer.from('5'));
    output.status(a, 'idle');
    assert.deepEqual(published.map(seen), [
      ['a', 'stdout', '12'],
      ['a', 'stderr', '3'],
      ['b', 'stderr', '4'],
      ['a', undefined, undefined],
      ['a', 'stdout', '5'],
      ['a', undefined, undefined],
    ]);
  });

  test('sends text by itself after a short while', async () => {
    const { output, published } = open();
    output.stream(output.register(request('a')), 'stdout', Buffer.from('alone'));
    assert.equal(published.length, 0);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual(published.map(seen), [['a', 'stdout', 'alone']]);
  });

  test('cuts long text into messages between characters', () => {
    const { output, published } = open();
    const text = 'a€😀é'.repeat(60_000);
    output.stream(output.register(request('a')), 'stdout', Buffer.from(text));
    output.flush();
    assert.ok(published.length > 3);
    assert.ok(published.map(({ content }) => content.text).join('') === text);
  });

  test('attributes output without an origin, or of one long forgotten, to the latest cell', () => {
    const { output, published } = open();
    const first = output.register(request('first'));
    const cell = output.register(request('cell'));
    output.answersFor(cell);
    output.status(first, 'idle');
    for (let at = 0; at < 5000; at += 1) output.status(output.register(request(`comm ${at}`)), 'idle');
    published.length = 0;
    output.publish(first, 'display_data', {});
    output.publish(0, 'display_data', {});
    output.publish(cell, 'display_data', {});
    assert.deepEqual(
      published.map(({ parent }) => parent.msg_id),
      ['cell', 'cell', 'cell'],
    );
  });

  test('remembers a request until its idle is published, however many others come', () => {
    const { output, published } = open();
    const waiting = output.register(request('waiting'));
    for (let at = 0; at < 5000; at += 1) output.status(output.register(request(`other ${at}`)), 'idle');
    output.status(waiting, 'busy');
    assert.equal(published.at(-1)?.parent.msg_id, 'waiting');
  });

  test('loses nothing of any sequence of texts', () => {
    const part = fc.tuple(fc.constantFrom('stdout', 'stderr'), fc.string({ unit: 'grapheme' }), fc.nat(1));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const { output, published } = open();
        const requests = [output.register(request('0')), output.register(request('1'))];
        for (const [name, text, at] of parts)
          output.stream(requests[at] ?? 0, name as 'stdout', Buffer.from(text));
        output.flush();
        for (const name of ['stdout', 'stderr'])
          for (const at of [0, 1]) {
            const wanted = parts.filter((one) => one[0] === name && one[2] === at).map((one) => one[1]);
            const got = published.map(seen).filter((one) => one[0] === `${at}` && one[1] === name);
            assert.equal(got.map((one) => one[2]).join(''), wanted.join(''));
          }
      }),
    );
  });
});
