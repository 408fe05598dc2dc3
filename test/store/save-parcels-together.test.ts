import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { freshName, onBothBackends } from './backends.ts';
import { squareParcels } from './sample-season.ts';

onBothBackends((store) => {
  test('several workers that start at once save one dataset together', async (context) => {
    const name = freshName(context);
    const saved = await Promise.all(
      Array.from({ length: 8 }, () => saveParcels(store(), squareParcels(name, 50))),
    );
    assert.equal(new Set(saved.map(({ dataset }) => dataset)).size, 1);
    assert.equal(saved.filter(({ changed }) => changed).length, 1);
  });
});
