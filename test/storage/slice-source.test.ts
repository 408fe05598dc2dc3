import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidFile } from '../../src/errors.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { sliceSource } from '../../src/storage/slice-source.ts';

test('the whole slice is held against its checksum, however it is read and wherever its bytes are', async () => {
  const bytes = new Uint8Array(20).map((_, i) => i);
  const check = (): void => {
    throw new InvalidFile('not the bytes that were stated');
  };
  for (const head of [undefined, bytes.subarray(5, 15), bytes.subarray(5, 9)]) {
    const slice = { url: 'a!/b', version: '1', offset: 5, length: 10, head, check };
    const source = sliceSource(memorySource(bytes), slice);
    const whole = { offset: 0, length: 10 };
    await assert.rejects(source.read(whole), InvalidFile);
    await assert.rejects(source.readMany([{ offset: 1, length: 2 }, whole]), InvalidFile);
    const part = await source.readMany([{ offset: 2, length: 1 }]);
    assert.deepEqual(
      part.map((one) => [...one]),
      [[7]],
    );
  }
});
