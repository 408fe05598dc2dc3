import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { references } from './references.ts';

test('every ninth item of the real references equals ours', {
  skip: sharedData() === undefined && withoutSharedData,
}, async () => {
  const { passed, failed, skipped, details } = await references({ short: true });
  assert.deepEqual(
    details.filter(({ status }) => status === 'failed'),
    [],
  );
  assert.equal(failed + skipped, 0);
  assert.ok(passed > 3000, `${passed} checks`);
});
