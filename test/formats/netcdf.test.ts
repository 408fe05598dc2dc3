import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { RasterCube } from '../../src/cube/raster-cube.ts';
import type { VectorCube } from '../../src/cube/vector-cube.ts';
import { LimitExceeded, ProcessException } from '../../src/errors.ts';
import { encodeCube } from '../../src/formats/encode-cube.ts';
import { encodeVector } from '../../src/formats/encode-vector.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const python = testPython();
const dates = {
  name: 't',
  type: 'temporal',
  labels: ['2022-05-01T10:30:00Z', '2022-06-01T10:30:00Z'],
} as const;
const bands = { name: 'bands', type: 'bands', labels: ['B04', '8/A'] } as const;
const raster: RasterCube = {
  dimensions: [dates, bands],
  x: 'x',
  y: 'y',
  crs: 'EPSG:32632',
  transform: [10, 0, 600_000, 0, -10, 5_120_000],
  width: 4,
  height: 3,
  kind: 'number',
  values: Float32Array.from({ length: 48 }, (_, i) => (i % 7 === 0 ? Number.NaN : i / 4)),
};
const vector: VectorCube = {
  dimensions: [dates, bands],
  geometries: {
    crs: 'EPSG:32632',
    features: [
      { id: 'a', properties: {}, shape: { type: 'Point', coordinates: [600_000, 5_100_000] } },
      { properties: {}, shape: undefined },
    ],
  },
  kind: 'number',
  values: Float64Array.of(1, 2, 3, Number.NaN, 5, 6, 7, 8),
};

/** Of GDAL's netCDF driver: for each variable the CRS, transform, nodata, times and pixels. */
const script = `
import json, math, sys, rasterio
out = {}
for name in sys.argv[2:]:
    with rasterio.open(f'netcdf:{sys.argv[1]}:{name}') as s:
        out[name] = dict(crs=s.crs.to_epsg(), transform=list(s.transform)[:6], nodata=str(s.nodata),
            times=s.tags().get('NETCDF_DIM_t_VALUES'), units=s.tags().get('t#units'),
            data=[None if math.isnan(v) else float(v) for v in s.read().ravel()])
print(json.dumps(out))
`;

