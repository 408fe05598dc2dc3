import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument, StoreFailure } from '../../src/errors.ts';
import { onBothBackends } from './backends.ts';

onBothBackends((store) => {
  test('a text with U+0000 is what the asker did wrong, not the store', async () => {
    await assert.rejects(store().query('select $1::text', ['a\0b']), InvalidArgument);
    await assert.rejects(store().query('select $1::jsonb', [{ a: 'a\0b' }]), InvalidArgument);
  });

  test('other refusals are failures of the store, and show no bound value', async () => {
    await assert.rejects(store().query('select $1::integer', ['hunter2']), (error: unknown) => {
      assert.ok(error instanceof StoreFailure);
      assert.match(error.message, /SQLSTATE 22P02/);
      return true;
    });
  });
});
