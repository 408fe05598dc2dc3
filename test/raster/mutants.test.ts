import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FurrowError, InvalidFile } from '../../src/errors.ts';
import type { CogOptions } from '../../src/raster/cog-options.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { mutate } from '../conformance/tiff-fuzz/mutate.ts';
import { seededRandom, syntheticBand } from '../support/synthetic-pixels.ts';

const MUTANTS = 400;
/** Bytes of pixels that a mutant may ask for: the sizes stand in the header and may have been hit. */
const WINDOW = 4 * 2 ** 20;

async function seedFile(options: CogOptions, type: 'uint16' | 'float32'): Promise<Uint8Array> {
  const bands = [1, 2].map((seed) => syntheticBand(type, 120, 90, seed));
  return encodeCog(
    { width: 120, height: 90, dataType: type, bands },
    {
      tileSize: 32,
      overviews: [2, 4],
      nodata: 7,
      crs: 'EPSG:32631',
      transform: [10, 0, 5e5, 0, -10, 5e6],
      scale: 2,
      ...options,
    },
  );
}

async function outcome(bytes: Uint8Array): Promise<'pixels' | 'refused'> {
  try {
    const raster = await openRaster(memorySource(bytes), { tileCache: new TileCache(2 ** 20) });
    for (const level of raster.info.levels.keys()) await raster.read({ level });
    return 'pixels';
  } catch (error) {
    if (error instanceof FurrowError) return 'refused';
    throw error;
  }
}

describe('damaged files give pixels or a typed error, soon and within the budgets', () => {
  const seeds: readonly (readonly [string, CogOptions, 'uint16' | 'float32'])[] = [
    ['deflate', { compression: 'deflate' }, 'uint16'],
    ['zstd, BigTIFF', { compression: 'zstd', bigTiff: true }, 'float32'],
    ['lzw, planes', { compression: 'lzw', interleave: 'band' }, 'uint16'],
    ['uncompressed', { compression: 'none' }, 'float32'],
  ];
  for (const [name, options, type] of seeds)
    test(name, async () => {
      const file = await seedFile(options, type);
      const random = seededRandom(20210127);
      const counts = { pixels: 0, refused: 0 };
      process.env.FURROW_MAX_WINDOW_BYTES = String(WINDOW);
      process.env.FURROW_MAX_TILE_BYTES = String(WINDOW);
      try {
        let slowest = 0;
        for (let i = 0; i < MUTANTS; i++) {
          const started = performance.now();
          counts[await outcome(mutate(file, file, random).mutant)]++;
          slowest = Math.max(slowest, performance.now() - started);
        }
        assert.ok(slowest < 1000, `${slowest} ms`);
      } finally {
        delete process.env.FURROW_MAX_WINDOW_BYTES;
        delete process.env.FURROW_MAX_TILE_BYTES;
      }
      assert.ok(counts.refused > MUTANTS / 10, `${counts.refused} refused`);
      assert.ok(counts.pixels > MUTANTS / 10, `${counts.pixels} read`);
    });
});

describe('single contradictions are found', () => {
  test('a chain of directories that runs in a circle', async () => {
    const file = await seedFile({}, 'uint16');
    const view = new DataView(file.buffer);
    const count = view.getUint16(8, true);
    view.setUint32(8 + 2 + count * 12, 8, true);
    await assert.rejects(
      openRaster(memorySource(file)),
      (error) => error instanceof InvalidFile && /circle/.test(error.message),
    );
  });

  test('a file cut short, an empty one, and text', async () => {
    const file = await seedFile({}, 'uint16');
    await assert.rejects(openRaster(memorySource(file.subarray(0, file.length - 5))), InvalidFile);
    await assert.rejects(openRaster(memorySource(new Uint8Array(0))), InvalidFile);
    await assert.rejects(
      openRaster(memorySource(new TextEncoder().encode('this is not a picture at all'))),
      InvalidFile,
    );
  });
});
