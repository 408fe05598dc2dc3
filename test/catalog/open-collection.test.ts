import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openBand } from '../../src/catalog/open-band.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { stacCollection, stacItem, writeCollection, writeItem } from '../../src/catalog/write-stac.ts';
import {
  Cancelled,
  CollectionNotFound,
  InvalidArgument,
  InvalidFile,
  Unsupported,
} from '../../src/errors.ts';
import type { Grid } from '../../src/geometry/grid.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

const skip = sharedData() === undefined && withoutSharedData;
const season = (name: string) => sharedData('data', name) as string;

describe('real collections', { skip }, () => {
  test('of STAC 1.1 open by folder and by document, items sorted by time', async () => {
    const folder = season('s2-l2a-swiss-wheat-2022');
    const [one, other] = await Promise.all([
      openCollection(folder),
      openCollection(join(folder, 'collection.json')),
    ]);
    assert.equal(one.id, 's2-l2a-swiss-wheat-2022');
    assert.deepEqual(one.bands, other.bands);
    assert.deepEqual(
      one.bands.find(({ name }) => name === 'B8A'),
      { name: 'B8A', commonName: 'nir08', resolution: 10, dataType: 'uint16' },
    );
    const items = await one.items();
    assert.equal(items.length, 148);
    assert.deepEqual(one.problems, []);
    assert.deepEqual(
      items.map(({ datetime }) => datetime),
      items.map(({ datetime }) => datetime).sort(),
    );
    const shifted = items.filter(({ bands }) => bands.some(({ offset }) => offset === -0.1));
    assert.equal(shifted.length, 9);
    const multi = items.find(({ id }) => id.includes('arenenberg'));
    assert.deepEqual(
      multi?.bands.slice(0, 3).map(({ name, assetKey, bandIndex }) => [name, assetKey, bandIndex]),
      [
        ['B02', 'MSI', 0],
        ['B03', 'MSI', 1],
        ['B04', 'MSI', 2],
      ],
    );
  });

  test('of STAC 1.0 give the same kind of item', async () => {
    const items = await (await openCollection(season('s1s2-monthly-hesbaye-2021'))).items();
    const red = items[0]?.bands.find(({ name }) => name === 'B04');
    assert.deepEqual(red && [red.commonName, red.dataType, red.nodata, red.scale, red.offset, red.grid], [
      'red',
      'uint16',
      65535,
      0.0001,
      0,
      { crs: 'EPSG:32631', transform: [10, 0, 664000, 0, -10, 5612120], width: 100, height: 100 },
    ]);
  });

  test('are filtered by half-open interval and by place', async () => {
    const collection = await openCollection(season('s1s2-monthly-hesbaye-2021'));
    const ids = async (query: Parameters<typeof collection.items>[0]) =>
      (await collection.items(query)).map(({ id }) => id.slice(-7));
    assert.deepEqual(await ids({ interval: ['2021-03-01', '2021-05-01'] }), ['2021-03', '2021-04']);
    assert.deepEqual(await ids({ interval: [null, '2020-12-01T00:00:00.001Z'] }), ['2020-11', '2020-12']);
    assert.equal((await ids({ bbox: [5.32, 50.63, 5.33, 50.64] })).length, 12);
    assert.equal((await ids({ bbox: [6, 50, 7, 51] })).length, 0);
    await assert.rejects(collection.items({ interval: ['soon', null] }), InvalidArgument);
    await assert.rejects(collection.items({ bbox: [7, 50, 6, 51] }), InvalidArgument);
  });

  test('stop when they are told to, and go on for the next caller', async () => {
    const collection = await openCollection(season('s1s2-monthly-hesbaye-2021'));
    await assert.rejects(collection.items({ signal: AbortSignal.abort() }), Cancelled);
    assert.equal((await collection.items()).length, 12);
  });
});

