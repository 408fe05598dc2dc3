import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { copyFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FileNotFound, InvalidFile, Unsupported } from '../../src/errors.ts';
import { readEnviHeader } from '../../src/raster/envi-header.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { allowHostOf } from '../../src/storage/egress.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { rangeServer } from '../storage/range-server.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { counting, digest, type GdalCase, gdalCases } from './gdal-cases.ts';

interface Case extends GdalCase {
  readonly nodata: number | null;
}

const window = { x: 11, y: 7, width: 29, height: 22 };

describe('ENVI images', { skip: testPython() === undefined && withoutTestPython }, () => {
  const images = gdalCases<Case>('write_envi.py');
  const { named } = images;

  test('pixels, windows and grid equal GDAL: all types, interleaves and byte orders', async () => {
    assert.equal(images.all.length, 27 + 7 + 10);
    for (const { name, path, dtype, nodata, epsg, transform, sha, window: part } of images.all) {
      if (name === 'complex') continue;
      const { info, read } = await openRasterAt(path);
      assert.equal(info.dataType, dtype, name);
      assert.equal(info.nodata ?? null, nodata, name);
      assert.equal(info.crs, epsg === null ? undefined : `EPSG:${epsg}`, name);
      for (const [i, value] of (info.transform ?? [1, 0, 0, 0, 1, 0]).entries())
        assert.ok(Math.abs(value - (transform[i] as number)) < 1e-9, `${name}: ${info.transform}`);
      assert.deepEqual((await read()).map(digest), sha, name);
      assert.deepEqual((await read({ window })).map(digest), part, name);
      assert.deepEqual((await read({ bands: [2], window })).map(digest), [part[2]], name);
    }
  });

  test('complex pixels, compressed files and other known formats are refused by name', async () => {
    await assert.rejects(openRasterAt(named('complex').path), {
      constructor: Unsupported,
      message: /complex pixels \(ENVI data type 6\)/,
    });
    const header = 'ENVI\nsamples = 5\nlines = 5\nbands = 1\ndata type = 1\nfile compression = 1\n';
    assert.throws(() => readEnviHeader(header, 'x.hdr'), Unsupported);
    const imagine = join(images.folder, 'imagine.img');
    await writeFile(imagine, `EHFA_HEADER_TAG${'\0'.repeat(40)}`);
    await assert.rejects(openRasterAt(imagine), { constructor: Unsupported, message: /ERDAS Imagine/ });
    const dimap = join(images.folder, 'product.dim');
    await writeFile(dimap, '<?xml version="1.0"?><Dimap_Document name="product.dim"></Dimap_Document>');
    await assert.rejects(openRasterAt(dimap), {
      constructor: Unsupported,
      message: /\.img files in the \.data/,
    });
  });

  test('the header opens its image, under image.hdr and image.img.hdr', async () => {
    const { path, sha } = named('int16 bip');
    const byHeader = await openRasterAt(path.replace('.img', '.hdr'));
    assert.equal(byHeader.info.url, path);
    assert.deepEqual((await byHeader.read()).map(digest), sha);
    const other = join(images.folder, 'Sigma0_VV.img');
    await copyFile(path, other);
    await copyFile(path.replace('.img', '.hdr'), `${other}.hdr`);
    assert.deepEqual((await (await openRasterAt(other)).read()).map(digest), sha);
    assert.deepEqual((await (await openRasterAt(`${other}.hdr`)).read()).map(digest), sha);
    const alone = join(images.folder, 'alone.hdr');
    await copyFile(path.replace('.img', '.hdr'), alone);
    await assert.rejects(openRasterAt(alone), FileNotFound);
  });

  test('a remote image is read by range, its header first', async () => {
    const { path, window: part } = named('several strips');
    await using server = await rangeServer({
      '/a/b.img?token=1': readFileSync(path),
      '/a/b.hdr?token=1': readFileSync(path.replace('.img', '.hdr')),
    });
    allowHostOf(new URL(server.origin));
    const { read } = await openRaster(await openSource(`${server.origin}/a/b.img?token=1`));
    assert.deepEqual((await read({ bands: [1], window })).map(digest), [part[1]]);
    assert.ok(server.ranges.length <= 4, server.ranges.join(' '));
  });

  test('of a file nearby the rows of a window are read, not their strips', async () => {
    const { path, window: part } = named('several strips');
    const source = counting(await openSource(path));
    const { read } = await openRaster(source, { tileCache: new TileCache() });
    const opened = source.bytes;
    assert.deepEqual((await read({ bands: [1], window })).map(digest), [part[1]]);
    assert.equal(source.bytes - opened, window.height * 400 * 2);
  });

  test('an image that is shorter than its header says is told, with both lengths', async () => {
    const { path } = named('uint16 bsq');
    const short = join(images.folder, 'short.img');
    await copyFile(path, short);
    await copyFile(path.replace('.img', '.hdr'), short.replace('.img', '.hdr'));
    await truncate(short, 14_021);
    await assert.rejects(openRasterAt(short), {
      constructor: InvalidFile,
      message: /take 14022 bytes.* 14021/,
    });
  });

  test('map info counts from any pixel, degrees and names of the datum vary', () => {
    const start =
      'ENVI\nsamples = 5\nlines = 5\nbands = 2\ndata type = 4\ninterleave = BIL\nbyte order = 1\n';
    const utm = readEnviHeader(
      `${start}map info = {UTM, 3.0, 2.0, 500020.0, 5999990.0, 10.0, 10.0, 31, North,WGS84, units=Meters}\nband names = {VV,\n VH}\ndata ignore value = 0`,
      'x.hdr',
    );
    assert.deepEqual(utm.transform, [10, 0, 500000, 0, -10, 6000000]);
    assert.equal(utm.crs, 'EPSG:32631');
    assert.deepEqual([utm.interleave, utm.littleEndian, utm.nodata], ['bil', false, 0]);
    assert.deepEqual(utm.descriptions, ['VV', 'VH']);
    const named = readEnviHeader(
      `${start}map info = {WGS 84 / UTM zone 33S, 1, 1, 500000, 6000000, 10, 10, WGS84, units=Meters}\ncoordinate system string = {PROJCS["WGS 84 / UTM zone 33S", GEOGCS["WGS 84"]]}\n`,
      'x.hdr',
    );
    assert.equal(named.crs, 'EPSG:32733');
    assert.throws(() => readEnviHeader('ENVI\nsamples = -3\nlines = 5\n', 'x.hdr'), InvalidFile);
    assert.throws(() => readEnviHeader(`${start}interleave = spiral\n`, 'x.hdr'), InvalidFile);
  });
});
