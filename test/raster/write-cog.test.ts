import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cancelled, InvalidArgument } from '../../src/errors.ts';
import type { CogImage, CogOptions } from '../../src/raster/cog-options.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import type { Raster } from '../../src/raster/raster.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { cog } from '../conformance/cog.ts';
import { syntheticBand } from '../support/synthetic-pixels.ts';

function image(width: number, height: number, pixels: readonly number[], bands = 1): CogImage {
  return {
    width,
    height,
    dataType: 'int16',
    bands: Array.from({ length: bands }, () => Int16Array.from(pixels)),
  };
}

async function reopened(picture: CogImage, options: CogOptions): Promise<Raster> {
  return openRaster(memorySource(await encodeCog(picture, options)));
}

test('rio-cogeo and rasterio accept a cross-section of types, codecs, predictors and sizes', async () => {
  const { failed, passed, skipped, details } = await cog({ short: true });
  assert.deepEqual(
    details.filter(({ status }) => status === 'failed'),
    [],
  );
  assert.ok(passed + skipped > 30);
  assert.equal(failed, 0);
});

describe('what a COG says of itself', () => {
  test('CRS, transform, nodata, scale, offset, descriptions come back, also rotated and flipped', async () => {
    for (const transform of [
      [10, 0, 5e5, 0, -10, 5e6],
      [10, 2, 5e5, 3, -10, 5e6],
      [0.5, 0, -180, 0, 0.5, -90],
    ] as const) {
      const { info } = await reopened(image(3, 2, [1, 2, 3, 4, 5, 6], 2), {
        crs: 'EPSG:32632',
        transform,
        nodata: -9999,
        scale: [0.1, 1],
        offset: -3,
        descriptions: ['<red> & "co"', 'gelände'],
      });
      assert.deepEqual(info.transform, transform);
      assert.deepEqual([info.crs, info.nodata, info.bands], ['EPSG:32632', -9999, 2]);
      assert.deepEqual(
        [info.scales, info.offsets],
        [
          [0.1, 1],
          [-3, -3],
        ],
      );
      assert.deepEqual(info.descriptions, ['<red> & "co"', 'gelände']);
    }
  });

  test('CRS84 is written as EPSG:4326, nothing where nothing is known', async () => {
    assert.equal((await reopened(image(1, 1, [1]), { crs: 'OGC:CRS84' })).info.crs, 'EPSG:4326');
    const { info } = await reopened(image(1, 1, [1]), {});
    assert.deepEqual([info.crs, info.transform, info.nodata], [undefined, undefined, undefined]);
  });

  test('overviews halve until one tile holds the picture; chosen factors are taken', async () => {
    const picture: CogImage = {
      width: 700,
      height: 90,
      dataType: 'uint8',
      bands: [syntheticBand('uint8', 700, 90, 1)],
    };
    const sizes = async (options: CogOptions) =>
      (await reopened(picture, options)).info.levels.map(({ width, height }) => [width, height]);
    assert.deepEqual(await sizes({ tileSize: 128 }), [
      [700, 90],
      [350, 45],
      [175, 23],
      [88, 12],
    ]);
    assert.deepEqual(await sizes({ tileSize: 1024 }), [
      [700, 90],
      [350, 45],
    ]);
    assert.deepEqual(await sizes({ overviews: [2, 3] }), [
      [700, 90],
      [350, 45],
      [234, 30],
    ]);
    assert.deepEqual(await sizes({ overviews: 'none' }), [[700, 90]]);
  });

  test('classes kept by mode are not differenced', async () => {
    assert.equal((await reopened(image(1, 1, [1]), { resampling: 'mode' })).info.predictor, 1);
    assert.equal((await reopened(image(1, 1, [1]), {})).info.predictor, 2);
  });
});

describe('overview pixels', () => {
  const pixels = [1, 2, 9, 9, 5, 4, 4, 9, 7, 9, 9, 9, 7, 7, 9, 9, -3, -4, 9, 8];
  const level1 = async (options: CogOptions) =>
    (
      await (
        await reopened(image(4, 5, pixels), { overviews: [2], nodata: 9, ...options })
      ).read({ level: 1 })
    )[0];

  test('nearest takes the first of each block, nodata included', async () => {
    assert.deepEqual(await level1({ resampling: 'nearest' }), Int16Array.of(1, 9, 7, 9, -3, 9));
  });
  test('average leaves nodata out and rounds half up', async () => {
    assert.deepEqual(await level1({ resampling: 'average' }), Int16Array.of(3, 4, 7, 9, -3, 8));
  });
  test('mode takes the commonest valid value', async () => {
    assert.deepEqual(await level1({ resampling: 'mode' }), Int16Array.of(1, 4, 7, 9, -3, 8));
  });
  test('a mean that hits nodata by chance gives way to a valid pixel', async () => {
    const raster = await reopened(image(2, 1, [8, 10]), { overviews: [2], nodata: 9, resampling: 'average' });
    assert.deepEqual(await raster.read({ level: 1 }), [Int16Array.of(8)]);
  });
  test('NaN is left out of float means, 64-bit integers keep all digits', async () => {
    const floats: CogImage = {
      width: 2,
      height: 2,
      dataType: 'float32',
      bands: [Float32Array.of(1, Number.NaN, 2, 6)],
    };
    assert.deepEqual(
      await (await reopened(floats, { overviews: [2], resampling: 'average' })).read({ level: 1 }),
      [Float32Array.of(3)],
    );
    const big: CogImage = {
      width: 2,
      height: 1,
      dataType: 'int64',
      bands: [BigInt64Array.of(2n ** 60n + 1n, 2n ** 60n + 4n)],
    };
    assert.deepEqual(
      await (await reopened(big, { overviews: [2], resampling: 'average' })).read({ level: 1 }),
      [BigInt64Array.of(2n ** 60n + 3n)],
    );
  });
});

describe('what does not fit is refused before anything is encoded', () => {
  const good = image(2, 2, [1, 2, 3, 4]);
  const wrong: readonly (readonly [what: string, picture: CogImage, options: CogOptions])[] = [
    ['no band', { ...good, bands: [] }, {}],
    ['no size', { ...good, width: 0 }, {}],
    ['too few pixels', { ...good, bands: [Int16Array.of(1)] }, {}],
    ['another type', { ...good, bands: [new Uint8Array(4)] }, {}],
    ['nodata of another type', good, { nodata: 40_000 }],
    ['NaN as nodata of integers', good, { nodata: Number.NaN }],
    ['an unknown codec', good, { compression: 'jpeg' as 'lzw' }],
    ['the float predictor on integers', good, { predictor: 3 }],
    ['a predictor without compression', good, { predictor: 2, compression: 'none' }],
    ['a level the codec lacks', good, { level: 12 }],
    ['an odd tile size', good, { tileSize: 100 }],
    ['falling overview factors', good, { overviews: [4, 2] }],
    ['a CRS that is no code', good, { crs: 'WGS 84' }],
    ['a degenerate transform', good, { transform: [0, 0, 0, 0, 0, 0] }],
    ['scales for other bands', good, { scale: [1, 2] }],
    ['a description with NUL', good, { descriptions: ['a\0b'] }],
  ];
  for (const [what, picture, options] of wrong)
    test(what, async () => {
      await assert.rejects(encodeCog(picture, options), InvalidArgument);
    });

  test('an aborted encoding ends as Cancelled', async () => {
    await assert.rejects(encodeCog(good, { signal: AbortSignal.abort() }), Cancelled);
  });
});
