import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { planeValues, type RasterCube } from '../../src/cube/raster-cube.ts';
import { BandNotFound, Cancelled, LimitExceeded, NoData } from '../../src/errors.ts';
import { type CubeBuilder, load_collection } from '../../src/graph/builder.ts';
import { type RunContext, runGraph } from '../../src/graph/run.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const season = sharedData('data', 's2-l2a-swiss-wheat-2022');
const python = testPython();
/** The farm Strickhof: pixel edges, EPSG:32632. */
const farm = { west: 475780, south: 5254100, east: 476680, north: 5255640, crs: 32632 };

const context: RunContext = {
  openCollection: (_id, options) => openCollection(`${season}/collection.json`, options),
};

async function cubeOf(builder: CubeBuilder, options: Partial<RunContext> = {}): Promise<RasterCube> {
  const result = await runGraph(builder.toJSON(), { ...context, ...options });
  assert.ok(result.kind === 'cube');
  return result.cube;
}

const loaded = load_collection('swiss', {
  spatial_extent: farm,
  temporal_extent: ['2022-04-01', '2022-08-01'],
  bands: ['red', 'nir', 'scl'],
});
const months = loaded.mask_clouds().ndvi().aggregate_temporal_period({ period: 'month', reducer: 'median' });

describe('a process graph on a real season', { skip: season === undefined && withoutSharedData }, () => {
  test('monthly NDVI medians equal those of rasterio and numpy', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    const cube = await cubeOf(months, { precision: 'float64' });
    assert.deepEqual(cube.transform, [10, 0, farm.west, 0, -10, farm.north]);
    assert.deepEqual([cube.width, cube.height, cube.crs], [90, 154, 'EPSG:32632']);
    const script = fileURLToPath(new URL('./ndvi_months.py', import.meta.url));
    const args = [`${season}/strickhof`, farm.west, farm.north, 90, 154, '2022-04-01', '2022-08-01'].map(
      String,
    );
    const reference = JSON.parse(
      execFileSync(python ?? '', [script, ...args], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as Record<string, (number | null)[][]>;
    assert.deepEqual(cube.dimensions[0]?.labels, Object.keys(reference));
    let compared = 0;
    Object.values(reference).forEach((rows, month) => {
      const values = planeValues(cube, month);
      rows.flat().forEach((expected, i) => {
        const actual = values[i] ?? Number.NaN;
        if (expected === null) assert.ok(Number.isNaN(actual), `month ${month}, pixel ${i} is ${actual}`);
        else {
          compared += 1;
          assert.ok(
            Math.abs(actual - expected) < 1e-12,
            `month ${month}, pixel ${i}: ${actual} and ${expected}`,
          );
        }
      });
    });
    assert.ok(compared > 2500, `${compared} pixels compared`);
  });

  test('chunks in worker threads, chunks in this thread and one chunk give the same', async () => {
    const steps: [number, number][] = [];
    const whole = await cubeOf(months);
    const here = await cubeOf(months, {
      chunkBytes: 300_000,
      threads: 0,
      onProgress: (done, total) => steps.push([done, total]),
    });
    const there = await cubeOf(months, { chunkBytes: 300_000, threads: 2 });
    assert.deepEqual(here, whole);
    assert.deepEqual(there, whole);
    const total = steps[0]?.[1] ?? 0;
    assert.ok(total > 3);
    assert.deepEqual(
      steps,
      Array.from({ length: total + 1 }, (_, done) => [done, total]),
    );
  });

  test('filters behind load_collection give what its own arguments give', async () => {
    const filtered = load_collection('swiss', { bands: ['red', 'nir', 'scl'] })
      .filter_bbox(farm)
      .filter_temporal(['2022-04-01', '2022-08-01']);
    const result = await cubeOf(
      filtered.mask_clouds().ndvi().aggregate_temporal_period({ period: 'month', reducer: 'median' }),
    );
    assert.deepEqual(result, await cubeOf(months));
  });

  test('a filter to the whole earth takes nothing away', async () => {
    const day = loaded.filter_temporal(['2022-06-20', '2022-06-21']);
    const earth = { west: -180, south: -90, east: 180, north: 90 };
    assert.deepEqual(await cubeOf(day.filter_bbox(earth)), await cubeOf(day));
  });

  test('bands come in the order asked for, with their own names; reflectances have scale and offset applied', async () => {
    const cube = await cubeOf(loaded.filter_temporal(['2022-06-20', '2022-06-21']));
    assert.deepEqual(cube.dimensions[1]?.labels, ['B04', 'B8A', 'SCL']);
    // The 20 June product carries the offset of baseline 04.00: without it the median of red would be above 0.1.
    const red = planeValues(cube, 0)
      .filter((value) => !Number.isNaN(value))
      .toSorted();
    assert.ok(red.length > 100 && (red[red.length >> 1] ?? 1) < 0.08);
  });

  test('two tiles of one pass become one date', async () => {
    const arenenberg = { west: 9.03, south: 47.65, east: 9.08, north: 47.68 };
    const cube = await cubeOf(
      load_collection('swiss', {
        spatial_extent: arenenberg,
        temporal_extent: ['2022-03-05', '2022-03-06'],
        bands: ['red'],
      }),
    );
    assert.deepEqual(cube.dimensions[0]?.labels, ['2022-03-05T10:29:21Z']);
  });

  test('conditions on metadata choose the images', async () => {
    const only = load_collection('swiss', {
      spatial_extent: farm,
      temporal_extent: ['2022-04-01', '2022-08-01'],
      bands: ['red'],
      properties: { platform: (value) => value.eq('sentinel-2a') },
    });
    const [some, all] = await Promise.all([cubeOf(only), cubeOf(loaded)]);
    const count = (cube: RasterCube) => cube.dimensions[0]?.labels.length ?? 0;
    assert.ok(count(some) > 3 && count(some) < count(all));
  });

  test('a plain result is a value', async () => {
    const result = await runGraph(loaded.dimension_labels('bands').toJSON(), context);
    assert.deepEqual(result, { kind: 'value', value: ['B04', 'B8A', 'SCL'] });
  });

  test('what cannot be had is told by name', async () => {
    await assert.rejects(cubeOf(load_collection('swiss', { bands: ['thermal'] })), BandNotFound);
    await assert.rejects(
      cubeOf(load_collection('swiss', { temporal_extent: ['1999-01-01', '1999-02-01'] })),
      NoData,
    );
    const elsewhere = { west: 100, south: 10, east: 101, north: 11 };
    await assert.rejects(cubeOf(load_collection('swiss', { spatial_extent: elsewhere })), NoData);
  });

  test('a result beyond the budget is refused before anything is read', async () => {
    process.env.FURROW_MAX_CUBE_BYTES = '1000';
    try {
      await assert.rejects(cubeOf(months), LimitExceeded);
    } finally {
      delete process.env.FURROW_MAX_CUBE_BYTES;
    }
  });

  test('a fired signal ends the run within two seconds, in worker threads too', async () => {
    for (const threads of [0, 2]) {
      const stop = new AbortController();
      const run = cubeOf(months, {
        threads,
        chunkBytes: 20_000,
        signal: stop.signal,
        onProgress: (done) => done === 2 && stop.abort(),
      });
      let fired = 0;
      stop.signal.addEventListener('abort', () => {
        fired = performance.now();
      });
      await assert.rejects(run, Cancelled);
      assert.ok(performance.now() - fired < 2000);
    }
  });
});
