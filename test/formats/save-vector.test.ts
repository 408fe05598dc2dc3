import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { VectorCube } from '../../src/cube/vector-cube.ts';
import { FormatUnsupported, ProcessException } from '../../src/errors.ts';
import { saveVector } from '../../src/formats/save.ts';

const cube: VectorCube = {
  dimensions: [{ name: 't', type: 'temporal', labels: ['2022-05-01'] }],
  geometries: {
    crs: 'OGC:CRS84',
    features: [{ id: 7, properties: {}, shape: { type: 'Point', coordinates: [8, 47] } }],
  },
  kind: 'number',
  values: Float64Array.of(0.5),
};

describe('a vector cube is saved', () => {
  const folder = mkdtemp(join(tmpdir(), 'furrow-vector-'));
  after(async () => rm(await folder, { recursive: true }));

  test('in the format that the extension or the caller names', async () => {
    const place = await folder;
    const [csv] = await saveVector(cube, join(place, 'series.csv'));
    assert.equal(await readFile(csv ?? '', 'utf8'), 'date,feature_index,value\n2022-05-01,0,0.5\n');
    const [geojson] = await saveVector(cube, join(place, 'series.geojson'));
    const { features } = JSON.parse(await readFile(geojson ?? '', 'utf8'));
    assert.deepEqual([features[0].id, features[0].properties], [7, { '2022-05-01': 0.5 }]);
    const [named] = await saveVector(cube, join(place, 'series.txt'), { format: 'json' });
    assert.equal(named, join(place, 'series.txt'));
    assert.equal(await readFile(named, 'utf8'), '{"2022-05-01":[[0.5]]}');
    const [netcdf] = await saveVector(cube, join(place, 'series.nc'), { options: { level: 9 } });
    assert.deepEqual([...(await readFile(netcdf ?? '')).subarray(1, 4)], [...Buffer.from('HDF')]);
  });

  test('in no format of pixels, and then nothing is written', async () => {
    const place = await folder;
    const before = (await readdir(place)).length;
    const unsuitable = (error: unknown) =>
      error instanceof ProcessException && error.code === 'FormatUnsuitable';
    await assert.rejects(saveVector(cube, join(place, 'series.tif')), unsuitable);
    await assert.rejects(saveVector(cube, join(place, 'series.xyz')), FormatUnsupported);
    assert.equal((await readdir(place)).length, before);
  });
});
