import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { RefusedMessage } from '../../kernel/errors.ts';
import { openWire } from '../../kernel/wire.ts';

const key = 'secret';
const message = {
  identities: ['client'],
  type: 'execute_request',
  parent: {},
  content: { code: 'é' },
} as const;

function frames(wire = openWire({ key, hash: 'sha256' }), buffers: Uint8Array[] = []): Buffer[] {
  return wire.encode({ ...message, buffers }).map((frame) => Buffer.from(frame as string));
}

function sign(parts: readonly Buffer[], secret = key): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return Buffer.from(hmac.digest('hex'));
}

describe('a wire', () => {
  test('reads what another one signed, with identities and buffers', () => {
    const bytes = Buffer.from([0, 255]);
    const read = openWire({ key, hash: 'sha256' }).decode(frames(undefined, [bytes, Buffer.alloc(0)]));
    assert.equal(read.header.msg_type, 'execute_request');
    assert.deepEqual(read.content, { code: 'é' });
    assert.deepEqual(read.identities, [Buffer.from('client')]);
    assert.deepEqual(read.buffers, [bytes, Buffer.alloc(0)]);
  });

  test('signs header, parent, metadata and content with HMAC-SHA256 in hex', () => {
    const [, , signature, ...parts] = frames();
    assert.deepEqual(signature, sign(parts));
  });

  const broken: Record<string, (good: Buffer[]) => Buffer[]> = {
    'no signature': (good) => good.with(2, Buffer.alloc(0)),
    'the signature of another key': (good) => good.with(2, sign(good.slice(3, 7), 'other')),
    'changed content': (good) => good.with(6, Buffer.from('{"code":"x"}')),
    'too few frames': (good) => good.slice(0, 5),
    'no delimiter': (good) => good.toSpliced(1, 1),
    'no frames': () => [],
  };
  for (const [name, change] of Object.entries(broken))
    test(`refuses ${name}`, () => {
      const wire = openWire({ key, hash: 'sha256' });
      assert.throws(() => wire.decode(change(frames())), RefusedMessage);
    });

  test('refuses signed frames that are not a message', () => {
    for (const [at, text] of [
      [6, '{not json'],
      [3, '[]'],
      [3, '{"msg_id":5,"msg_type":"x"}'],
      [4, 'null'],
      [5, '"text"'],
      [3, `{"msg_id":"a","msg_type":"b","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
      [5, `{"deep":${'['.repeat(600)}${']'.repeat(600)}}`],
    ] as const) {
      const changed = frames().with(at, Buffer.from(text));
      const signed = changed.with(2, sign(changed.slice(3, 7)));
      assert.throws(() => openWire({ key, hash: 'sha256' }).decode(signed), RefusedMessage, text);
    }
  });

  test('does not look at JSON before the signature', (context) => {
    const parse = context.mock.method(JSON, 'parse');
    const changed = frames().with(2, Buffer.from('0'.repeat(64)));
    assert.throws(() => openWire({ key, hash: 'sha256' }).decode(changed), /signature is wrong/);
    assert.equal(parse.mock.callCount(), 0);
  });

  test('refuses a message that it has read before', () => {
    const wire = openWire({ key, hash: 'sha256' });
    const once = frames();
    wire.decode(once);
    assert.throws(() => wire.decode(once), /used before/);
  });

  test('quotes the type of an answer, which is made of what the client sent', () => {
    const type = 'a","msg_id":"\\\u0000_reply';
    const wire = openWire({ key, hash: 'sha256' });
    const read = openWire({ key, hash: 'sha256' }).decode(
      wire.encode({ ...message, type }).map((frame) => Buffer.from(frame as string)),
    );
    assert.equal(read.header.msg_type, type);
  });

  test('takes content of any JSON type: what it must be is for the handler to say', () => {
    const changed = frames().with(6, Buffer.from('[1]'));
    const signed = changed.with(2, sign(changed.slice(3, 7)));
    assert.deepEqual(openWire({ key, hash: 'sha256' }).decode(signed).content, [1]);
  });

  test('neither signs nor checks with an empty key', () => {
    const wire = openWire({ key: '', hash: 'sha256' });
    const unsigned = frames(wire);
    assert.equal(unsigned[2]?.length, 0);
    assert.equal(wire.decode(unsigned).header.msg_type, 'execute_request');
  });
});
