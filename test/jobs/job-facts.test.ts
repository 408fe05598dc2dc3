import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { VectorCube } from '../../src/cube/vector-cube.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { CollectionNotFound } from '../../src/errors.ts';
import { minimalEnvironment } from '../../src/jobs/job-process.ts';
import { resultDocument } from '../../src/jobs/job-results.ts';
import { measureRun } from '../../src/jobs/measure-run.ts';
import { openPublished } from '../../src/jobs/published.ts';
import { factsOf } from '../../src/jobs/result-facts.ts';

test('a run is measured: CPU, time, and memory over time', () => {
  const meter = { at: 1_000, cpu: 0, held: 0 };
  const run = measureRun({
    now: () => meter.at,
    cpuSeconds: () => meter.cpu,
    memory: () => meter.held,
  });
  Object.assign(meter, { at: 2_000, held: 100 * 2 ** 20 });
  assert.equal(run.sample(), 100 * 2 ** 20);
  Object.assign(meter, { at: 4_000, held: 50 * 2 ** 20, cpu: 1.5 });
  assert.deepEqual(run.usage(), {
    cpu: { value: 1.5, unit: 'cpu-seconds' },
    memory: { value: 200, unit: 'mb-seconds' },
    duration: { value: 3, unit: 'seconds' },
  });
});

test('processes that compute for others get no secret of the server', () => {
  const environment = {
    PATH: '/bin',
    FURROW_COLLECTIONS: 'a=b',
    FURROW_JOB_MEMORY: '1024',
    AWS_ACCESS_KEY_ID: 'key',
    FURROW_STORE: 'postgres://user:password@host/db',
    PGPASSWORD: 'q',
    FURROW_SECRET: 's',
    FURROW_ANY_NEW_PASSWORD_FILE: 'f',
    FURROW_TOKEN: 't',
    FURROW_METRICS_TOKEN: 'm',
    FURROW_SERVICE_PASSWORD: 'p',
    FURROW_OIDC_CLIENTS: 'c',
    NODE_OPTIONS: '--require=./mine.js',
    LD_PRELOAD: 'x.so',
    SOMETHING: 'else',
  };
  assert.deepEqual(Object.keys(minimalEnvironment(environment)).sort(), [
    'AWS_ACCESS_KEY_ID',
    'FURROW_COLLECTIONS',
    'FURROW_JOB_MEMORY',
    'PATH',
  ]);
});

test('values of geometries lie where the geometries lie, at the dates of the cube', () => {
  const cube: VectorCube = {
    dimensions: [
      { name: 't', type: 'temporal', labels: ['2026-05-01', '2026-04-01', '2026-W07'] },
      { name: 'bands', type: 'bands', labels: ['ndvi'] },
    ],
    geometries: {
      crs: 'EPSG:4326',
      features: [
        { properties: {}, shape: { type: 'Point', coordinates: [11, 48] } },
        { properties: {}, shape: undefined },
        {
          properties: {},
          shape: {
            type: 'Polygon',
            coordinates: [
              [
                [12, 47],
                [13, 47],
                [13, 49],
                [12, 47],
              ],
            ],
          },
        },
      ],
    },
    kind: 'number',
    values: new Float64Array(9),
  };
  const facts = factsOf({ kind: 'vector', cube }, []);
  assert.deepEqual(facts.bbox, [11, 47, 13, 49]);
  assert.deepEqual(facts.interval, ['2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z']);
  assert.deepEqual(facts.bands, ['ndvi']);
  const { geometry, processing } = resultDocument([], facts, '1.2.3');
  assert.deepEqual(geometry?.coordinates[0]?.[2], [13, 49]);
  assert.equal(processing.software.furrow, '1.2.3');
  assert.equal(resultDocument([], factsOf({ kind: 'value', value: 3 }, []), '1').geometry, null);
});

test('a published collection is opened by its name alone, and read anew after a minute', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-published-'));
  try {
    const { collection } = await makeDemoSeason({ folder: join(folder, 's'), size: 64, dates: 1 });
    let now = 0;
    const open = openPublished({ collections: new Map([['season', collection]]) }, () => now);
    const first = await open('season');
    const document = JSON.parse(await readFile(collection, 'utf8')) as { title: string };
    await writeFile(collection, JSON.stringify({ ...document, title: 'another' }));
    assert.equal(await open('season'), first);
    now = 61_000;
    assert.equal((await open('season')).title, 'another');
    for (const name of [collection, 'SEASON', '', 'constructor'])
      await assert.rejects(open(name), CollectionNotFound);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
