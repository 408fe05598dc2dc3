import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Cancelled, InvalidArgument, InvalidFile, LimitExceeded } from '../../src/errors.ts';
import type { CogOptions } from '../../src/raster/cog-options.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { type PixelArray, type PixelWindow, pixelArray } from '../../src/raster/pixels.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import type { ByteSource } from '../../src/storage/source.ts';
import { syntheticBand } from '../support/synthetic-pixels.ts';

const width = 150;
const height = 110;

function crop(
  pixels: PixelArray,
  type: Parameters<typeof pixelArray>[0],
  { x, y, width: w, height: h }: PixelWindow,
): PixelArray {
  const result = pixelArray(type, w * h);
  for (let row = 0; row < h; row++)
    for (let column = 0; column < w; column++)
      result[row * w + column] = pixels[(y + row) * width + x + column] as never;
  return result;
}

const windows = fc
  .tuple(fc.nat(width - 1), fc.nat(height - 1), fc.nat(), fc.nat())
  .map(([x, y, a, b]) => ({ x, y, width: 1 + (a % (width - x)), height: 1 + (b % (height - y)) }));

describe('any window is the crop of the whole', () => {
  const encodings: readonly (CogOptions & { type: 'uint8' | 'uint16' | 'float32' | 'float64' | 'int64' })[] =
    [
      { type: 'uint16', compression: 'deflate', interleave: 'pixel' },
      { type: 'uint8', compression: 'lzw', interleave: 'band' },
      { type: 'float32', compression: 'zstd', interleave: 'pixel' },
      { type: 'float64', compression: 'deflate', interleave: 'band' },
      { type: 'int64', compression: 'zstd', interleave: 'pixel' },
      { type: 'uint16', compression: 'none', interleave: 'pixel' },
      { type: 'uint16', compression: 'lzw', interleave: 'band', predictor: 2 },
    ];
  for (const { type, ...options } of encodings)
    test(`${type}, ${options.compression}, ${options.interleave}`, async () => {
      const bands = [1, 2, 3].map((seed) => syntheticBand(type, width, height, seed));
      const file = await encodeCog({ width, height, dataType: type, bands }, { ...options, tileSize: 32 });
      const tileCache = new TileCache(200_000);
      const raster = await openRaster(memorySource(file), { tileCache });
      const chosen = fc.shuffledSubarray([0, 1, 2], { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(windows, chosen, async (window, wanted) => {
          const pixels = await raster.read({ window, bands: wanted });
          assert.deepEqual(
            pixels,
            wanted.map((band) => crop(bands[band] ?? pixelArray(type, 0), type, window)),
          );
        }),
        { numRuns: 60 },
      );
      assert.ok(tileCache.bytes <= 200_000);
    });
});

/** Bytes that come one range after the other, the last asked for first, each told of as it comes. */
function farSource(file: Uint8Array): ByteSource {
  const near = memorySource(file);
  return {
    url: 'far',
    size: () => near.size(),
    version: () => near.version(),
    read: (range) => near.read(range),
    readMany: async (ranges, options) => {
      const answers = await near.readMany(ranges);
      for (const [index, bytes] of [...answers.entries()].reverse()) {
        await new Promise(setImmediate);
        options?.arrived?.(index, bytes);
      }
      return answers;
    },
  };
}

describe('tiles of a far source', () => {
  const tileCache = () => new TileCache(200_000);

  for (const compression of ['deflate', 'zstd', 'lzw', 'none'] as const)
    test(`decoded while others come, ${compression}`, async () => {
      const bands = [syntheticBand('uint16', width, height, 4)];
      const image = { width, height, dataType: 'uint16', bands } as const;
      const predictor = compression === 'none' ? 1 : 2;
      const file = await encodeCog(image, { compression, tileSize: 32, predictor });
      const raster = await openRaster(farSource(file), { tileCache: tileCache() });
      await fc.assert(
        fc.asyncProperty(windows, async (window) => {
          const [pixels] = await raster.read({ window });
          assert.deepEqual(pixels, crop(bands[0] ?? pixelArray('uint16', 0), 'uint16', window));
        }),
        { numRuns: 40 },
      );
    });

  test('a damaged tile is told, whichever it is', async () => {
    const bands = [syntheticBand('uint8', 64, 64, 5)];
    const file = await encodeCog({ width: 64, height: 64, dataType: 'uint8', bands }, { tileSize: 32 });
    const window = { x: 0, y: 0, width: 64, height: 64 };
    for (let number = 0; number < 4; number++) {
      const damaged: ByteSource = {
        ...farSource(file),
        readMany: (ranges, options) => {
          const copy = file.slice();
          const { offset = 0, length = 0 } = ranges[number] ?? {};
          copy.fill(0xff, offset + length - 8, offset + length);
          return farSource(copy).readMany(ranges, options);
        },
      };
      const far = await openRaster(damaged, { tileCache: tileCache() });
      await assert.rejects(far.read({ window }), InvalidFile);
    }
  });
});

describe('a window that cannot be read', () => {
  const open = async () => {
    const file = await encodeCog(
      { width, height, dataType: 'uint8', bands: [syntheticBand('uint8', width, height, 1)] },
      {},
    );
    return openRaster(memorySource(file));
  };

  test('outside the image, no whole numbers, no such band or level', async () => {
    const raster = await open();
    const wrong: readonly Partial<PixelWindow>[] = [
      { x: -1 },
      { width: 151 },
      { y: 1, height: 110 },
      { x: 0.5 },
      { width: 0 },
      { height: Number.NaN },
    ];
    for (const part of wrong)
      await assert.rejects(raster.read({ window: { x: 0, y: 0, width, height, ...part } }), InvalidArgument);
    await assert.rejects(raster.read({ bands: [1] }), InvalidArgument);
    await assert.rejects(raster.read({ level: 1 }), InvalidArgument);
  });

  test('over the budget, or aborted', async () => {
    const raster = await open();
    process.env.FURROW_MAX_WINDOW_BYTES = '1000';
    try {
      await assert.rejects(raster.read(), LimitExceeded);
    } finally {
      delete process.env.FURROW_MAX_WINDOW_BYTES;
    }
    await assert.rejects(raster.read({ signal: AbortSignal.abort() }), Cancelled);
  });
});

test('the tile cache answers the second window without reading', async () => {
  const file = await encodeCog(
    { width, height, dataType: 'uint8', bands: [syntheticBand('uint8', width, height, 1)] },
    {},
  );
  const source = memorySource(file);
  let reads = 0;
  const counting = {
    ...source,
    readMany: async (...call: Parameters<typeof source.readMany>) => {
      reads += call[0].length;
      return source.readMany(...call);
    },
  };
  const raster = await openRaster(counting, { tileCache: new TileCache() });
  const window = { x: 10, y: 10, width: 20, height: 20 };
  const first = await raster.read({ window });
  assert.equal(reads, 1);
  assert.deepEqual(await raster.read({ window }), first);
  assert.equal(reads, 1);
});
