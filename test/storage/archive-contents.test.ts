import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ObjectChanged } from '../../src/errors.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { syntheticBand } from '../support/synthetic-pixels.ts';
import { writeZip } from '../support/write-zip.ts';
import { rangeServer } from './range-server.ts';

const square = [
  [
    [5, 50],
    [5.01, 50],
    [5.01, 50.01],
    [5, 50.01],
    [5, 50],
  ],
];
const geojson = {
  type: 'FeatureCollection',
  features: [
    { type: 'Feature', properties: { pid: '7' }, geometry: { type: 'Polygon', coordinates: square } },
  ],
};

describe('rasters and parcels inside a zip archive', () => {
  let folder = '';
  let archive: Buffer = Buffer.alloc(0);
  const pixels = syntheticBand('uint16', 700, 600, 5);
  const image = { width: 700, height: 600, dataType: 'uint16' as const, bands: [pixels] };
  const grid = { crs: 'EPSG:32631', transform: [10, 0, 600000, 0, -10, 5800020] as const };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-archive-'));
    const cog = await encodeCog(image, { ...grid, tileSize: 128 });
    archive = writeZip({
      'season/B04.tif': { bytes: cog },
      'packed.tif': { bytes: cog, deflate: true },
      'fields.geojson': { bytes: new TextEncoder().encode(JSON.stringify(geojson)), deflate: true },
    });
    await writeFile(join(folder, 'a b.zip'), archive);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const expected = (x: number, y: number): Uint16Array => {
    const window = new Uint16Array(20 * 10);
    for (let row = 0; row < 10; row++)
      for (let column = 0; column < 20; column++)
        window[row * 20 + column] = Number(pixels[(y + row) * 700 + x + column]);
    return window;
  };

  for (const member of ['season/B04.tif', 'packed.tif'])
    test(`a window of ${member} is read`, async () => {
      for (const address of [`zip://${folder}/a b.zip!/${member}`, `/vsizip/${folder}/a b.zip/${member}`]) {
        const raster = await openRasterAt(address);
        assert.equal(raster.info.crs, 'EPSG:32631');
        const [band] = await raster.read({ window: { x: 640, y: 570, width: 20, height: 10 } });
        assert.deepEqual(band, expected(640, 570));
      }
    });

  test('a window of a stored member over http costs five requests and few bytes', async () => {
    await using server = await rangeServer({ '/a.zip': archive });
    const raster = await openRasterAt(`zip+${server.origin}/a.zip!/season/B04.tif`, { trust: 'user' });
    const [band] = await raster.read({ window: { x: 10, y: 300, width: 20, height: 10 } });
    assert.deepEqual(band, expected(10, 300));
    assert.ok(server.ranges.length <= 5, server.ranges.join(' '));
  });

  test('a rewritten archive is looked at anew', async () => {
    const path = join(folder, 'changing.zip');
    await writeFile(path, archive);
    const address = `zip://${path}!/season/B04.tif`;
    const raster = await openRasterAt(address);
    const other = await encodeCog({ ...image, bands: [syntheticBand('uint16', 700, 600, 6)] }, grid);
    await writeFile(path, writeZip({ 'season/B04.tif': { bytes: other } }));
    await assert.rejects(raster.read({ window: { x: 640, y: 0, width: 20, height: 10 } }), ObjectChanged);
    const [band] = await (await openRasterAt(address)).read({
      window: { x: 640, y: 570, width: 20, height: 10 },
    });
    assert.notDeepEqual(band, expected(640, 570));
  });

  test('parcels are read from it', async () => {
    const set = await readParcels(`zip://${folder}/a b.zip!/fields.geojson`);
    assert.equal(set.name, 'fields');
    assert.equal(set.parcels.length, 1);
    assert.deepEqual(set.parcels[0]?.geometry.coordinates, square);
  });
});
