import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { report, sendText } from '../../../kernel/cell/channel.ts';
import { FrameReader } from '../../../kernel/cell/frames.ts';

test('a frame that an interrupt cut in two is finished before the next one', (context) => {
  const written: Buffer[] = [];
  let calls = 0;
  const write = (_descriptor: number, bytes: Buffer, at: number, length: number): number => {
    calls += 1;
    if (calls === 2) throw new RangeError('terminated here');
    const part = calls === 1 ? 40 : length;
    written.push(Buffer.from(bytes.subarray(at, at + part)));
    return part;
  };
  context.mock.method(fs, 'writeSync', write as typeof fs.writeSync);
  syncBuiltinESMExports();
  const data = { text: 'x'.repeat(1000) };
  const comm = { type: 'comm', kind: 'msg', commId: 'c', target: 't', data, metadata: {} } as const;
  assert.throws(() => report(comm, [Buffer.alloc(100, 7)], 5), RangeError);
  report({ type: 'interrupted' }, [], 0);
  sendText('stdout', 'after');
  context.mock.restoreAll();
  syncBuiltinESMExports();

  const frames = new FrameReader().push(Buffer.concat(written));
  assert.deepEqual(
    frames.map((frame) => (frame.kind === 'message' ? frame.message.type : frame.text.toString())),
    ['comm', 'interrupted', 'after'],
  );
  assert.deepEqual(frames[0]?.kind === 'message' && frames[0].buffers, [Buffer.alloc(100, 7)]);
});
