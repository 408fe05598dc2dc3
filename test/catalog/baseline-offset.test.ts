import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bandsWithoutOffset, withBaselineOffsets } from '../../src/catalog/baseline-offset.ts';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { openBand } from '../../src/catalog/open-band.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';

const transform = [10, 0, 600_000, 0, -10, 5_200_000] as const;
const crs = 'EPSG:32632';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-baseline-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function band(
  name: string,
  change: Partial<BandAsset> = {},
  header: { offset?: number } = {},
): Promise<BandAsset> {
  const href = join(folder, `${name}-${header.offset ?? 'none'}.tif`);
  const image = { width: 4, height: 4, dataType: 'uint16' as const, bands: [new Uint16Array(16).fill(3000)] };
  await writeFile(href, await encodeCog(image, { crs, transform, nodata: 0, overviews: 'none', ...header }));
  const unstated = ['offset'] as const;
  const grid = { crs, transform, width: 4, height: 4 };
  const common = {
    commonName: undefined,
    assetKey: name,
    bandIndex: 0,
    dataType: 'uint16',
    nodata: 0,
  } as const;
  return { name, ...common, href, scale: 0.0001, offset: 0, unstated, grid, ...change };
}

function item(baseline: string, bands: readonly BandAsset[], properties: Record<string, unknown> = {}): Item {
  return {
    id: 'one',
    collection: 'c',
    datetime: '2026-06-01T10:00:00Z',
    bbox: [8, 47, 9, 48],
    properties: { constellation: 'sentinel-2', 's2:processing_baseline': baseline, ...properties },
    bands,
  };
}

const offsetOf = async (one: Item) => {
  const [first] = withBaselineOffsets(one).bands;
  assert.ok(first);
  return (await openBand(first)).band.offset;
};

test('1000 is taken off reflectances of baseline 04.00 and later whose offset nobody states', async () => {
  const red = await band('B04');
  assert.ok(Math.abs((await offsetOf(item('05.09', [red]))) + 0.1) < 1e-12);
  assert.ok(Math.abs((await offsetOf(item('04.00', [red]))) + 0.1) < 1e-12);
  assert.equal(await offsetOf(item('03.01', [red])), 0);
});

test('a stated offset counts, of the item or of the header, as does an archive that took it off', async () => {
  const stated = await band('B04', { unstated: [], offset: -0.05 });
  assert.equal(await offsetOf(item('05.09', [stated])), -0.05);
  assert.equal(await offsetOf(item('05.09', [await band('B04', {}, { offset: -0.2 })])), -0.2);
  const done = item('05.09', [await band('B04')], { 'earthsearch:boa_offset_applied': true });
  assert.equal(await offsetOf(done), 0);
});

test('classes, indices and other sensors are left alone', async () => {
  const [scl, red] = [await band('SCL'), await band('B04')];
  assert.deepEqual(bandsWithoutOffset(item('05.09', [scl, red])), [red]);
  assert.deepEqual(bandsWithoutOffset(item('05.09', [red], { constellation: 'sentinel-1' })), []);
});
