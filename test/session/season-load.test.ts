import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collection } from '../../src/catalog/collection.ts';
import { Season } from '../../src/session/season.ts';

const collection: Collection = {
  id: 'c',
  title: 'C',
  description: '',
  address: '/c/collection.json',
  bbox: [-180, -90, 180, 90],
  interval: ['0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z'],
  bands: [],
  problems: [],
  items: async () => [],
};

test('a season is loaded whole unless an area is given', () => {
  const season = new Season(collection);
  const extent = (area?: [number, number, number, number]) =>
    season.load({ area }).graph.toJSON().loadcollection1?.arguments.spatial_extent;
  assert.equal(extent(), null);
  assert.deepEqual(extent([8, 47, 9, 48]), { west: 8, south: 47, east: 9, north: 48 });
});
