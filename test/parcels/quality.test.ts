import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import type { Affine } from '../../src/geometry/affine.ts';
import type { Parcel } from '../../src/parcels/parcel.ts';
import { classHistogram, classMask, classShare, clearScl } from '../../src/parcels/quality.ts';
import { onePerAcquisition } from '../../src/parcels/series.ts';
import { buildRuns } from '../../src/parcels/statistics.ts';

const crs = 'EPSG:32632';
const coarse = { crs, transform: [20, 0, 100, 0, -20, 200] as Affine, width: 3, height: 2 };

describe('scene classification', () => {
  test('masks what hides the ground', () => {
    const all = Uint8Array.from({ length: 12 }, (_, i) => i);
    assert.deepEqual([...classMask(all)], [1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1]);
    assert.deepEqual([...classMask(all, [4])], [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('is counted per parcel, with the share that is clear', () => {
    const ring = [
      [100, 160],
      [160, 160],
      [160, 200],
      [100, 200],
      [100, 160],
    ] as const;
    const parcel: Parcel = {
      pid: 3,
      label: '3',
      crop: undefined,
      area: 1,
      geometry: { type: 'Polygon', coordinates: [ring] },
      attributes: {},
    };
    const away: Parcel = {
      ...parcel,
      pid: 4,
      geometry: { type: 'Polygon', coordinates: [ring.map(([x, y]) => [x + 1e6, y] as const)] },
    };
    const runs = buildRuns([away, parcel], crs, coarse);
    const histogram = classHistogram(runs, Uint8Array.of(4, 4, 9, 5, 3, 0), { width: 3 });
    assert.deepEqual([...histogram.pid], [3]);
    assert.deepEqual([...histogram.counts], [1, 0, 0, 1, 2, 1, 0, 0, 0, 1]);
    assert.equal(classShare(histogram, 0, clearScl), 0.5);
    assert.equal(classShare(histogram, 0, [8, 9, 10]), 1 / 6);
    assert.throws(
      () => classHistogram(runs, Float32Array.of(0, 0.5, 0, 0, 0, 0), { width: 3 }),
      InvalidArgument,
    );
  });
});

test('a season keeps of overlapping granules the one with more pixels, then the newer, then the last by name', () => {
  const point = (itemId: string, datetime: string, acquisition: string, n: number) => ({
    itemId,
    datetime,
    acquisition,
    n,
    mean: 0,
    p25: 0,
    p50: 0,
    p75: 0,
    clear: 1,
  });
  const kept = onePerAcquisition([
    point('c', '2022-05-02T00:00:00Z', 'late', 4),
    point('b', '2022-05-01T00:00:00Z', 'early', 7),
    point('a', '2022-05-01T00:00:00Z', 'early', 7),
    point('d', '2022-05-02T00:00:00Z', 'late', 5),
    { ...point('new', '2022-05-03T00:00:00Z', 'twice', 5), processed: '20240101T000000' },
    { ...point('old', '2022-05-03T00:00:00Z', 'twice', 5), processed: '20220503T000000' },
  ]);
  assert.deepEqual(
    kept.map(({ itemId }) => itemId),
    ['b', 'd', 'new'],
  );
});
