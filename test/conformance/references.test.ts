import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { references } from './references.ts';

test('references made by others, of the series every ninth item, equal ours', {
  skip: sharedData() === undefined && withoutSharedData,
}, async () => {
  const { passed, failed, skipped, details } = await references({ short: true });
  assert.deepEqual(
    details.filter(({ status }) => status === 'failed'),
    [],
  );
  assert.equal(failed, 0);
  assert.ok(skipped < 40, `${skipped} skipped`);
  assert.ok(passed > 3000, `${passed} checks`);
});
