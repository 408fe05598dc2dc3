import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidArgument } from '../../src/errors.ts';
import type { Affine } from '../../src/geometry/affine.ts';
import type { Position } from '../../src/geometry/polygon.ts';
import type { Parcel } from '../../src/parcels/parcel.ts';
import type { PixelValues } from '../../src/parcels/pixel-values.ts';
import { parcelWindow, selectRuns } from '../../src/parcels/runs.ts';
import { buildRuns, zonalStatistics } from '../../src/parcels/statistics.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const grid = {
  crs: 'EPSG:32632',
  transform: [10, 0, 600_000, 0, -10, 5_300_000] as Affine,
  width: 40,
  height: 30,
};

function parcel(pid: number, pixelPositions: readonly Position[]): Parcel {
  const ring = [...pixelPositions, pixelPositions[0] as Position].map(
    ([x, y]): Position => [600_000 + 10 * x, 5_300_000 - 10 * y],
  );
  return {
    pid,
    label: `${pid}`,
    crop: undefined,
    area: 1,
    geometry: { type: 'Polygon', coordinates: [ring] },
    attributes: {},
  };
}

/** Twelve parcels of all sizes: whole raster, single pixel, one partly outside, one outside. */
const parcels = [
  parcel(1, [
    [0, 0],
    [40, 0],
    [40, 30],
    [0, 30],
  ]),
  parcel(2, [
    [3, 3],
    [4, 3],
    [4, 4],
    [3, 4],
  ]),
  parcel(3, [
    [35.2, -4],
    [60, 10.7],
    [30.1, 12.2],
  ]),
  parcel(4, [
    [100, 100],
    [110, 100],
    [110, 110],
  ]),
  ...Array.from({ length: 8 }, (_, i) =>
    parcel(5 + i, [
      [i * 3.3, 5],
      [i * 3.3 + 8, 6.5 + i],
      [i * 4 + 2, 28 - i],
      [i, 20],
    ]),
  ),
];

