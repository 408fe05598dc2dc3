import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decode } from 'fast-png';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import type { RasterCube } from '../../src/cube/raster-cube.ts';
import { BandNotFound, Cancelled, InvalidArgument } from '../../src/errors.ts';
import { transformBBox } from '../../src/geometry/crs.ts';
import { gridBounds } from '../../src/geometry/grid.ts';
import { colorMap } from '../../src/raster/color-maps.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { itemValues } from '../../src/tiles/image-values.ts';
import { cubeTiles, itemTiles } from '../../src/tiles/raster-tile.ts';
import { tileGrid } from '../../src/tiles/tile-grid.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const size = 600;
const grid = {
  crs: 'EPSG:32632',
  transform: [10, 0, 500_000, 0, -10, 5_400_000],
  width: size,
  height: size,
} as const;
const bounds = transformBBox(gridBounds(grid), grid.crs, 'OGC:CRS84');
const middle = [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2] as const;

function tileAt([lon, lat]: readonly [number, number], z: number): [z: number, x: number, y: number] {
  const y = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
  return [z, Math.floor((lon / 360 + 0.5) * 2 ** z), Math.floor(y * 2 ** z)];
}

describe('raster tiles', () => {
  let folder: string;
  let item: Item;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-tiles-'));
    const asset = async (
      name: string,
      commonName: string,
      value: (i: number) => number,
    ): Promise<BandAsset> => {
      const pixels = Uint16Array.from({ length: size * size }, (_, i) => value(i));
      const href = join(folder, `${name}.tif`);
      const image = { width: size, height: size, dataType: 'uint16' as const, bands: [pixels] };
      await writeFile(href, await encodeCog(image, { crs: grid.crs, transform: grid.transform, nodata: 0 }));
      return {
        name,
        commonName,
        assetKey: name,
        href,
        bandIndex: 0,
        dataType: 'uint16',
        nodata: 0,
        scale: 0.0001,
        offset: 0,
        grid,
      };
    };
    const hole = (i: number) => i % size < 60;
    item = {
      id: 'scene-1',
      collection: 'test',
      datetime: '2026-06-01T10:30:00Z',
      bbox: bounds,
      properties: {},
      bands: await Promise.all([
        asset('B02', 'blue', () => 600),
        asset('B03', 'green', () => 1500),
        asset('B04', 'red', () => 3000),
        asset('B08', 'nir', (i) => (hole(i) ? 0 : 1 + ((i * 7919) % 5000))),
      ]),
    };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function pixelsAt(
    source: Awaited<ReturnType<typeof itemTiles>>,
    at: readonly [number, number],
    z = 15,
  ) {
    const png = await source.tile(...tileAt(at, z));
    return png === undefined ? undefined : decode(png);
  }

  test('show true colour of surface reflectance from 0 to 0.25', async () => {
    const source = await itemTiles(item);
    assert.deepEqual([source.label, source.date, source.scale], ['scene-1', '2026-06-01', undefined]);
    const { data, width, channels } = (await pixelsAt(source, middle)) ?? assert.fail();
    assert.deepEqual([width, channels, ...data.slice(0, 4)], [256, 4, 255, 153, 61, 255]);
  });

  test('show an index by its colour map, with a scale for the legend', async () => {
    const flat = {
      ...item,
      bands: item.bands.map((band) =>
        band.name === 'B08' ? { ...band, href: item.bands[2]?.href ?? '', scale: 0.0003 } : band,
      ),
    };
    const source = await itemTiles(flat, { index: 'ndvi' });
    const { data } = (await pixelsAt(source, middle)) ?? assert.fail();
    const at = 3 * Math.round(((0.5 + 0.2) / 1.2) * 255);
    assert.deepEqual([...data.slice(0, 4)], [...colorMap('ndvi').slice(at, at + 3), 255]);
    assert.deepEqual([source.scale?.low, source.scale?.high, source.scale?.label], [-0.2, 1, 'NDVI']);
    assert.match(source.scale?.colors[0] ?? '', /^rgb\(\d+, \d+, \d+\)$/);
  });

  test('are transparent where there is nodata or no image, and absent where there is nothing', async () => {
    const source = await itemTiles(item, { bands: ['nir'], stretch: { low: 0, high: 0.5 } });
    const [, ymiddle] = middle;
    const left = transformBBox([500_300, 5_397_000, 500_300, 5_397_000], grid.crs, 'OGC:CRS84');
    assert.equal(await pixelsAt(source, [left[0], ymiddle], 18), undefined);
    assert.equal(await pixelsAt(source, [40, 10], 12), undefined);
    const edge = (await pixelsAt(source, [bounds[2], ymiddle], 13)) ?? assert.fail();
    const alphas = new Set(Array.from({ length: edge.width * edge.height }, (_, i) => edge.data[4 * i + 3]));
    assert.deepEqual([...alphas].sort(), [0, 255]);
  });

  test('stretch by percentiles of the whole image when the values have no unit', async () => {
    const raw = { ...item, bands: item.bands.map((band) => ({ ...band, scale: 1 })) };
    const source = await itemTiles(raw, { bands: ['nir'] });
    assert.ok(source.scale !== undefined && source.scale.low > 20 && source.scale.low < 200);
    assert.ok(source.scale.high > 4800 && source.scale.high < 5000);
  });

  test('name the zoom beyond which there is no more detail', async () => {
    const { maxZoom } = await itemTiles(item);
    assert.ok(maxZoom >= 14 && maxZoom <= 15, `10 m at 48.7 degrees north is ${maxZoom}`);
  });

  test('refuse what cannot be drawn', async () => {
    await assert.rejects(itemTiles(item, { bands: ['swir16'] }), BandNotFound);
    await assert.rejects(itemTiles(item, { bands: ['red', 'green'] }), InvalidArgument);
    await assert.rejects(itemTiles(item, { bands: ['red'], index: 'ndvi' }), InvalidArgument);
    await assert.rejects(itemTiles(item, { index: 'nonsense' }), InvalidArgument);
    await assert.rejects(itemTiles(item, { bands: ['red'], stretch: { low: 1, high: 1 } }), InvalidArgument);
    await assert.rejects(itemTiles(item, { bands: ['red'], colors: 'nonsense' }), InvalidArgument);
  });

  test('stop when nobody waits any more', async () => {
    const source = await itemTiles(item);
    await assert.rejects(source.tile(...tileAt(middle, 14), { signal: AbortSignal.abort() }), Cancelled);
  });

  const python = testPython();
  test('hold the pixels that GDAL warps to the same tile', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    const [z, x, y] = tileAt(middle, 14);
    const target = tileGrid(z, x, y, 256);
    const [values] = await itemValues(item, ['nir']).read(target);
    const script = `
import sys, json, numpy as np, rasterio
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject
with rasterio.open(sys.argv[1]) as src:
    out = np.zeros((256, 256), dtype='uint16')
    reproject(src.read(1), out, src_transform=src.transform, src_crs=src.crs, src_nodata=0, dst_nodata=0,
              dst_transform=Affine(*json.loads(sys.argv[2])), dst_crs='EPSG:3857', resampling=Resampling.nearest, tolerance=0)
    sys.stdout.buffer.write(out.astype('<u2').tobytes())
`;
    const out = execFileSync(
      python ?? 'python3',
      ['-c', script, item.bands[3]?.href ?? '', JSON.stringify(target.transform)],
      { maxBuffer: 1e7 },
    );
    const expected = new Uint16Array(out.buffer, out.byteOffset, 256 * 256);
    let different = 0;
    values?.forEach((value, i) => {
      if (Math.round((Number.isNaN(value) ? 0 : value) / 0.0001) !== expected[i]) different++;
    });
    // our transform may be an eighth of a pixel off: some pixels' centres fall on the other side of an edge
    assert.ok(different / expected.length < 0.1, `${different} of ${expected.length} pixels differ`);
    assert.ok(expected.some((value) => value > 0));
  });

  test('show a slice of a cube', async () => {
    const values = new Float32Array(2 * 3 * size * size);
    values.forEach((_, i) => {
      values[i] = Math.floor(i / (size * size));
    });
    const cube: RasterCube = {
      dimensions: [
        { name: 't', type: 'temporal', labels: ['2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z'] },
        {
          name: 'bands',
          type: 'bands',
          labels: ['B04', 'B03', 'B02'],
          aliases: [['red'], ['green'], ['blue']],
        },
      ],
      x: 'x',
      y: 'y',
      ...grid,
      kind: 'number',
      values,
    };
    const stretch = { low: 0, high: 5 };
    const colour = await cubeTiles(cube, { at: { t: '2026-06-01T00:00:00Z' }, stretch });
    const rgb = (await pixelsAt(colour, middle)) ?? assert.fail();
    assert.deepEqual([...rgb.data.slice(0, 4)], [153, 204, 255, 255]);
    assert.equal(colour.date, '2026-06-01');
    const single = await cubeTiles(cube, { at: { bands: 'green' }, stretch, colors: 'gray' });
    const gray = (await pixelsAt(single, middle)) ?? assert.fail();
    assert.deepEqual([...gray.data.slice(0, 4)], [51, 51, 51, 255]);
    assert.equal(single.scale?.label, 'B03');
    await assert.rejects(cubeTiles(cube, { at: { nowhere: 1 } }), InvalidArgument);
    await assert.rejects(cubeTiles(cube, { at: { bands: 'nir' } }), InvalidArgument);
  });
});
