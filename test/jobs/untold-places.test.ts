import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutPlaces } from '../../src/jobs/untold-places.ts';

test('messages name files by their collection, not by where the machine has them', () => {
  const told = withoutPlaces(
    new Map([
      ['season', '/data/season/collection.json'],
      ['inner', '/data/season/inner'],
      ['bucket', 's3://secret/prefix/collection.json'],
      ['web', 'https://user.example.org/stac/collection.json?key=k'],
      ['root', '/'],
    ]),
  );
  assert.equal(told('nothing stands at /data/season/a/B04.tif'), 'nothing stands at season/a/B04.tif');
  assert.equal(told('/data/season/inner/x.tif: cut off'), 'inner/x.tif: cut off');
  assert.equal(told("'s3://secret/prefix/a.tif' is gone"), "'bucket/a.tif' is gone");
  assert.equal(told('https://user.example.org/stac/a.tif'), 'web/a.tif');
  assert.equal(told('there is no band B77 / of these'), 'there is no band B77 / of these');
});
