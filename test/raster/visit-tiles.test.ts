import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { filePicks } from '../../src/raster/picks.ts';
import { type DataType, pixelArray } from '../../src/raster/pixels.ts';
import type { Raster } from '../../src/raster/raster.ts';
import { blocksOf, pickBatches, pickPixels } from '../../src/raster/visit-tiles.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import type { ByteSource } from '../../src/storage/source.ts';

const width = 150;
const height = 110;

let made = 0;

function memory(bytes: Uint8Array): ByteSource {
  const read = async ({ offset, length }: { offset: number; length: number }) =>
    bytes.slice(offset, offset + length);
  return {
    url: `memory://${made++}`,
    size: async () => bytes.length,
    version: async () => String(bytes.length),
    read,
    readMany: async (ranges) => Promise.all(ranges.map(read)),
  };
}

async function rasterOf(
  dataType: DataType,
  options: Partial<Parameters<typeof encodeCog>[1]>,
): Promise<Raster> {
  const bands = [1, 2].map((band) => {
    const pixels = pixelArray(dataType, width * height);
    for (let i = 0; i < pixels.length; i++) {
      const value = (i * 7919 * band) % 251;
      pixels[i] = dataType.endsWith('64') && dataType !== 'float64' ? BigInt(value) : value;
    }
    return pixels;
  });
  const bytes = await encodeCog(
    { width, height, dataType, bands },
    { crs: 'EPSG:32631', transform: [10, 0, 0, 0, -10, 0], tileSize: 64, overviews: 'none', ...options },
  );
  return openRaster(memory(bytes));
}

/** Runs in no order of tiles, some over several of them, two that overlap. */
const runs = Int32Array.from(
  [
    [100, 3, 149],
    [0, 0, 1],
    [0, 63, 65],
    [63, 10, 80],
    [63, 40, 70],
    [64, 127, 150],
    [5, 20, 20],
    [109, 149, 150],
  ].flat(),
);

async function expected(raster: Raster, band: number): Promise<(number | bigint)[]> {
  const [pixels] = await raster.read({ bands: [band] });
  const picked: (number | bigint)[] = [];
  for (let i = 0; i < runs.length; i += 3)
    for (let column = runs[i + 1] as number; column < (runs[i + 2] as number); column++)
      picked.push(pixels?.[(runs[i] as number) * width + column] ?? -1);
  return picked;
}

describe('chosen pixels', () => {
  for (const dataType of ['uint8', 'uint16', 'int16', 'uint32', 'float32', 'float64', 'uint64'] as const)
    for (const compression of ['deflate', 'zstd', 'none'] as const)
      for (const interleave of ['pixel', 'band'] as const)
        test(`equal a window read: ${dataType}, ${compression}, bands by ${interleave}`, async () => {
          const raster = await rasterOf(dataType, { compression, interleave });
          const picks = filePicks(runs, blocksOf(raster));
          const targets = [1, 0].map((band) => ({ band, into: pixelArray(dataType, picks.pixels) }));
          await pickPixels(raster, { picks, targets });
          for (const { band, into } of targets)
            assert.deepEqual([...into], await expected(raster, band), `band ${band}`);
          // The same through windows, as for rasters that are not read by tiles.
          const plain: Raster = { info: raster.info, read: raster.read };
          const again = pixelArray(dataType, picks.pixels);
          await pickPixels(plain, {
            picks: filePicks(runs, blocksOf(plain)),
            targets: [{ band: 1, into: again }],
          });
          assert.deepEqual([...again], await expected(raster, 1));
        });

  test('of another grid are those under its centres, and none outside', async () => {
    const raster = await rasterOf('uint16', {});
    const columns = Int32Array.from({ length: 2 * width + 2 }, (_, i) => (i < 2 * width ? i >> 1 : -1));
    const rows = Int32Array.from({ length: 2 * height }, (_, i) => i >> 1);
    const finer = Int32Array.of(40, 250, 302, 41, 0, 3);
    const picks = filePicks(finer, blocksOf(raster), { columns, rows });
    const into = new Uint16Array(picks.pixels).fill(9999);
    await pickPixels(raster, { picks, targets: [{ band: 0, into }] });
    const [pixels] = await raster.read({ bands: [0] });
    const wanted = [
      ...Array.from({ length: 50 }, (_, i) => pixels?.[20 * width + ((250 + i) >> 1)]),
      9999,
      9999,
    ];
    assert.deepEqual(
      [...into],
      [...wanted, pixels?.[20 * width], pixels?.[20 * width], pixels?.[20 * width + 1]],
    );
  });

  test('are divided into batches that several readers share, and refuse what does not fit', async () => {
    const raster = await rasterOf('uint16', {});
    const picks = filePicks(runs, blocksOf(raster));
    const into = new Uint16Array(picks.pixels);
    let next = 0;
    const claim = () => next++;
    await Promise.all([0, 1].map(() => pickPixels(raster, { picks, targets: [{ band: 0, into }], claim })));
    assert.deepEqual([...into], await expected(raster, 0));
    assert.ok(next >= pickBatches(picks));
    const wrong = { picks, targets: [{ band: 0, into: new Uint8Array(picks.pixels) }] };
    await assert.rejects(pickPixels(raster, wrong), InvalidArgument);
    assert.throws(() => filePicks(Int32Array.of(0, 0, width + 1), blocksOf(raster)), InvalidArgument);
  });
});