describe('netCDF', () => {
  const folder = mkdtemp(join(tmpdir(), 'furrow-netcdf-'));
  after(async () => rm(await folder, { recursive: true }));

  async function written(cube: RasterCube): Promise<string> {
    const [file] = await encodeCube(cube, 'netcdf', { stem: 'cube' });
    assert.ok(file);
    assert.deepEqual([file.name, file.mediaType], ['cube.nc', 'application/netcdf']);
    const path = join(await folder, `${Math.random()}.nc`);
    await writeFile(path, file.bytes);
    return path;
  }

  async function readByGdal(cube: RasterCube, ...names: string[]) {
    const output = execFileSync(python ?? '', ['-c', script, await written(cube), ...names], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(output) as Record<string, Record<string, unknown>>;
  }
  const plain = (values: readonly number[]) => values.map((value) => (Number.isNaN(value) ? null : value));

  test('of a raster cube is read by GDAL with its pixels, place, dates and nodata', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    const read = await readByGdal(raster, 'B04', 'band_8_A');
    const pixels = (plane: number) => [...raster.values.subarray(plane * 12, plane * 12 + 12)];
    assert.deepEqual(read.B04, {
      crs: 32632,
      transform: [10, 0, 600_000, 0, -10, 5_120_000],
      nodata: 'nan',
      times: '{1651401000,1654079400}',
      units: 'seconds since 1970-01-01T00:00:00Z',
      data: plain([...pixels(0), ...pixels(2)]),
    });
    assert.deepEqual(read.band_8_A?.data, plain([...pixels(1), ...pixels(3)]));
  });

  test('keeps degrees, and names of periods, which are no dates', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    const degrees: RasterCube = {
      ...raster,
      crs: 'OGC:CRS84',
      transform: [0.5, 0, 10, 0, -0.5, 50],
      dimensions: [{ ...dates, labels: ['2022-05', '2022-06'] }],
      values: raster.values.slice(0, 24),
    };
    const { value } = await readByGdal(degrees, 'value');
    assert.deepEqual([value?.crs, value?.transform], [4326, [0.5, 0, 10, 0, -0.5, 50]]);
    assert.deepEqual(value?.data, plain([...degrees.values]));
  });

  test('of a vector cube holds a series for each geometry', async () => {
    const [file] = await encodeVector(vector, 'netCDF', { stem: 'series' });
    assert.ok(file);
    const path = join(await folder, 'series.nc');
    await writeFile(path, file.bytes);
    const library = await import('h5wasm/node');
    const { FS } = await library.ready;
    (FS as unknown as { writeFile(path: string, bytes: Uint8Array): void }).writeFile('/read.nc', file.bytes);
    const read = new library.File('/read.nc', 'r');
    const dataset = (name: string) => {
      const found = read.get(name);
      assert.ok(found instanceof library.Dataset, name);
      return found;
    };
    assert.deepEqual(dataset('B04').to_array(), [
      [1, 5],
      [2, 6],
    ]);
    assert.deepEqual(dataset('band_8_A').to_array(), [
      [3, 7],
      [Number.NaN, 8],
    ]);
    assert.deepEqual(dataset('feature_names').to_array(), ['a', '1']);
    assert.deepEqual(dataset('t').to_array(), [1651401000, 1654079400]);
    assert.equal(dataset('t').attrs.units?.value, 'seconds since 1970-01-01T00:00:00Z');
    assert.deepEqual(dataset('B04').get_attached_scales(0), ['/feature']);
    const [lat, empty] = dataset('lat').to_array() as number[];
    assert.ok(Math.abs((lat ?? 0) - 46.0463) < 1e-3 && Number.isNaN(empty));
    read.close();
  });

  // US_survey_foot and km as GDAL 3.10 writes them; foot and scaled metres by UDUNITS 2, which CF refers to.
  test('names the unit of a projected system', async () => {
    const library = await import('h5wasm/node');
    const { FS } = await library.ready;
    for (const [crs, unit] of [
      ['EPSG:32632', 'm'],
      ['+proj=utm +zone=17 +datum=WGS84 +units=us-ft', 'US_survey_foot'],
      ['+proj=utm +zone=17 +datum=WGS84 +to_meter=0.3048006096012192', 'US_survey_foot'],
      ['+proj=utm +zone=17 +datum=WGS84 +units=ft', 'foot'],
      ['+proj=utm +zone=17 +datum=WGS84 +to_meter=1000', 'km'],
      ['+proj=utm +zone=17 +datum=WGS84 +to_meter=20.1168', '20.1168 m'],
      ['EPSG:4326', 'degrees_east'],
    ] as const) {
      const [file] = await encodeCube({ ...raster, crs }, 'netcdf');
      assert.ok(file);
      (FS as unknown as { writeFile(path: string, bytes: Uint8Array): void }).writeFile(
        '/unit.nc',
        file.bytes,
      );
      const read = new library.File('/unit.nc', 'r');
      const x = read.get('x');
      assert.ok(x instanceof library.Dataset);
      assert.equal(x.attrs.units?.value, unit, crs);
      read.close();
    }
  });

  test('is refused above the limit and for rotated grids', async (context) => {
    await assert.rejects(
      encodeCube({ ...raster, transform: [10, 1, 0, 1, -10, 0] }, 'netCDF'),
      (error) => error instanceof ProcessException && error.code === 'FormatUnsuitable',
    );
    process.env.FURROW_MAX_WINDOW_BYTES = '100';
    context.after(() => delete process.env.FURROW_MAX_WINDOW_BYTES);
    await assert.rejects(encodeCube(raster, 'netCDF'), LimitExceeded);
  });
});
