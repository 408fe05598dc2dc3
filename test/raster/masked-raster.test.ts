import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unsupported } from '../../src/errors.ts';
import { maskedRaster } from '../../src/raster/masked-raster.ts';
import { type DataType, type PixelArray, pixelArray } from '../../src/raster/pixels.ts';
import type { Raster, RasterInfo } from '../../src/raster/raster.ts';

/** Two pixels a band, the second masked. */
function raster(
  dataType: DataType,
  values: readonly (number | bigint)[],
  more: Partial<RasterInfo> = {},
): Raster {
  const pixels = pixelArray(dataType, 2);
  for (const [i, value] of values.entries()) (pixels as unknown as (number | bigint)[])[i] = value;
  const info: RasterInfo = {
    url: 'memory:',
    width: 2,
    height: 1,
    bands: 1,
    dataType,
    nodata: undefined,
    crs: undefined,
    transform: undefined,
    compression: 'none',
    predictor: 1,
    interleave: 'pixel',
    levels: [],
    descriptions: [],
    scales: [],
    offsets: [],
    ...more,
  };
  return {
    info,
    read: async ({ bands = [0] } = {}) => bands.map(() => pixels.slice() as PixelArray),
    readMask: async () => Uint8Array.of(1, 0),
  };
}

test('without a nodata value the mark is a number that no pixel can be, in a type that holds it', async () => {
  const cases: readonly (readonly [DataType, number, DataType])[] = [
    ['uint8', 255, 'int16'],
    ['int8', -128, 'int16'],
    ['uint16', 65_535, 'int32'],
    ['int16', -32_768, 'int32'],
    ['uint32', 2 ** 32 - 1, 'float64'],
    ['int32', -(2 ** 31), 'float64'],
    ['float32', Math.fround(0.1), 'float32'],
    ['float64', 0.1, 'float64'],
  ];
  for (const [type, extreme, wider] of cases) {
    const { info, read } = maskedRaster(raster(type, [extreme, extreme]));
    assert.equal(info.dataType, wider, type);
    const [pixels] = await read();
    assert.equal(pixels?.[0], extreme, type);
    assert.equal(pixels?.[1], info.nodata, type);
    assert.ok(!(info.nodata === extreme), type);
  }
});

test('a nodata value that the type can hold is the mark, another one is not', async () => {
  const own = maskedRaster(raster('uint8', [3, 4], { nodata: 0 }));
  assert.deepEqual(await own.read(), [Uint8Array.of(3, 0)]);
  const wide = maskedRaster(raster('int64', [3n, 4n], { nodata: -9 }));
  assert.deepEqual(await wide.read(), [BigInt64Array.of(3n, -9n)]);
  const outside = maskedRaster(raster('uint8', [3, 4], { nodata: -9999 }));
  assert.deepEqual([outside.info.nodata, await outside.read()], [-1, [Int16Array.of(3, -1)]]);
  const stated = maskedRaster(raster('uint8', [3, 4]), 200);
  assert.deepEqual([stated.info.nodata, await stated.read()], [200, [Uint8Array.of(3, 200)]]);
});

test('64-bit integers have no wider type', () => {
  assert.throws(() => maskedRaster(raster('uint64', [1n, 2n])), Unsupported);
});

test('the alpha band is not masked by itself', async () => {
  const colors = ['gray', 'alpha'] as const;
  const view = maskedRaster(raster('uint8', [9, 0], { bands: 2, colorInterpretation: colors }));
  assert.deepEqual(await view.read({ bands: [1, 0] }), [Int16Array.of(9, 0), Int16Array.of(9, -1)]);
});

test('one view for one raster, and none where there is no mask', () => {
  const masked = raster('uint8', [1, 2]);
  assert.equal(maskedRaster(masked), maskedRaster(masked));
  assert.notEqual(maskedRaster(masked), maskedRaster(masked, 7));
  const { readMask: _, ...plain } = raster('uint8', [1, 2]);
  assert.equal(maskedRaster(plain), plain);
});
