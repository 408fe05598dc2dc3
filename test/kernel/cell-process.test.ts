import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCellProcess } from '../../kernel/cell-process.ts';

test('a cell process that is held back is held back in what native code prints too', async (context) => {
  let bytes = 0;
  let done = false;
  const ready = Promise.withResolvers<void>();
  const held = startCellProcess(
    { folder: tmpdir() },
    {
      frame: (frame) => {
        if (frame.kind !== 'message') return;
        if (frame.message.type === 'ready') ready.resolve();
        if (frame.message.type === 'done') done = true;
      },
      native: (_name, text) => {
        bytes += text.length;
      },
      died: () => undefined,
    },
  );
  context.after(() => held.kill());
  await ready.promise;
  held.pause();
  const code =
    "require('node:child_process').execFileSync('head', ['-c', '20000000', '/dev/zero'], { stdio: 'inherit' })";
  held.send({ type: 'execute', request: 1, code, cell: 1, expressions: {} });
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(bytes < 1_000_000, `${bytes} bytes came although it was held back`);
  held.resume();
  for (let wait = 0; wait < 200 && (bytes < 20_000_000 || !done); wait += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  assert.deepEqual([bytes, done], [20_000_000, true]);
});

test('a cell process whose folder is gone says so', async (context) => {
  const died = Promise.withResolvers<Error>();
  const gone = startCellProcess(
    { folder: join(tmpdir(), 'furrow-no-such-folder') },
    { frame: () => undefined, native: () => undefined, died: died.resolve },
  );
  context.after(() => gone.kill());
  assert.match((await died.promise).message, /furrow-no-such-folder is gone\. Make it again/);
});
