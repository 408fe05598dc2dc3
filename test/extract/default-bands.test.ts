import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findBand } from '../../src/catalog/band-name.ts';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { extractImage } from '../../src/extract/extract-image.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';

const crs = 'EPSG:32632';
const [left, top] = [600_000, 5_200_000];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-bands-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A band of one value over 240 m. */
async function band(name: string, pixel: number, value: number, commonName?: string): Promise<BandAsset> {
  const side = 240 / pixel;
  const grid = { crs, transform: [pixel, 0, left, 0, -pixel, top] as const, width: side, height: side };
  const href = join(folder, `${name}-${pixel}-${value}.tif`);
  const bands = [new Uint16Array(side * side).fill(value)];
  const image = { width: side, height: side, dataType: 'uint16' as const, bands };
  await writeFile(href, await encodeCog(image, { ...grid, overviews: 'none' }));
  const own = { name, commonName, assetKey: name, href, bandIndex: 0, dataType: 'uint16' as const };
  return { ...own, nodata: undefined, scale: 1, offset: 0, grid };
}

const itemOf = (bands: BandAsset[], collection = 'l2a', properties = {}): Item => ({
  ...{ id: 'one', collection, properties, bands },
  datetime: '2026-06-01T10:00:00Z',
  bbox: [10, 46, 11, 47],
});

const ring = [
  [0, 0],
  [240, 0],
  [240, 240],
  [0, 240],
  [0, 0],
].map(([x, y]): [number, number] => [left + (x as number), top - (y as number)]);
const parcel = { pid: 1, label: '1', crop: undefined, area: 5.76, attributes: {} };
const parcels = {
  ...{ name: 'bands', crs },
  parcels: [{ ...parcel, geometry: { type: 'Polygon' as const, coordinates: [ring] } }],
};

/** Each layout as `B02 B03: pixels, means`. */
async function layouts(
  item: Item,
  options: { bands?: string[]; indices?: string[]; resolution?: number } = {},
): Promise<string[]> {
  const { signatures } = await extractImage({ item, parcels, ...options });
  return signatures.map(({ layout, n, v }) => {
    const means = layout.bands.map((_, i) => v[i * layout.stats.length + layout.stats.indexOf('mean')]);
    return `${layout.bands.join(' ')}: ${n[0]}, ${means.map((mean) => Math.round((mean ?? NaN) * 100) / 100).join(' ')}`;
  });
}

describe('bands that an archive holds at several sizes', () => {
  test('are measured once, at the finest, when none are asked for', async () => {
    const bands = [
      await band('B04_60m', 60, 46, 'red'),
      await band('B04_20m', 20, 42, 'red'),
      await band('B04', 10, 40, 'red'),
      await band('B05_60m', 60, 56),
      await band('B05', 20, 50),
      await band('B08', 10, 120, 'nir'),
      await band('B11', 20, 110),
      await band('SCL_60m', 60, 0),
      await band('SCL', 20, 4, 'scl'),
    ];
    const item = itemOf(bands);
    const expected = ['B04 B08: 576, 40 120', 'B05 B11: 144, 50 110', 'ndvi: 576, 0.5'];
    assert.deepEqual(await layouts(item), expected);
    assert.deepEqual(await layouts(itemOf(bands.toReversed())), [
      'B11 B05: 144, 110 50',
      'B08 B04: 576, 120 40',
      'ndvi: 576, 0.5',
    ]);
    assert.deepEqual(await layouts(item, { bands: ['B04_20m', 'red', 'B05_60m'], indices: [] }), [
      'B04_20m: 144, 42',
      'B04: 576, 40',
      'B05_60m: 16, 56',
    ]);
  });

  test('stand under their plain names where every one is named by its size', async () => {
    const item = itemOf([
      await band('B04_20m', 20, 42, 'red'),
      await band('B04_10m', 10, 40, 'red'),
      await band('B08_10m', 10, 120, 'nir'),
      await band('B11_20m', 20, 110),
      await band('SCL_60m', 60, 0),
      await band('SCL_20m', 20, 4),
    ]);
    assert.deepEqual(await layouts(item), ['B04 B08: 576, 40 120', 'B11: 144, 110', 'ndvi: 576, 0.5']);
    assert.deepEqual(await layouts(item, { bands: ['B04', 'B04_20m'], indices: [] }), [
      'B04: 576, 40',
      'B04_20m: 144, 42',
    ]);
    assert.deepEqual(await layouts(item, { resolution: 20 }), ['B04 B11: 144, 42 110', 'ndvi: 144, 0.48']);
    assert.equal(findBand(item.bands, 'red')?.name, 'B04_10m');
    assert.equal(findBand(item.bands, 'scl')?.name, 'SCL_20m');
  });
});

describe('radar bands of one name', () => {
  test('backscatter and coherence stand in layouts of their own', async () => {
    const bands = [await band('VV', 10, 5), await band('VH', 10, 6)];
    const properties = { constellation: 'sentinel-1' };
    assert.deepEqual(await layouts(itemOf(bands, 's1-grd-gamma0', properties)), ['VV VH: 576, 5 6']);
    const expected = ['VVc VHc: 576, 5 6'];
    for (const collection of ['terrascope-s1-slc-coherence-v1', 'S1_COH6', 'sentinel-1-coh'])
      assert.deepEqual(await layouts(itemOf(bands, collection, properties)), expected, collection);
    const card = itemOf(bands, 's1', { ...properties, 'product:type': 'CARD-COH6' });
    assert.deepEqual(await layouts(card), expected);
    assert.deepEqual(await layouts(card, { bands: ['VV'] }), ['VVc: 576, 5']);
    assert.deepEqual(await layouts(card, { bands: ['vhc'] }), ['VHc: 576, 6']);
    assert.deepEqual(await layouts(card, { resolution: 10 }), expected);
  });

  test('a collection whose name only begins like coherence is one of backscatter', async () => {
    const item = itemOf([await band('VV', 10, 5)], 'cohort-s1', { constellation: 'sentinel-1' });
    assert.deepEqual(await layouts(item), ['VV: 576, 5']);
  });
});
