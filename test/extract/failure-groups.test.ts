import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureGroups } from '../../src/extract/failure-groups.ts';

test('failures that differ only in image, address, path or numbers are one group, the largest first', () => {
  const groups = failureGroups([
    { item: 'S2A_1', reason: 'BandNotFound: item S2A_1 has no band nir' },
    { item: 'S2A_2', reason: 'StorageFailure: https://a.example/2/B04.tif?x=1 answered 503 after 4 tries' },
    { item: 'S2A_3', reason: 'StorageFailure: https://b.example/3/B08.tif answered 500 after 5 tries' },
    { item: 'S2A_4', reason: 'InvalidFile: /data/4.tif ends in the middle of tile 12' },
    { item: 'S2A_5', reason: 'InvalidFile: /data/x/5.tif ends in the middle of tile 3' },
    { item: 'S2A_6', reason: 'InvalidFile: /data/x/6.tif ends in the middle of tile 4' },
  ]);
  assert.deepEqual(
    groups.map(({ items }) => items),
    [['S2A_4', 'S2A_5', 'S2A_6'], ['S2A_2', 'S2A_3'], ['S2A_1']],
  );
  assert.equal(
    groups[1]?.reason,
    'StorageFailure: https://a.example/2/B04.tif?x=1 answered 503 after 4 tries',
  );
  assert.deepEqual(failureGroups([]), []);
});