describe('a collection of our own', () => {
  let folder = '';
  const grid: Grid = {
    crs: 'EPSG:32632',
    transform: [10, 0, 500_000, 0, -10, 5_200_000],
    width: 4,
    height: 3,
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-catalog-'));
    await mkdir(join(folder, 'one'));
    const cog = await encodeCog(
      { width: 4, height: 3, dataType: 'int16', bands: [new Int16Array(12), new Int16Array(12)] },
      { crs: grid.crs, transform: grid.transform, nodata: -7, scale: 0.5, offset: 2 },
    );
    await writeFile(join(folder, 'one', 'two-bands.tif'), cog);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('written by us reads back as it was', async () => {
    await writeItem(join(folder, 'one'), {
      id: 'one',
      collection: 'own',
      datetime: '2026-04-01T10:00:00Z',
      properties: { platform: 'demo' },
      assets: [
        {
          key: 'pair',
          href: './two-bands.tif',
          bands: [
            { name: 'B04', commonName: 'red' },
            { name: 'B08', commonName: 'nir' },
          ],
          dataType: 'int16',
          nodata: -7,
          scale: 0.5,
          offset: 2,
          grid,
        },
      ],
    });
    await writeCollection(folder, {
      id: 'own',
      title: 'Own',
      description: 'A test',
      bbox: [9, 46, 10, 47],
      interval: ['2026-04-01T10:00:00Z', '2026-04-01T10:00:00Z'],
      bands: [{ name: 'B04', commonName: 'red', resolution: 10, dataType: 'int16' }],
      items: ['./one/item.json'],
      parcelsHref: './parcels.geojson',
    });
    const collection = await openCollection(folder);
    assert.equal(collection.parcelsHref, join(folder, 'parcels.geojson'));
    assert.deepEqual(collection.bands, [
      { name: 'B04', commonName: 'red', resolution: 10, dataType: 'int16' },
    ]);
    const [item] = await collection.items();
    assert.deepEqual(item?.bands[1], {
      name: 'B08',
      commonName: 'nir',
      assetKey: 'pair',
      href: join(folder, 'one', 'two-bands.tif'),
      bandIndex: 1,
      dataType: 'int16',
      nodata: -7,
      scale: 0.5,
      offset: 2,
      grid,
    });
    assert.ok(Math.abs((item?.bbox[0] ?? 0) - 9) < 1e-9);
  });

  test('whose items state no grid, type or nodata takes them from the files', async () => {
    const bare = {
      type: 'Feature',
      stac_version: '1.1.0',
      id: 'bare',
      bbox: [9, 46, 10, 47],
      properties: { datetime: '2026-04-02T00:00:00Z' },
    };
    const assets = {
      data: { href: './one/two-bands.tif', bands: [{ name: 'a' }, { name: 'b' }] },
      gone: { href: './none.tif' },
    };
    await writeFile(join(folder, 'bare.json'), JSON.stringify({ ...bare, assets }));
    const [item] = await (await openCollection(join(folder, 'bare.json'))).items();
    assert.deepEqual(
      item?.bands.map(({ name, dataType, nodata, scale, offset, grid: own }) => [
        name,
        dataType,
        nodata,
        scale,
        offset,
        own,
      ]),
      [
        ['a', 'int16', -7, 0.5, 2, grid],
        ['b', 'int16', -7, 0.5, 2, grid],
      ],
    );
    assert.match(item?.problems?.[0] ?? '', /gone.*none\.tif/);
  });

  test('is corrected by the header of the file when it is opened', async () => {
    const [item] = await (await openCollection(folder)).items();
    const band = item?.bands[0];
    assert.ok(band !== undefined);
    const wrong = { ...band, nodata: 0, dataType: 'uint8' as const, grid: { ...grid, width: 8 } };
    const { band: right, raster } = await openBand(wrong);
    assert.deepEqual(right, band);
    assert.equal(raster.info.width, 4);
    assert.equal((await openBand(band)).band, band);
    await assert.rejects(openBand({ ...band, bandIndex: 2 }), InvalidFile);
  });

  test('takes stated nodata as the pixels of the file hold it', async () => {
    const pixels = Float32Array.of(-9999.9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    const image = { width: 4, height: 3, dataType: 'float32' as const, bands: [pixels] };
    await writeFile(join(folder, 'single.tif'), await encodeCog(image, grid));
    const asset = { key: 'a', href: './single.tif', bands: [{ name: 'a' }], dataType: 'float32' as const };
    const stated = stacItem({
      id: 'single',
      collection: 'own',
      datetime: '2026-04-03T00:00:00Z',
      assets: [{ ...asset, nodata: -9999.9, grid }],
    });
    await writeFile(join(folder, 'single.json'), JSON.stringify(stated));
    const [item] = await (await openCollection(join(folder, 'single.json'))).items();
    const band = item?.bands[0];
    assert.ok(band !== undefined);
    const opened = await openBand(band);
    const [read] = await opened.raster.read();
    assert.equal(opened.band.nodata, read?.[0]);
  });

  test('takes scale and offset from the file where the catalog states none, whatever else it states', async () => {
    const file = join(folder, 'late.tif');
    const stated = stacItem({
      id: 'late',
      collection: 'own',
      datetime: '2026-04-03T00:00:00Z',
      assets: [
        { key: 'plain', href: './late.tif', bands: [{ name: 'a' }], dataType: 'int16', nodata: -7, grid },
        { key: 'open', href: './late.tif', bands: [{ name: 'b' }], dataType: 'int16', grid },
        { key: 'own', href: './late.tif', bands: [{ name: 'c' }], dataType: 'int16', offset: 5, grid },
      ],
    });
    await writeFile(join(folder, 'late.json'), JSON.stringify(stated));
    // The file cannot be opened while the item is read: its values must not depend on that.
    const [item] = await (await openCollection(join(folder, 'late.json'))).items();
    const image = { width: 4, height: 3, dataType: 'int16' as const, bands: [new Int16Array(12)] };
    const { crs, transform } = grid;
    await writeFile(
      file,
      await encodeCog(image, { crs, transform, nodata: -7, scale: 0.0001, offset: -0.1 }),
    );
    const opened = await Promise.all((item?.bands ?? []).map((band) => openBand(band)));
    assert.deepEqual(
      opened.map(({ band: { name, scale, offset } }) => [name, scale, offset]),
      [
        ['a', 0.0001, -0.1],
        ['b', 0.0001, -0.1],
        ['c', 0.0001, 5],
      ],
    );
  });

  test('tries again what failed, and forgets the problem when it is over', async () => {
    const address = join(folder, 'passing.json');
    const document = stacCollection({
      id: 'passing',
      title: '',
      description: '',
      bbox: [9, 46, 10, 47],
      interval: ['', ''],
      items: ['./good.json', './mended.json', './unread.json'],
    });
    const item = (id: string, assets: object) =>
      JSON.stringify({
        ...stacItem({
          id,
          collection: 'passing',
          datetime: '2026-01-01T00:00:00Z',
          bbox: [9, 46, 10, 47],
          assets: [],
        }),
        assets,
      });
    await writeFile(address, JSON.stringify(document));
    await writeFile(join(folder, 'good.json'), item('good', {}));
    await writeFile(join(folder, 'mended.json'), '{');
    await writeFile(join(folder, 'unread.json'), item('unread', { data: { href: './unread.tif' } }));
    // A link to itself: a file that the disk refuses to open, until it is replaced.
    await symlink('unread.tif', join(folder, 'unread.tif'));
    const collection = await openCollection(address);
    const names = async () =>
      (await collection.items()).map(({ id, bands, problems = [] }) => [id, bands.length, problems.length]);
    assert.deepEqual(await names(), [
      ['good', 0, 0],
      ['unread', 0, 1],
    ]);
    assert.equal(collection.problems.length, 1);
    await writeFile(join(folder, 'mended.json'), item('mended', {}));
    await rm(join(folder, 'unread.tif'));
    const image = { width: 4, height: 3, dataType: 'int16' as const, bands: [new Int16Array(12)] };
    await writeFile(join(folder, 'unread.tif'), await encodeCog(image, grid));
    assert.deepEqual(await names(), [
      ['good', 0, 0],
      ['mended', 0, 0],
      ['unread', 1, 0],
    ]);
    assert.deepEqual(collection.problems, []);
    await rm(join(folder, 'good.json'));
    assert.equal((await names()).length, 3, 'what was read is kept');
  });

  test('that one caller stops waiting for is still read for the others, once', {
    timeout: 20_000,
  }, async () => {
    const ids = ['a', 'b', 'c'];
    const gate = Promise.withResolvers<void>();
    const asked: string[] = [];
    const begun = Promise.withResolvers<void>();
    const document = stacCollection({
      id: 'slow',
      title: 'Slow',
      description: '',
      bbox: [9, 46, 10, 47],
      interval: ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
      bands: [{ name: 'B04', resolution: 10, dataType: 'uint16' }],
      items: ids.map((id) => `./${id}.json`),
    });
    const item = (id: string) =>
      stacItem({
        id,
        collection: 'slow',
        datetime: '2026-01-01T00:00:00Z',
        bbox: [9, 46, 10, 47],
        assets: [],
      });
    const bodies = new Map<string, object>([
      ['/collection.json', document],
      ...ids.map((id): [string, object] => [`/${id}.json`, item(id)]),
    ]);
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      const late = path !== '/collection.json';
      if (late && request.method === 'GET') asked.push(path);
      if (late) begun.resolve();
      void (late ? gate.promise : Promise.resolve()).then(() =>
        response.end(request.method === 'HEAD' ? '' : JSON.stringify(bodies.get(path))),
      );
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const { port } = server.address() as AddressInfo;
      const collection = await openCollection(`http://127.0.0.1:${port}/collection.json`);
      const stop = new AbortController();
      const first = collection.items({ signal: stop.signal });
      await begun.promise;
      const second = collection.items({ signal: new AbortController().signal });
      stop.abort();
      await assert.rejects(first, Cancelled);
      gate.resolve();
      assert.deepEqual(
        (await second).map(({ id }) => id),
        ids,
      );
      assert.deepEqual(collection.problems, []);
      const requests = asked.length;
      assert.equal(new Set(asked).size, ids.length);
      await collection.items();
      assert.equal(asked.length, requests, 'nothing is asked for again');
    } finally {
      gate.resolve();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  test('goes on without the items that cannot be read, and names them', async () => {
    const good = stacItem({
      id: 'good',
      collection: 'mixed',
      datetime: '2026-01-01T00:00:00Z',
      bbox: [9, 46, 10, 47],
      assets: [],
    });
    await writeFile(join(folder, 'good.json'), JSON.stringify(good));
    await writeFile(join(folder, 'broken.json'), '{');
    const document = stacCollection({
      id: 'mixed',
      title: '',
      description: '',
      bbox: [9, 46, 10, 47],
      interval: ['', ''],
      items: ['./good.json', './broken.json', './absent.json'],
    });
    await writeFile(join(folder, 'mixed.json'), JSON.stringify(document));
    const collection = await openCollection(join(folder, 'mixed.json'));
    assert.deepEqual(
      (await collection.items()).map(({ id }) => id),
      ['good'],
    );
    assert.deepEqual(collection.problems.map(({ address }) => address.slice(folder.length + 1)).sort(), [
      'absent.json',
      'broken.json',
    ]);
  });

  test('that is not there, or no STAC, is refused by name', async () => {
    await assert.rejects(openCollection(join(folder, 'nowhere')), CollectionNotFound);
    await assert.rejects(openCollection(''), CollectionNotFound);
    await assert.rejects(openCollection(join(folder, 'one')), Unsupported);
    await assert.rejects(openCollection(join(folder, 'broken.json')), InvalidFile);
    await writeFile(join(folder, 'other.json'), '{"a":1}');
    await assert.rejects(openCollection(join(folder, 'other.json')), InvalidFile);
    const api = {
      type: 'Collection',
      stac_version: '1.0.0',
      id: 'api',
      links: [{ rel: 'items', href: 'https://example.com/items' }],
    };
    await writeFile(join(folder, 'api.json'), JSON.stringify(api));
    await assert.rejects(openCollection(join(folder, 'api.json')), Unsupported);
  });
});
