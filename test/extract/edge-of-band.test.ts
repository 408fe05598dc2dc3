import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { extractImage } from '../../src/extract/extract-image.ts';
import type { Position } from '../../src/geometry/polygon.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { bandAssetOf } from '../support/band-asset.ts';

const crs = 'EPSG:32632';
const [left, top] = [600_000, 5_200_000];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-edge-'));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly pixel: number;
  readonly value: number;
  readonly dataType?: 'uint8' | 'uint16';
  readonly nodata?: number;
}

/** A band of one value whose upper left corner is the place of all bands here. */
async function band(name: string, plane: Plane): Promise<BandAsset> {
  const { width, height, pixel, value, dataType = 'uint16', nodata } = plane;
  const size = width * height;
  const pixels = dataType === 'uint8' ? new Uint8Array(size) : new Uint16Array(size);
  const transform = [pixel, 0, left, 0, -pixel, top] as const;
  const href = join(folder, `${name}-${value}-${width}-${nodata}.tif`);
  const image = { width, height, dataType, bands: [pixels.fill(value)] };
  await writeFile(href, await encodeCog(image, { crs, transform, nodata }));
  return bandAssetOf(name, href, crs, { width, height, dataType, nodata, transform });
}

const square = (x: number, side: number): Position[] => [
  [left + x, top],
  [left + x + side, top],
  [left + x + side, top - side],
  [left + x, top - side],
  [left + x, top],
];

/** NDMI pixels and mean of three parcels: left and right half of the fine bands, and across both. */
async function ndmi(bands: readonly BandAsset[]): Promise<(readonly number[])[]> {
  const item: Item = {
    id: 'one',
    collection: 'edge',
    datetime: '2026-06-01T10:00:00Z',
    bbox: [10, 46, 11, 47],
    properties: {},
    bands,
  };
  const parcels = [square(0, 160), square(160, 160), square(80, 160)].map((ring, i) => ({
    pid: i + 1,
    label: `parcel ${i + 1}`,
    crop: undefined,
    area: 2.56,
    geometry: { type: 'Polygon' as const, coordinates: [ring] },
    attributes: {},
  }));
  const { signatures } = await extractImage({
    item,
    parcels: { name: 'edge', crs, parcels },
    bands: [],
    indices: ['ndmi'],
  });
  return signatures.flatMap(({ layout, pid, n, v }) =>
    Array.from(pid, (parcel, row) => [
      parcel,
      n[row] ?? -1,
      Math.round((v[row * layout.stats.length + layout.stats.indexOf('mean')] ?? NaN) * 1000) / 1000,
    ]),
  );
}

const fine = { width: 32, height: 16, pixel: 10 };
const leftHalf = { width: 8, height: 8, pixel: 20 };
const expected = [
  [1, 256, 0.5],
  [3, 128, 0.5],
];

test('beyond the edge of a coarser band without nodata an index has no pixels', async () => {
  const nir = await band('nir', { ...fine, value: 3000 });
  assert.deepEqual(await ndmi([nir, await band('swir16', { ...leftHalf, value: 1000 })]), expected);
});

test('nor where its nodata is no number that its pixels can hold', async () => {
  const nir = await band('nir', { ...fine, value: 3000 });
  const swir = await band('swir16', { ...leftHalf, value: 1000 });
  assert.deepEqual(await ndmi([nir, { ...swir, nodata: -9999 }]), expected);
});

test('beyond the edge of the scene classification nothing is clear, whatever its nodata', async () => {
  const bands = [await band('nir', { ...fine, value: 3000 }), await band('swir16', { ...fine, value: 1000 })];
  const scl = await band('scl', { ...leftHalf, value: 4, dataType: 'uint8', nodata: 255 });
  assert.deepEqual(await ndmi([...bands, scl]), expected);
});

test('nodata of the scene classification is not clear', async () => {
  const bands = [await band('nir', { ...fine, value: 3000 }), await band('swir16', { ...fine, value: 1000 })];
  const scl = await band('scl', { ...fine, value: 255, dataType: 'uint8', nodata: 255 });
  assert.deepEqual(await ndmi([...bands, scl]), []);
});
