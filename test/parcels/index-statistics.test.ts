import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { indexPixels, indexStatistics } from '../../src/parcels/index-statistics.ts';
import { indexDefinition, indexNames, isIndexName } from '../../src/parcels/indices.ts';
import type { Parcel } from '../../src/parcels/parcel.ts';
import { buildRuns, zonalStatistics } from '../../src/parcels/statistics.ts';

const grid = { crs: 'EPSG:32632', transform: [1, 0, 0, 0, -1, 2] as const, width: 4, height: 2 };
const whole: Parcel = {
  pid: 9,
  label: 'whole',
  crop: undefined,
  area: 1,
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [4, 0],
        [4, 2],
        [0, 2],
        [0, 0],
      ],
    ],
  },
  attributes: {},
};

describe('indices of parcels', () => {
  test('apply scale and offset before the formula and drop what is no number', () => {
    const nir = {
      pixels: Uint16Array.of(5000, 4000, 0, 6000, 1000, 3000, 2000, 7000),
      nodata: 0,
      scale: 1e-4,
      offset: -0.1,
    };
    const red = {
      pixels: Uint16Array.of(2000, 2000, 2000, 0, 1000, 2000, 3000, 2000),
      nodata: 0,
      scale: 1e-4,
      offset: -0.1,
    };
    const mask = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1);
    const ndvi = indexDefinition('NDVI');
    // Pixel 4: both reflectances are zero, so the quotient is no number.
    const expected = [
      (0.4 - 0.1) / 0.5,
      (0.3 - 0.1) / 0.4,
      NaN,
      NaN,
      NaN,
      (0.2 - 0.1) / 0.3,
      (0.1 - 0.2) / 0.3,
      NaN,
    ];
    for (const [i, value] of indexPixels(ndvi, [nir, red], mask).entries())
      assert.ok(
        Object.is(value, expected[i]) || Math.abs(value - (expected[i] as number)) < 1e-12,
        `${i}: ${value}`,
      );
    const runs = buildRuns([whole], grid.crs, grid);
    const { n, values } = indexStatistics(runs, ndvi, [nir, red], { width: 4, mask });
    assert.equal(n[0], 4);
    assert.deepEqual(
      values,
      zonalStatistics(runs, [indexPixels(ndvi, [nir, red], mask)], { width: 4 }).values,
    );
  });

  test('have formulas as published', () => {
    const at = (name: string, ...values: [number, number, number?]) =>
      indexDefinition(name).formula(values[0], values[1], values[2] ?? 0);
    assert.equal(at('ndvi', 0.5, 0.1), 0.4 / 0.6);
    assert.ok(Math.abs(at('savi', 0.5, 0.1) - 0.6 / 1.1) < 1e-12);
    assert.ok(Math.abs(at('evi', 0.5, 0.1, 0.05) - 1 / 1.725) < 1e-12);
    assert.ok(Math.abs(at('evi2', 0.5, 0.1) - 1 / 1.74) < 1e-12);
    for (const name of indexNames) assert.ok(isIndexName(name) && indexDefinition(name).bands.length <= 3);
  });

  test('refuse an unknown name and bands of different sizes', () => {
    assert.throws(() => indexDefinition('nvdi'), /ndvi/);
    assert.ok(!isIndexName('toString'));
    assert.throws(
      () => indexPixels(indexDefinition('ndvi'), [{ pixels: new Uint8Array(3) }]),
      InvalidArgument,
    );
    assert.throws(
      () =>
        indexPixels(indexDefinition('ndvi'), [{ pixels: new Uint8Array(3) }, { pixels: new Uint8Array(4) }]),
      InvalidArgument,
    );
  });
});
