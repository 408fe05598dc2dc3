import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument, NoData } from '../../src/errors.ts';
import { peers } from '../../src/store/peers.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { freshName, onBothBackends } from './backends.ts';
import { placed, placedSet } from './placed-season.ts';

onBothBackends((store) => {
  // Expected metres by Vincenty's inverse formula on WGS 84, as pyproj.Geod gives it, between the facing edges.
  test('peers are of the same crop, nearest first, with distances in metres at any latitude', async (context) => {
    const at = (latitude: number) => [
      placed(1, [25, latitude]),
      placed(2, [25.02, latitude]),
      placed(3, [25.01, latitude], { crop: 'maize' }),
      placed(4, [25, latitude + 0.01]),
      placed(5, [25.001, latitude]),
      placed(6, [25.005, latitude], { area: 0.29 }),
      placed(7, [25.3, latitude]),
    ];
    for (const [latitude, east] of [
      [0.0005, 2115.1],
      [60, 1060.2],
      [-78, 441.2],
    ] as const) {
      const { dataset } = await saveParcels(
        store(),
        placedSet(`${freshName(context)} ${latitude}`, at(latitude)),
      );
      const found = await peers(store(), { dataset, pid: 1, distance: 2200 });
      const north = latitude === 0.0005 ? 995.2 : latitude === 60 ? 1002.7 : 1004.8;
      const expected = [
        [5, 0],
        ...[
          [4, north],
          [2, east],
        ].sort(([, a = 0], [, b = 0]) => a - b),
      ];
      assert.deepEqual(
        found.map(({ pid }) => pid),
        expected.map(([pid]) => pid),
      );
      for (const [i, [, metres = 0]] of expected.entries())
        assert.ok(
          Math.abs((found[i]?.distance ?? -1) - metres) < 0.3,
          `${latitude}: ${found[i]?.distance} against ${metres}`,
        );
      const near = await peers(store(), { dataset, pid: 1, distance: 50 });
      assert.deepEqual(
        near.map(({ pid }) => pid),
        [5],
      );
      const one = await peers(store(), { dataset, pid: 1, distance: 2200, most: 1, crop: 'maize' });
      assert.deepEqual(
        one.map(({ pid }) => pid),
        [3],
      );
      const any = await peers(store(), { dataset, pid: 1, distance: 2200, crop: null, hectares: 0 });
      assert.equal(any.length, 5);
    }
  });

  test('peers on the other side of the date line are found', async (context) => {
    const { dataset } = await saveParcels(
      store(),
      placedSet(freshName(context), [placed(1, [179.998, 65]), placed(2, [-179.999, 65])]),
    );
    for (const pid of [1, 2]) {
      const [other] = await peers(store(), { dataset, pid, distance: 500 });
      assert.equal(other?.pid, 3 - pid);
      assert.ok(Math.abs((other?.distance ?? 0) - 94.35) < 0.3, String(other?.distance));
    }
  });

  test('a parcel that is not there or states no crop, and a distance that is none, are told', async (context) => {
    const { dataset } = await saveParcels(
      store(),
      placedSet(freshName(context), [placed(1, [10, 50], { crop: undefined })]),
    );
    await assert.rejects(peers(store(), { dataset, pid: 9 }), NoData);
    await assert.rejects(peers(store(), { dataset, pid: 1 }), /states no crop/);
    assert.deepEqual(await peers(store(), { dataset, pid: 1, crop: null }), []);
    await assert.rejects(peers(store(), { dataset, pid: 1, distance: -1 }), InvalidArgument);
    await assert.rejects(peers(store(), { dataset, pid: 1, most: 1e9 }), InvalidArgument);
  });
});
