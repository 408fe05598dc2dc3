import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cubeFromJson } from '../../src/cube/json-cube.ts';
import type { RasterCube } from '../../src/cube/raster-cube.ts';
import { FormatUnsupported, InvalidArgument, ProcessException, Unsupported } from '../../src/errors.ts';
import { saveCube } from '../../src/formats/save.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const python = testPython();

const cube: RasterCube = {
  dimensions: [
    { name: 't', type: 'temporal', labels: ['2022-04-01T10:00:00Z', '2022-05'] },
    { name: 'bands', type: 'bands', labels: ['B04', 'B08'] },
  ],
  x: 'x',
  y: 'y',
  crs: 'EPSG:32632',
  transform: [10, 0, 475780, 0, -10, 5255640],
  width: 3,
  height: 2,
  kind: 'number',
  values: Float32Array.from({ length: 24 }, (_, i) => (i % 7 === 3 ? Number.NaN : i / 8)),
};
const single: RasterCube = { ...cube, dimensions: [], values: cube.values.slice(0, 6) };

describe('saving a cube', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-save-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('GeoTIFF: one file a date, named after it, which rasterio reads with bands, nodata and place', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    const paths = await saveCube(cube, join(folder, 'season.tif'));
    assert.deepEqual(
      paths.map((path) => basename(path)),
      ['season_2022-04-01T10-00-00Z.tif', 'season_2022-05.tif'],
    );
    const script =
      'import json, sys, math, rasterio\n' +
      'with rasterio.open(sys.argv[1]) as f:\n' +
      '  print(json.dumps([f.crs.to_string(), list(f.transform)[:6], f.descriptions, f.dtypes[0], math.isnan(f.nodata), [[None if math.isnan(v) else v for v in b.ravel().tolist()] for b in f.read()]]))\n';
    const seen = JSON.parse(execFileSync(python ?? '', ['-c', script, paths[1] ?? ''], { encoding: 'utf8' }));
    const expected = [12, 18].map((start) =>
      Array.from(cube.values.subarray(start, start + 6), (value) => (Number.isNaN(value) ? null : value)),
    );
    assert.deepEqual(seen, ['EPSG:32632', [...cube.transform], ['B04', 'B08'], 'float32', true, expected]);
  });

  test('one date keeps the name that was asked for', async () => {
    const path = join(folder, 'deep', 'er', 'ndvi.tiff');
    assert.deepEqual(await saveCube(single, path), [path]);
    assert.deepEqual(await readdir(join(folder, 'deep', 'er')), ['ndvi.tiff']);
  });

  test('booleans are bytes with 255 as nodata', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    const mask: RasterCube = {
      ...single,
      kind: 'boolean',
      values: Float32Array.of(0, 1, Number.NaN, 1, 0, 1),
    };
    const [path] = await saveCube(mask, join(folder, 'mask.tif'), { format: 'cog' });
    const script =
      'import sys, rasterio\nwith rasterio.open(sys.argv[1]) as f: print(f.dtypes[0], f.nodata, f.read(1).ravel().tolist())';
    const seen = execFileSync(python ?? '', ['-c', script, path ?? ''], { encoding: 'utf8' });
    assert.equal(seen.trim(), 'uint8 255.0 [0, 1, 255, 1, 0, 1]');
  });

  test('JSON comes back as the same cube', async () => {
    const [path] = await saveCube(cube, join(folder, 'cube.json'));
    const back = cubeFromJson(JSON.parse(await readFile(path ?? '', 'utf8')));
    assert.deepEqual(back, { ...cube, values: Float64Array.from(cube.values) });
  });

  test('CSV has a row for each pixel and date with a value, and a column for each band', async () => {
    const [path] = await saveCube(cube, join(folder, 'cube.csv'));
    const rows = (await readFile(path ?? '', 'utf8')).trimEnd().split('\n');
    assert.equal(rows[0], 't,y,x,B04,B08');
    assert.equal(rows[1], '2022-04-01T10:00:00Z,5255635,475785,0,0.75');
    assert.equal(rows[4], '2022-04-01T10:00:00Z,5255625,475785,,1.125');
    assert.equal(rows.length, 13);
    const [plain] = await saveCube(single, join(folder, 'plain.csv'));
    assert.equal((await readFile(plain ?? '', 'utf8')).split('\n')[0], 'y,x,value');
  });

  test('what cannot be written is refused by name and leaves nothing behind', async () => {
    const place = join(folder, 'none');
    await assert.rejects(saveCube(cube, join(place, 'cube.xyz')), FormatUnsupported);
    await assert.rejects(saveCube(cube, join(place, 'cube.tif'), { format: 'GRIB' }), FormatUnsupported);
    await assert.rejects(saveCube(cube, 'https://example.org/cube.tif'), Unsupported);
    await assert.rejects(saveCube(cube, 's3://bucket/folder/', { format: 'COG' }), InvalidArgument);
    await assert.rejects(saveCube(cube, 's3://cube.tif'), InvalidArgument);
    await assert.rejects(saveCube(cube, `${place}/`, { format: 'COG' }), InvalidArgument);
    const empty = { ...single, width: 0, values: new Float32Array(0) };
    await assert.rejects(
      saveCube(empty, join(place, 'cube.tif')),
      (error) => error instanceof ProcessException && error.code === 'DataCubeEmpty',
    );
    assert.ok(!(await readdir(folder)).includes('none'));
  });
});
