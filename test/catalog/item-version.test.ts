import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Item } from '../../src/catalog/item.ts';
import { fileVersions, itemVersion, withoutQuery } from '../../src/catalog/item-version.ts';
import { readItem } from '../../src/catalog/read-item.ts';
import { allowHostOf } from '../../src/storage/egress.ts';
import { rangeServer } from '../storage/range-server.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-version-'));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Stated {
  readonly href?: string;
  readonly asset?: Record<string, unknown>;
  readonly properties?: Record<string, unknown>;
}

function read({
  href = 'https://example.com/red.tif',
  asset = {},
  properties = {},
}: Stated = {}): Promise<Item> {
  const document = {
    type: 'Feature',
    id: 'one',
    collection: 'c',
    bbox: [8, 47, 9, 48],
    properties: {
      datetime: '2026-06-01T10:00:00Z',
      'proj:epsg': 32632,
      'proj:shape': [4, 4],
      'proj:transform': [10, 0, 600000, 0, -10, 5200000],
      ...properties,
    },
    assets: {
      red: {
        href,
        type: 'image/tiff; application=geotiff',
        'raster:bands': [{ data_type: 'uint16', nodata: 0 }],
        ...asset,
      },
    },
  };
  return readItem(document, join(folder, 'item.json'));
}

test('an item has another version when its address, checksum, size, time of change or scaling is another', async () => {
  const version = async (stated?: Stated) => itemVersion(await read(stated));
  const plain = await version();
  assert.equal(await version(), plain);
  const others = await Promise.all([
    version({ href: 'https://example.com/other.tif' }),
    version({ asset: { 'file:checksum': '1220aa' } }),
    version({ asset: { 'file:checksum': '1220bb' } }),
    version({ asset: { 'file:size': 12 } }),
    version({ asset: { updated: '2026-07-01T00:00:00Z' } }),
    version({ properties: { updated: '2026-07-01T00:00:00Z' } }),
    version({ properties: { 's2:generation_time': '2026-07-01T00:00:00Z' } }),
    version({ asset: { 'raster:bands': [{ data_type: 'uint16', nodata: 0, offset: -0.1 }] } }),
  ]);
  assert.equal(new Set([plain, ...others]).size, others.length + 1);
});

test('a signature in the address, clouds and titles make no other version', async () => {
  const plain = itemVersion(await read());
  assert.equal(itemVersion(await read({ href: 'https://example.com/red.tif?sig=abc&se=2026' })), plain);
  for (const [signed, kept] of [
    ['zip+https://host/a.zip?sig=1&x=2!/in/red?.tif', 'zip+https://host/a.zip!/in/red?.tif'],
    ['/vsitar/{/vsicurl/https://host/a?sig=1}/red.tif', '/vsitar/{/vsicurl/https://host/a}/red.tif'],
    ['zip+https://host/a.zip!/in/red?.tif', 'zip+https://host/a.zip!/in/red?.tif'],
    ['zip+file:///data/what?.zip!/red.tif', 'zip+file:///data/what?.zip!/red.tif'],
    ['/data/what?.tif', '/data/what?.tif'],
  ] as const)
    assert.equal(withoutQuery(signed), kept);
  assert.equal(itemVersion(await read({ properties: { 'eo:cloud_cover': 3, title: 'new' } })), plain);
});

test('local files are told apart by size and time of change, copies with the same are not', async () => {
  const href = join(folder, 'local.tif');
  const version = async () => (await fileVersions([await read({ href })], 'local'))[0];
  await writeFile(href, 'abcd');
  await utimes(href, 1_700_000_000, 1_700_000_000);
  const first = await version();
  assert.ok(first);
  await rm(href);
  assert.equal(await version(), undefined);
  await writeFile(href, 'abcd');
  await utimes(href, 1_700_000_000, 1_700_000_000);
  assert.equal(await version(), first);
  await utimes(href, 1_700_000_000, 1_700_000_060);
  assert.notEqual(await version(), first);
  assert.deepEqual(await fileVersions([await read({ href })], 'none'), [undefined]);
});

test('remote files are asked for their ETag only when that is wanted', async () => {
  const options = { etag: '"first"' };
  await using server = await rangeServer({ '/red.tif': Buffer.from('abcd') }, options);
  allowHostOf(new URL(server.origin));
  const item = await read({ href: `${server.origin}/red.tif` });
  assert.deepEqual(await fileVersions([item], 'local'), [undefined]);
  assert.equal(server.ranges.length, 0);
  const [first] = await fileVersions([item], 'all');
  assert.ok(first);
  assert.deepEqual(await fileVersions([item], 'all'), [first]);
  options.etag = '"second"';
  assert.notEqual((await fileVersions([item], 'all'))[0], first);
});
