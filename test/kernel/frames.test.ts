import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Frame,
  FrameReader,
  messageFrame,
  streamFrameRoom,
  writeStreamFrame,
} from '../../kernel/cell/frames.ts';
import { BrokenChannel } from '../../kernel/errors.ts';
import type { StreamName } from '../../kernel/messages.ts';

function streamFrame(name: StreamName, request: number, text: string): Buffer {
  const room = Buffer.alloc(streamFrameRoom(text.length));
  return room.subarray(0, writeStreamFrame(room, name, request, text));
}

describe('frames of the cell process', () => {
  test('come out as they went in, however the bytes are cut', () => {
    const text = fc.record({
      name: fc.constantFrom('stdout', 'stderr'),
      text: fc.string({ unit: 'grapheme' }),
    });
    const message = fc.record({ value: fc.jsonValue(), buffers: fc.array(fc.uint8Array()) });
    const wholeNumber = fc.nat(2 ** 32 - 1);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(wholeNumber, fc.oneof(text, message))),
        fc.integer({ min: 1, max: 50 }),
        (all, cut) => {
          const bytes = Buffer.concat(
            all.map(([request, item]) =>
              'text' in item
                ? streamFrame(item.name as StreamName, request, item.text)
                : messageFrame(request, { value: item.value as null }, item.buffers),
            ),
          );
          const reader = new FrameReader();
          const found: Frame[] = [];
          for (let at = 0; at < bytes.length; at += cut)
            found.push(...reader.push(bytes.subarray(at, at + cut)));
          assert.equal(found.length, all.length);
          for (const [index, [request, item]] of all.entries()) {
            const frame: Frame | undefined = found[index];
            assert.equal(frame?.request, request);
            if (frame?.kind === 'message') {
              assert.ok('value' in item);
              assert.equal(JSON.stringify(frame.message.value), JSON.stringify(item.value));
              assert.deepEqual(
                frame.buffers.map((one) => [...one]),
                item.buffers.map((one) => [...one]),
              );
            } else if (frame) {
              assert.ok('text' in item);
              assert.equal(frame.kind, item.name);
              assert.equal(frame.text.toString(), item.text);
            }
          }
        },
      ),
    );
  });

  test('of texts that follow each other come as one for each stream and request', () => {
    const piece = fc.tuple(fc.nat(2), fc.constantFrom('stdout', 'stderr', 'message'), fc.string());
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 200 }), (pieces, cut) => {
        const bytes = Buffer.concat(
          pieces.map(([request, name, text]) =>
            name === 'message'
              ? messageFrame(request, { text })
              : streamFrame(name as StreamName, request, text),
          ),
        );
        const joined = (all: readonly (readonly [number, string, string])[]): string[] => {
          const lines: string[] = [];
          let last = '';
          for (const [request, name, text] of all) {
            const origin = `${request} ${name} `;
            if (origin === last && name !== 'message') lines.push(`${lines.pop()}${text}`);
            else lines.push(`${origin}${text}`);
            last = origin;
          }
          return lines;
        };
        const read = (size: number) => {
          const reader = new FrameReader();
          const frames: Frame[] = [];
          for (let at = 0; at < bytes.length; at += size)
            frames.push(...reader.push(Buffer.from(bytes.subarray(at, at + size))));
          return frames.map((frame) => {
            const text = frame.kind === 'message' ? String(frame.message.text) : frame.text.toString();
            return [frame.request, frame.kind, text] as const;
          });
        };
        const expected = joined(pieces);
        assert.equal(read(bytes.length || 1).length, expected.length);
        assert.deepEqual(joined(read(cut)), expected);
      }),
    );
  });

  test('hold their messages whatever a cell does to what is global', () => {
    const message = { list: [1, { deep: 'text' }], none: null, object: { __proto__: null, flag: true } };
    const expected = { list: [1, { deep: 'text' }], none: null, object: { flag: true } };
    const change = (target: object, name: string, value: unknown) => {
      const before = Object.getOwnPropertyDescriptor(target, name);
      Object.defineProperty(target, name, { configurable: true, writable: true, value });
      return () =>
        before ? Object.defineProperty(target, name, before) : Reflect.deleteProperty(target, name);
    };
    const undo = [
      change(Object.prototype, 'toJSON', () => 'no object'),
      change(Array.prototype, 'toJSON', () => 'no list'),
      change(globalThis, 'Buffer', undefined),
      change(globalThis, 'JSON', undefined),
      change(Array.prototype, 'map', () => []),
    ];
    let frames: Frame[] = [];
    try {
      frames = new FrameReader().push(messageFrame(7, message, [new Uint8Array([1, 2, 3])]));
    } finally {
      for (const one of undo) one();
    }
    const [frame] = frames;
    assert.ok(frame?.kind === 'message');
    assert.deepEqual(frame.message, expected);
    assert.deepEqual([...(frame.buffers[0] ?? [])], [1, 2, 3]);
  });

  test('replace lone surrogates', () => {
    const [frame] = new FrameReader().push(streamFrame('stdout', 1, 'a\ud800b'));
    assert.equal(frame?.kind === 'stdout' && frame.text.toString(), 'a\ufffdb');
  });

  test('that are none are refused', () => {
    assert.throws(
      () => new FrameReader().push(Buffer.from('hello world, this is not a frame')),
      BrokenChannel,
    );
    assert.throws(() => new FrameReader().push(Buffer.alloc(9)), BrokenChannel);
  });

  test('are handed over when what follows them in one chunk is none', () => {
    const frames: Frame[] = [];
    const chunk = Buffer.concat([
      messageFrame(1, { a: 1 }),
      streamFrame('stdout', 1, 'before'),
      Buffer.alloc(64, 255),
    ]);
    assert.throws(() => new FrameReader().push(chunk, frames), BrokenChannel);
    assert.deepEqual(
      frames.map((frame) => (frame.kind === 'message' ? frame.message : frame.text.toString())),
      [{ a: 1 }, 'before'],
    );
  });
});
