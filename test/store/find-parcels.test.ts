import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import type { Area } from '../../src/geometry/polygon.ts';
import { type FindParcelsOptions, findParcels } from '../../src/store/find-parcels.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { freshName, onBothBackends } from './backends.ts';
import { placed, placedSet } from './placed-season.ts';

onBothBackends((store) => {
  test('parcels are found by place, crop, size, label and pid', async (context) => {
    const hostile = `'; drop table furrow.parcel; --`;
    const { dataset } = await saveParcels(
      store(),
      placedSet(freshName(context), [
        placed(1, [10, 50], { area: 0.2 }),
        placed(2, [10.002, 50], { crop: 'maize', area: 0.3 }),
        placed(3, [10.004, 50], { crop: undefined, label: hostile, area: 5 }),
        placed(4, [10, 50.5], { crop: hostile, area: 7 }),
      ]),
    );
    const found = async (filter: Omit<FindParcelsOptions, 'dataset'>) =>
      (await findParcels(store(), { dataset, ...filter })).map(({ pid }) => pid).join();
    assert.equal(await found({}), '1,2,3,4');
    assert.equal(await found({ crops: ['maize', 'rye', hostile] }), '2,4');
    assert.equal(await found({ labels: [hostile] }), '3');
    assert.equal(await found({ hectares: [0.3, 5] }), '2,3');
    assert.equal(await found({ hectares: [null, 0.2] }), '1');
    assert.equal(await found({ bbox: [9.9, 49.9, 10.0025, 50.1] }), '1,2');
    assert.equal(await found({ at: [10.0045, 50.0005] }), '3');
    assert.equal(await found({ at: [10.0015, 50.0005] }), '');
    // Touches 1 and 2, holds 1 as a whole; the third corner keeps parcel 3's box inside the box of the area but not the parcel.
    const area: Area = {
      type: 'Polygon',
      coordinates: [
        [
          [9.99, 49.99],
          [10.0025, 49.99],
          [10.0025, 50.01],
          [9.99, 50.01],
          [9.99, 49.99],
        ],
      ],
    };
    assert.equal(await found({ area }), '1,2');
    assert.equal(await found({ area, whole: true }), '1');
    assert.equal(await found({ area, crops: ['maize'], pids: [1, 2, 77] }), '2');
    assert.equal(await found({ most: 2, after: 1 }), '2,3');
    assert.deepEqual((await findParcels(store(), { dataset, pids: [3] }))[0], {
      pid: 3,
      label: hostile,
      crop: null,
      area: 5,
    });
  });

  test('a place that is none is refused before the store is asked', async () => {
    await assert.rejects(findParcels(store(), { dataset: 1, bbox: [10, 0, 9, 1] }), InvalidArgument);
    await assert.rejects(findParcels(store(), { dataset: 1, at: [600_000, 5_200_000] }), InvalidArgument);
    const ring = [
      [600_000, 5_200_000],
      [600_100, 5_200_000],
      [600_100, 5_200_100],
      [600_000, 5_200_000],
    ] as const;
    const metres: Area = { type: 'Polygon', coordinates: [ring] };
    await assert.rejects(findParcels(store(), { dataset: 1, area: metres }), InvalidArgument);
    await assert.rejects(findParcels(store(), { dataset: 1, most: -1 }), InvalidArgument);
  });
});
