import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { InvalidFile } from '../../src/errors.ts';
import { decompress, decompressBriefly } from '../../src/raster/decompress.ts';
import { isLent } from '../../src/raster/inflate.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { filePicks } from '../../src/raster/picks.ts';
import { type PixelArray, pixelArray } from '../../src/raster/pixels.ts';
import { compression as codec } from '../../src/raster/tiff-tags.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { blocksOf, pickPixels } from '../../src/raster/visit-tiles.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { syntheticBand } from '../support/synthetic-pixels.ts';

const width = 150;
const height = 110;
const zeros = deflateSync(new Uint8Array(8 * 2 ** 20));

before(() => {
  // Only after so much work are tiles inflated by the program of our own.
  for (let i = 0; i < 3; i++) decompress(codec.deflate, zeros, 1, 8 * 2 ** 20, 'zeros');
});

test('tiles are lent where they are placed at once, and copied elsewhere', () => {
  const content = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
  const tile = [codec.adobeDeflate, deflateSync(content), 1000, 1000, 'tile'] as const;
  const lent = decompressBriefly(...tile);
  assert.ok(isLent(lent));
  assert.deepEqual(Uint8Array.from(lent), content);
  const own = decompress(...tile);
  assert.ok(!isLent(own));
  decompressBriefly(codec.deflate, deflateSync(new Uint8Array(1000)), 1000, 1000, 'another');
  assert.deepEqual(Uint8Array.from(own), content);
});

test('a tile too large for the lent memory is inflated too', () => {
  const most = 17 * 2 ** 20;
  const decoded = decompressBriefly(codec.deflate, zeros, 8 * 2 ** 20, most, 'large');
  assert.equal(decoded.length, 8 * 2 ** 20);
  assert.ok(!isLent(decoded));
});

test('damaged data are told with the tile and the reason', () => {
  const packed = deflateSync(Uint8Array.from({ length: 5000 }, (_, i) => i * i));
  packed[packed.length - 1] = (packed.at(-1) ?? 0) ^ 1;
  const expected = (message: string) => ({ name: InvalidFile.name, message });
  const reason = 'tile 7: damaged tile data: incorrect data check';
  assert.throws(() => decompress(codec.deflate, packed, 5000, 5000, 'tile 7'), expected(reason));
  const short = 'tile 8: deflate data gives 10 bytes, the tile needs 11';
  const ten = deflateSync(new Uint8Array(10));
  assert.throws(() => decompress(codec.deflate, ten, 11, 20, 'tile 8'), expected(short));
});

for (const { type, predictor, interleave } of [
  { type: 'uint8', predictor: 2, interleave: 'pixel' },
  { type: 'uint16', predictor: 2, interleave: 'band' },
  { type: 'int32', predictor: 2, interleave: 'pixel' },
  { type: 'float32', predictor: 3, interleave: 'band' },
  { type: 'float64', predictor: 1, interleave: 'pixel' },
] as const)
  test(`windows and chosen pixels of two files read at once stay apart, cached or not: ${type}, predictor ${predictor}`, async () => {
    const tileCache = new TileCache();
    const files = await Promise.all(
      [1, 5].map(async (seed) => {
        const bands = [seed, seed + 1].map((one) => syntheticBand(type, width, height, one));
        const options = { compression: 'deflate', predictor, interleave, tileSize: 32 } as const;
        const bytes = await encodeCog({ width, height, dataType: type, bands }, options);
        const source = memorySource(bytes, `memory:${seed}`);
        return { bands, raster: await openRaster(source, { tileCache }) };
      }),
    );
    const reads = Array.from({ length: 30 }, (_, i) => ({ x: (i * 37) % 100, y: (i * 23) % 70 }));
    const chosen = files.map(async ({ bands, raster }) => {
      const picks = filePicks(Int32Array.of(50, 5, 140, 90, 0, 150), blocksOf(raster));
      const targets = [1, 0].map((band) => ({ band, into: pixelArray(type, picks.pixels) }));
      await pickPixels(raster, { picks, targets });
      for (const { band, into } of targets) {
        const pixels = bands[band] as PixelArray;
        const row = (y: number, from: number, end: number) => [
          ...pixels.slice(y * width + from, y * width + end),
        ];
        assert.deepEqual([...into], [...row(50, 5, 140), ...row(90, 0, 150)]);
      }
    });
    await Promise.all([
      ...chosen,
      ...reads.flatMap(({ x, y }) =>
        files.map(async ({ bands, raster }) => {
          const window = { x, y, width: 45, height: 39 };
          const pixels = await raster.read({ window });
          for (const [band, got] of pixels.entries())
            for (let row = 0; row < window.height; row++) {
              const from = (y + row) * width + x;
              const expected = (bands[band] as PixelArray).slice(from, from + window.width);
              const at = row * window.width;
              assert.deepEqual(got.slice(at, at + window.width), expected, `row ${row} of ${x}, ${y}`);
            }
        }),
      ),
    ]);
  });
