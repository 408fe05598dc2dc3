import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decode } from 'fast-png';
import type { RasterCube } from '../../src/cube/raster-cube.ts';
import type { VectorCube } from '../../src/cube/vector-cube.ts';
import { FormatUnsupported, ProcessException, ProcessParameterInvalid } from '../../src/errors.ts';
import { encodeCube } from '../../src/formats/encode-cube.ts';
import { encodeResult } from '../../src/formats/encode-result.ts';
import { outputFormats } from '../../src/formats/output-formats.ts';
import { colorMap } from '../../src/raster/color-maps.ts';

const dates = { name: 't', type: 'temporal', labels: ['2022-05-01', '2022-06-01'] } as const;
const bands = (...labels: string[]) => ({ name: 'bands', type: 'bands', labels }) as const;
const raster = (dimensions: RasterCube['dimensions'], ...values: number[]): RasterCube => ({
  dimensions,
  x: 'x',
  y: 'y',
  crs: 'EPSG:32632',
  transform: [10, 0, 600_000, 0, -10, 5_120_000],
  width: 2,
  height: 1,
  kind: 'number',
  values: Float32Array.from(values),
});
const vector: VectorCube = {
  dimensions: [dates, bands('B04', 'B08')],
  geometries: {
    crs: 'OGC:CRS84',
    features: [
      {
        id: 'north, field',
        properties: { crop: 'wheat' },
        shape: {
          type: 'Polygon',
          coordinates: [
            [
              [8, 47],
              [8.1, 47],
              [8.1, 47.1],
              [8, 47],
            ],
          ],
        },
      },
      { properties: {}, shape: undefined },
    ],
  },
  kind: 'number',
  values: Float64Array.of(1, 2, 3, Number.NaN, 5, 6, 7, 8),
};
const textOf = (file: { readonly bytes: Uint8Array } | undefined) => new TextDecoder().decode(file?.bytes);

describe('results as files', () => {
  test('series of geometries as JSON are lists by date, geometry and band', async () => {
    const [file] = await encodeResult({ kind: 'vector', cube: vector }, { stem: 'series' });
    assert.deepEqual([file?.name, file?.mediaType], ['series.json', 'application/json']);
    assert.deepEqual(JSON.parse(textOf(file)), {
      '2022-05-01': [
        [1, 3],
        [2, null],
      ],
      '2022-06-01': [
        [5, 7],
        [6, 8],
      ],
    });
    const still: VectorCube = { ...vector, dimensions: [bands('a')], values: Float64Array.of(1, 2) };
    assert.equal(textOf((await encodeResult({ kind: 'vector', cube: still }))[0]), '[[1],[2]]');
    const truth: VectorCube = { ...still, kind: 'boolean', values: Float64Array.of(1, 0) };
    assert.equal(textOf((await encodeResult({ kind: 'vector', cube: truth }))[0]), '[[true],[false]]');
  });

  test('series as CSV have a row for each date and geometry', async () => {
    const [file] = await encodeResult({ kind: 'vector', cube: vector, format: 'csv' });
    assert.equal(
      textOf(file),
      'date,feature_index,B04,B08\n2022-05-01,0,1,3\n2022-05-01,1,2,\n2022-06-01,0,5,7\n2022-06-01,1,6,8\n',
    );
  });

  test('GeoJSON keeps ids, properties and geometries, and adds a property for each date and band', async () => {
    const [file] = await encodeResult({ kind: 'vector', cube: vector, format: 'GeoJSON' });
    assert.equal(file?.name, 'result.geojson');
    const { features } = JSON.parse(textOf(file)) as { features: Record<string, unknown>[] };
    assert.deepEqual(features, [
      {
        type: 'Feature',
        id: 'north, field',
        geometry: vector.geometries.features[0]?.shape,
        properties: {
          crop: 'wheat',
          '2022-05-01~B04': 1,
          '2022-05-01~B08': 3,
          '2022-06-01~B04': 5,
          '2022-06-01~B08': 7,
        },
      },
      {
        type: 'Feature',
        id: 1,
        geometry: null,
        properties: {
          '2022-05-01~B04': 2,
          '2022-05-01~B08': null,
          '2022-06-01~B04': 6,
          '2022-06-01~B08': 8,
        },
      },
    ]);
  });

  test('a plain value is JSON', async () => {
    const [file] = await encodeResult({ kind: 'value', value: { a: [1, null] } });
    assert.deepEqual([file?.name, textOf(file)], ['result.json', '{"a":[1,null]}']);
  });

  test('pictures: one band by a colour map between min and max, nodata transparent, one file a date', async () => {
    const cube = raster([dates, bands('ndvi')], 0.5, Number.NaN, 9, -9);
    const options = { min: 0, max: 1, colormap: 'ndvi' };
    const files = await encodeResult({ kind: 'cube', cube, format: 'PNG', options }, { stem: 'map' });
    assert.deepEqual(
      files.map(({ name }) => name),
      ['map_2022-05-01.png', 'map_2022-06-01.png'],
    );
    const [first, second] = files.map(({ bytes }) => [...decode(bytes).data]);
    const color = (step: number) => [...colorMap('ndvi').subarray(step * 3, step * 3 + 3), 255];
    assert.deepEqual(first, [...color(128), 0, 0, 0, 0]);
    assert.deepEqual(second, [...color(255), ...color(0)]);
  });

  test('pictures: three bands are red, green and blue, stretched by what they hold', async () => {
    const [file] = await encodeCube(raster([bands('r', 'g', 'b')], 0, 10, 5, 10, 10, Number.NaN), 'png');
    assert.deepEqual([...decode(file?.bytes ?? new Uint8Array()).data], [0, 128, 255, 255, 0, 0, 0, 0]);
  });

  test('a format that cannot hold the result, or an option that it has not, is refused by name', async () => {
    const cube = raster([bands('a', 'b')], 1, 2, 3, 4);
    const unsuitable = (error: unknown) =>
      error instanceof ProcessException && error.code === 'FormatUnsuitable';
    await assert.rejects(encodeResult({ kind: 'cube', cube, format: 'PNG' }), unsuitable);
    await assert.rejects(encodeResult({ kind: 'cube', cube, format: 'GeoJSON' }), unsuitable);
    await assert.rejects(encodeResult({ kind: 'vector', cube: vector, format: 'GTiff' }), unsuitable);
    await assert.rejects(encodeResult({ kind: 'cube', cube, format: 'GRIB' }), FormatUnsupported);
    for (const options of [{ colour: 1 }, { compression: 'rle' }, { compression: 7 }, { constructor: 1 }])
      await assert.rejects(
        encodeResult({ kind: 'cube', cube, format: 'GTiff', options }),
        ProcessParameterInvalid,
      );
    const single = raster([bands('a')], 1, 2);
    for (const options of [{ min: 'x' }, { min: 3, max: 3 }, { max: Number.NaN }])
      await assert.rejects(
        encodeResult({ kind: 'cube', cube: single, format: 'PNG', options }),
        ProcessParameterInvalid,
      );
  });

  test('every option of a format is described, and its default one that it can have', () => {
    for (const { name, description, gisDataTypes, parameters } of outputFormats) {
      assert.ok(description.length > 5 && gisDataTypes.length > 0, name);
      for (const [option, { description: text, enum: choices, default: value }] of Object.entries(
        parameters,
      )) {
        assert.ok(text.length > 5, `${name}.${option}`);
        if (choices !== undefined) assert.ok(choices.includes(String(value)), `${name}.${option}`);
      }
    }
  });
});
