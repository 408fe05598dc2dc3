import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Cancelled, FurrowError, InvalidFile, LimitExceeded } from '../../src/errors.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { counting, digest, type GdalCase, gdalCases } from './gdal-cases.ts';

interface Case extends GdalCase {
  readonly levels: readonly { readonly width: number; readonly height: number; readonly sha: string[] }[];
}

describe('JPEG 2000', { skip: testPython() === undefined && withoutTestPython }, () => {
  const images = gdalCases<Case>('write_jp2.py');
  const { named } = images;

  test('pixels, windows, reduced resolutions and georeference equal GDAL', async () => {
    assert.equal(images.all.length, 19);
    for (const { name, path, dtype, epsg, transform, sha, window, levels } of images.all) {
      const { info, read } = await openRasterAt(path);
      assert.equal(info.dataType, dtype, name);
      assert.equal(info.crs, epsg === null ? undefined : `EPSG:${epsg}`, name);
      assert.deepEqual(info.transform ?? [1, 0, 0, 0, 1, 0], transform, name);
      assert.deepEqual((await read()).map(digest), sha, name);
      const part = await read({ window: { x: 97, y: 211, width: 204, height: 79 } });
      assert.deepEqual(part.map(digest), window, name);
      for (const [i, level] of levels.entries()) {
        assert.deepEqual(
          [info.levels[i + 1]?.width, info.levels[i + 1]?.height],
          [level.width, level.height],
        );
        assert.deepEqual((await read({ level: i + 1 })).map(digest), level.sha, `${name}, level ${i + 1}`);
      }
    }
  });

  test('one band of several is read alone, bands in any order', async () => {
    const { path, sha } = named('five signed bands, CPRL');
    const { read } = await openRasterAt(path);
    assert.deepEqual((await read({ bands: [3, 0, 3] })).map(digest), [sha[3], sha[0], sha[3]]);
  });

  test('a window reads the tiles that it touches and no others, a second time none', async () => {
    const file = readFileSync(named('tiles of 640').path);
    const source = counting(memorySource(file));
    const { read } = await openRaster(source, { tileCache: new TileCache() });
    const opened = source.bytes;
    assert.ok(opened <= 32_768, `${opened} bytes for the header`);
    const window = { x: 700, y: 10, width: 20, height: 20 };
    await read({ window });
    // Two hops to find the second of nine tiles, and its bytes.
    assert.equal(source.reads, 1 + 2 + 1);
    assert.ok(source.bytes - opened < file.length / 4, `${source.bytes} of ${file.length}`);
    await read({ window: { ...window, x: 720 } });
    assert.equal(source.reads, 4);
  });

  test('a tile far into the file is sought, not hopped to', async () => {
    const { path, window } = named('small precincts and code-blocks, RPCL');
    const source = counting(memorySource(readFileSync(path)));
    const { read } = await openRaster(source, { tileCache: new TileCache() });
    await read({ window: { x: 990, y: 690, width: 5, height: 5 } });
    assert.ok(source.reads <= 10, `${source.reads} reads for the last of thirty tiles`);
    const part = await read({ window: { x: 97, y: 211, width: 204, height: 79 } });
    assert.deepEqual(part.map(digest), window);
  });

  test('an index of tile parts saves the hops, and a wrong one is told by the parts themselves', async () => {
    const { path, sha } = named('lengths of packets and tile parts');
    const file = new Uint8Array(readFileSync(path));
    const source = counting(memorySource(file));
    const { read } = await openRaster(source, { tileCache: new TileCache() });
    await read({ window: { x: 510, y: 290, width: 4, height: 4 } });
    assert.equal(source.reads, 2);
    const tlm = Buffer.from(file).indexOf(Buffer.from([0xff, 0x55]));
    assert.ok(tlm > 0);
    // The length of the first tile part: two bytes of tile number or one stand before it.
    const lengthAt = tlm + 6 + (((file[tlm + 5] as number) >> 4) & 3);
    new DataView(file.buffer).setUint32(lengthAt, new DataView(file.buffer).getUint32(lengthAt) - 2);
    const wrong = await openRaster(memorySource(file), { tileCache: new TileCache() });
    assert.deepEqual((await wrong.read()).map(digest), sha);
  });

  test('a tile that is cut short, or is not there, is an invalid file', async () => {
    const file = readFileSync(named('bytes').path);
    for (const length of [file.length - 40, Math.floor(file.length / 2), 300, 90, 20]) {
      const cut = memorySource(new Uint8Array(file.subarray(0, length)));
      await assert.rejects(async () => (await openRaster(cut)).read(), InvalidFile, `${length} bytes`);
    }
  });

  test('damaged files give pixels or a typed error', async () => {
    const file = readFileSync(named('two bands').path);
    let random = 12_345;
    const next = (below: number): number => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((random / 2 ** 32) * below);
    };
    let refused = 0;
    const start = file.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
    for (let mutant = 0; mutant < 40; mutant++) {
      const bytes = new Uint8Array(file);
      const [from, reach] = [
        [start, 200],
        [start, bytes.length - start],
        [0, start],
      ][mutant % 3] as [number, number];
      for (let flip = 0; flip < 4; flip++) bytes[from + next(reach)] = next(256);
      try {
        const { info, read } = await openRaster(memorySource(bytes), { tileCache: new TileCache() });
        const width = Math.min(16, info.width);
        await read({ window: { x: 0, y: 0, width, height: Math.min(16, info.height) } });
      } catch (error) {
        assert.ok(error instanceof FurrowError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 5, `${refused} refused`);
  });

  test('a codec that takes too long is ended, an aborted read too, and the next read goes on', async () => {
    const { path, sha } = named('tiles of 640');
    const raster = () => openRaster(memorySource(readFileSync(path)), { tileCache: new TileCache() });
    process.env.FURROW_MAX_CODEC_MS = '1';
    try {
      await assert.rejects((await raster()).read(), LimitExceeded);
    } finally {
      delete process.env.FURROW_MAX_CODEC_MS;
    }
    const abort = new AbortController();
    const reading = (await raster()).read({ signal: abort.signal });
    setTimeout(() => abort.abort(), 5);
    await assert.rejects(reading, Cancelled);
    assert.deepEqual((await (await raster()).read()).map(digest), sha);
  });

  test('sizes are checked before anything is allocated', async () => {
    const bytes = new Uint8Array(readFileSync(named('bytes').path));
    const siz = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0x51]));
    const view = new DataView(bytes.buffer);
    // Image and tile of a million pixels each way.
    for (const at of [8, 12, 24, 28]) view.setUint32(siz + at - 2, 2 ** 20);
    const { read } = await openRaster(memorySource(bytes));
    await assert.rejects(read({ window: { x: 0, y: 0, width: 10, height: 10 } }), LimitExceeded);
    view.setUint32(siz + 6, 2 ** 31);
    await assert.rejects(openRaster(memorySource(bytes)), LimitExceeded);
  });
});