/** A repeatable stream of numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
}

function pixels(type: string, seed: number): PixelValues {
  const next = random(seed);
  const size = grid.width * grid.height;
  switch (type) {
    case 'uint8':
      return Uint8Array.from({ length: size }, () => (next() < 0.2 ? 0 : next() * 256));
    case 'int16':
      return Int16Array.from({ length: size }, () => (next() < 0.2 ? -32768 : next() * 60_000 - 30_000));
    case 'uint16':
      return Uint16Array.from({ length: size }, () => (next() < 0.2 ? 65535 : 9000 + next() * 60));
    case 'int32':
      return Int32Array.from({ length: size }, () => (next() < 0.2 ? -1 : next() * 2e9));
    default:
      return Float64Array.from({ length: size }, () => (next() < 0.2 ? NaN : next() ** 3));
  }
}

const nodata: Record<string, number> = { uint8: 0, int16: -32768, uint16: 65535, int32: -1, float64: NaN };

describe('statistics of parcels', () => {
  test('equal rasterstats: count, sum, min, max, percentiles exactly, mean and std to 1e-9', {
    skip: testPython() === undefined && withoutTestPython,
  }, () => {
    const types = ['uint8', 'int16', 'uint16', 'int32', 'float64'];
    const bands = types.map((type, i) => ({
      type,
      nodata: nodata[type],
      values: Array.from(pixels(type, i + 1) as Float64Array, (v) => (Number.isNaN(v) ? null : v)),
    }));
    const program = `
import json, sys, warnings
import numpy as np
from affine import Affine
from rasterstats import zonal_stats
warnings.simplefilter('ignore')
given = json.load(sys.stdin)
out = []
for band in given['bands']:
    values = np.array([np.nan if v is None else v for v in band['values']]).reshape(${grid.height}, ${grid.width}).astype(band['type'])
    nodata = band['nodata'] if band['nodata'] is not None else -9999.0
    out.append(zonal_stats(given['areas'], values, affine=Affine(${grid.transform.join(',')}), nodata=nodata,
        stats=['count', 'mean', 'std', 'min', 'max', 'sum', 'median', 'percentile_10', 'percentile_25', 'percentile_75', 'percentile_99']))
print(json.dumps(out))
`;
    const { stdout, stderr } = spawnSync(testPython() as string, ['-c', program], {
      input: JSON.stringify({ bands, areas: parcels.map(({ geometry }) => geometry) }),
      encoding: 'utf8',
    });
    assert.notEqual(stdout, '', stderr);
    const expected = JSON.parse(stdout) as Record<string, number | null>[][];
    const runs = buildRuns(parcels, grid.crs, grid);
    for (const [b, type] of types.entries()) {
      const result = zonalStatistics(runs, [pixels(type, b + 1)], {
        width: grid.width,
        nodata: nodata[type],
        percentiles: [10, 25, 50, 75, 99],
      });
      const rows = (expected[b] ?? [])
        .map((row, i) => ({ pid: i + 1, row }))
        .filter(({ row }) => (row.count ?? 0) > 0);
      assert.deepEqual(
        [...result.pid],
        rows.map(({ pid }) => pid),
        type,
      );
      for (const [i, { pid, row }] of rows.entries()) {
        const got = Object.fromEntries(
          result.stats.map((stat, s) => [stat, result.values[i * result.stats.length + s]]),
        );
        assert.equal(result.n[i], row.count, `${type} ${pid} count`);
        for (const [stat, theirs] of Object.entries({
          min: 'min',
          max: 'max',
          p50: 'median',
          p10: 'percentile_10',
          p25: 'percentile_25',
          p75: 'percentile_75',
          p99: 'percentile_99',
        }))
          assert.equal(got[stat], row[theirs], `${type} ${pid} ${stat}`);
        if (type === 'float64') assertClose(got.sum, row.sum, `${type} ${pid} sum`);
        else assert.equal(got.sum, row.sum, `${type} ${pid} sum`);
        assertClose(got.mean, row.mean, `${type} ${pid} mean`);
        assertClose(got.std, row.std, `${type} ${pid} std`);
      }
    }
  });

  test('are the same whether values lie in narrow or in wide arrays', () => {
    const value = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(value, fc.constant(500), fc.integer({ min: 490, max: 510 })), {
          minLength: 1,
          maxLength: 300,
        }),
        (values) => {
          const line = [
            parcel(1, [
              [0, 0],
              [values.length, 0],
              [values.length, 1],
              [0, 1],
            ]),
          ];
          const runs = buildRuns(line, grid.crs, { ...grid, width: values.length, height: 1 });
          const options = { width: values.length, nodata: 505, percentiles: [0, 5, 25, 50, 75, 95, 100] };
          const narrow = zonalStatistics(runs, [Uint16Array.from(values)], options);
          const wide = zonalStatistics(runs, [Float64Array.from(values)], options);
          assert.deepEqual(narrow.n, wide.n);
          for (const [i, stat] of narrow.values.entries()) assertClose(stat, wide.values[i], `${i}`);
        },
      ),
    );
  });

  test('of stored numbers with scale and offset are those of the values', () => {
    const runs = buildRuns(parcels, grid.crs, grid);
    const stored = pixels('uint16', 3) as Uint16Array;
    for (const [scale, offset] of [
      [0.0001, -0.1],
      [-2, 5],
    ] as const) {
      const values = Float64Array.from(stored, (v) => (v === 65535 ? NaN : v * scale + offset));
      const asked = { width: grid.width, percentiles: [5, 25, 50, 90] };
      const one = zonalStatistics(runs, [stored], { ...asked, nodata: 65535, scale, offset });
      const other = zonalStatistics(runs, [values], asked);
      assert.deepEqual(one.pid, other.pid);
      for (const [i, stat] of one.values.entries()) assertClose(stat, other.values[i], `${i}`);
    }
  });

  test('of several bands keep each band its own nodata, and say so in the counts', () => {
    const runs = buildRuns(parcels.slice(1, 2), grid.crs, grid);
    const one = new Uint16Array(grid.width * grid.height).fill(7);
    const other = new Uint8Array(grid.width * grid.height);
    const { n, counts, values, stats } = zonalStatistics(runs, [one, other], {
      width: grid.width,
      nodata: [0, 0],
    });
    assert.deepEqual([...n, ...counts], [1, 1, 0]);
    assert.equal(values[0], 7);
    assert.ok(values.subarray(stats.length).every(Number.isNaN));
  });

  test('of a window and of chosen parcels equal those of the whole raster', () => {
    const runs = buildRuns(parcels, grid.crs, grid);
    const band = pixels('int16', 2) as Int16Array;
    const whole = zonalStatistics(runs, [band], { width: grid.width, nodata: -32768 });
    for (const i of [1, 2, 6]) {
      const window = parcelWindow(runs, i);
      assert.ok(window !== undefined);
      const part = new Int16Array(window.width * window.height);
      for (let row = 0; row < window.height; row++) {
        const from = (window.y + row) * grid.width + window.x;
        part.set(band.subarray(from, from + window.width), row * window.width);
      }
      const one = zonalStatistics(selectRuns(runs, [i]), [part], {
        width: window.width,
        origin: window,
        nodata: -32768,
      });
      const at = whole.pid.indexOf(i + 1);
      const size = whole.stats.length;
      assert.deepEqual(one.values, whole.values.slice(at * size, (at + 1) * size));
    }
    assert.equal(parcelWindow(runs, 3), undefined);
  });

  test('leave masked pixels out', () => {
    const runs = buildRuns(parcels.slice(0, 1), grid.crs, grid);
    const band = Uint16Array.from({ length: grid.width * grid.height }, (_, i) => i);
    const mask = Uint8Array.from(band, (i) => (i >= 10 ? 1 : 0));
    const { n, values } = zonalStatistics(runs, [band], { width: grid.width, mask });
    assert.equal(n[0], 10);
    assert.equal(values[0], 4.5);
    assert.equal(zonalStatistics(runs, [band], { width: grid.width, mask: mask.fill(1) }).pid.length, 0);
  });

  test('refuse arrays that do not hold the parcels, and percentiles out of order', () => {
    const runs = buildRuns(parcels, grid.crs, grid);
    const band = new Uint8Array(grid.width * grid.height);
    assert.throws(
      () => zonalStatistics(runs, [band.subarray(grid.width)], { width: grid.width }),
      InvalidArgument,
    );
    assert.throws(() => zonalStatistics(runs, [band], { width: grid.width - 1 }), InvalidArgument);
    assert.throws(
      () => zonalStatistics(runs, [band], { width: grid.width, origin: { x: 1, y: 0 } }),
      InvalidArgument,
    );
    assert.throws(
      () => zonalStatistics(runs, [band], { width: grid.width, mask: new Uint8Array(3) }),
      InvalidArgument,
    );
    assert.throws(
      () => zonalStatistics(runs, [band], { width: grid.width, percentiles: [75, 25] }),
      InvalidArgument,
    );
  });

  test('build the runs of one list of parcels and grid once', () => {
    assert.equal(buildRuns(parcels, grid.crs, grid), buildRuns(parcels, grid.crs, { ...grid }));
    assert.notEqual(
      buildRuns(parcels, grid.crs, grid),
      buildRuns(parcels, grid.crs, { ...grid, height: 29 }),
    );
  });

  test('keep whole numbers exact where a float would round: large sums, tiny deviations on high levels', () => {
    const size = 1000 * 1000;
    const square = [
      parcel(1, [
        [0, 0],
        [1000, 0],
        [1000, 1000],
        [0, 1000],
      ]),
    ];
    const runs = buildRuns(square, grid.crs, { ...grid, width: 1000, height: 1000 });
    const band = Uint16Array.from({ length: size }, (_, i) => 65_000 + (i % 2));
    const { values } = zonalStatistics(runs, [band], { width: 1000 });
    assert.deepEqual([...values], [65_000.5, 0.5, 65_000, 65_001, 65_000, 65_000.5, 65_001, 65_000.5 * size]);
  });
});

function assertClose(got: number | undefined, expected: number | null | undefined, what: string): void {
  assert.ok(got !== undefined && typeof expected === 'number', `${what}: ${got} and ${expected}`);
  assert.ok(
    Math.abs(got - expected) <= 1e-9 * Math.max(Math.abs(expected), 1e-3),
    `${what}: ${got} instead of ${expected}`,
  );
}
