import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Frame, FrameReader, messageFrame, streamFrame } from '../../kernel/cell/frames.ts';
import { BrokenChannel } from '../../kernel/errors.ts';

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
                ? streamFrame(item.name as 'stdout', request, item.text)
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
});
