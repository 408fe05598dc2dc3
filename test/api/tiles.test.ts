import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { decodePng } from '../../src/raster/decode-png.ts';
import { itemTiles } from '../../src/tiles/raster-tile.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type ParcelFixture, parcelFixture } from './parcel-fixture.ts';

/** The tile that holds a place in degrees. */
function tileOf(lon: number, lat: number, z: number): string {
  const y = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
  return `${z}/${Math.floor((lon / 360 + 0.5) * 2 ** z)}/${Math.floor(y * 2 ** z)}`;
}

describe('tiles', { skip: withoutPostgres ?? false }, () => {
  let fixture: ParcelFixture;

  before(async () => {
    fixture = await parcelFixture();
  });
  after(() => fixture?.[Symbol.asyncDispose]());

  test('parcels: what a map program reads of them, and a tile with those that lie in it', async () => {
    const facts = await fixture.json<{ tiles: string[]; bounds: number[] }>(
      '/tiles/parcels/fields/tile.json',
    );
    assert.deepEqual(facts.bounds, [10, 50, 10.019, 50.028999999999996]);
    const address = tileOf(10.0005, 50.0005, 16);
    const [z = '', x = '', y = ''] = address.split('/');
    const [template = ''] = facts.tiles;
    const answer = await fixture.get(template.replace('{z}', z).replace('{x}', x).replace('{y}', y));
    assert.equal(answer.headers.get('content-type'), 'application/vnd.mapbox-vector-tile');
    const layer = new VectorTile(new PbfReader(new Uint8Array(await answer.arrayBuffer()))).layers.parcels;
    assert.ok(layer !== undefined && layer.length > 0 && layer.length < 20);
    const found = Array.from({ length: layer.length }, (_, i) => layer.feature(i).properties);
    assert.ok(found.some(({ pid, label, crop }) => pid === 1 && label === 'P-1' && crop === 'wheat'));
    const empty = await fixture.get(`/tiles/parcels/fields/${tileOf(-60, 10, 12)}.mvt`);
    assert.deepEqual([empty.status, (await empty.arrayBuffer()).byteLength], [200, 0]);
  });

  test('a tile that the client has is not sent again, until the parcels change', async () => {
    const path = `/tiles/parcels/fields/${tileOf(10.0005, 50.0005, 14)}.mvt`;
    const tag = (await fixture.get(path)).headers.get('etag') ?? '';
    const again = () => fixture.get(path, 'alice', { headers: { 'if-none-match': `W/"x", ${tag}` } });
    const same = await again();
    assert.deepEqual([same.status, same.headers.get('etag')], [304, tag]);
    await fixture.house.store.query(
      `update furrow.dataset set fingerprint = 'another' where name = 'fields'`,
    );
    assert.equal((await again()).status, 200);
  });

  test('who may not see the dataset gets no tile, also with the mark of one; tiles outside the world are not found', async () => {
    const path = `/tiles/parcels/fields/${tileOf(10.0005, 50.0005, 14)}.mvt`;
    const tag = (await fixture.get(path)).headers.get('etag') ?? '';
    assert.equal((await fixture.get(path, 'bob', { headers: { 'if-none-match': tag } })).status, 404);
    assert.equal((await fixture.get('/tiles/parcels/fields/tile.json', 'bob')).status, 404);
    assert.equal((await fixture.get('/tiles/parcels/fields/2/4/0.mvt')).status, 404);
    assert.equal((await fixture.get('/tiles/parcels/fields/99/0/0.mvt')).status, 400);
  });

  test('images: the same picture as the runtime draws, by index and by bands', async () => {
    const collection = await openCollection(`${fixture.data}/demo`);
    const item = (await collection.items()).find(({ bands }) => bands.some(({ name }) => name === 'B08'));
    assert.ok(item);
    const address = tileOf(fixture.demo.lon, fixture.demo.lat, 13);
    const [z = 0, x = 0, y = 0] = address.split('/').map(Number);
    for (const [query, style] of [
      ['', {}],
      ['?style=ndvi', { index: 'ndvi' }],
      [
        '?style=B08,B04,B03&stretch=p5,p95',
        { bands: ['B08', 'B04', 'B03'], stretch: { percentiles: [5, 95] } },
      ],
      [
        '?style=B08&stretch=0,0.5&colors=meadow&size=512',
        { bands: ['B08'], stretch: { low: 0, high: 0.5 }, colors: 'meadow', tileSize: 512 },
      ],
    ] as const) {
      const answer = await fixture.get(`/tiles/images/demo/${item.id}/${address}.png${query}`);
      assert.equal(answer.status, 200, query);
      const ours = await (await itemTiles(item, style as Parameters<typeof itemTiles>[1])).tile(z, x, y);
      assert.ok(ours);
      const sent = new Uint8Array(await answer.arrayBuffer());
      assert.deepEqual(decodePng(sent, 'sent').rgba, decodePng(ours, 'ours').rgba, query);
    }
    const facts = await fixture.json<{ tiles: string[]; scale: { low: number } }>(
      `/tiles/images/demo/${item.id}/tile.json?style=ndvi`,
    );
    assert.ok(facts.tiles[0]?.endsWith('/{z}/{x}/{y}.png?style=ndvi'));
    assert.equal(facts.scale.low, -0.2);
    const outside = await fixture.get(`/tiles/images/demo/${item.id}/${tileOf(100, 10, 13)}.png`);
    const { width, rgba } = decodePng(new Uint8Array(await outside.arrayBuffer()), 'outside');
    assert.deepEqual([width, rgba.every((value) => value === 0)], [256, true]);
  });

  test('only configured collections: a path or an address for a name opens nothing, a wrong style is told', async () => {
    for (const name of [`${fixture.data}/demo`, 'http://127.0.0.1:9/x', '../demo', 'constructor'])
      assert.equal(
        (await fixture.get(`/tiles/images/${encodeURIComponent(name)}/x/1/0/0.png`)).status,
        404,
        name,
      );
    assert.equal((await fixture.get('/tiles/images/demo/no-such-item/1/0/0.png')).status, 404);
    const collection = await openCollection(`${fixture.data}/demo`);
    const [item] = await collection.items();
    for (const query of ['style=B99', 'style=B02,B03', 'stretch=5', 'stretch=2,1', 'colors=none', 'size=300'])
      assert.equal(
        (await fixture.get(`/tiles/images/demo/${item?.id}/1/0/0.png?${query}`)).status,
        400,
        query,
      );
  });

  test('many who go away leave the server able to draw', async () => {
    const collection = await openCollection(`${fixture.data}/demo`);
    const [item] = await collection.items();
    const address = tileOf(fixture.demo.lon, fixture.demo.lat, 14);
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const stop = new AbortController();
        const asked = fixture.get(
          `/tiles/images/demo/${item?.id}/${address}.png?stretch=0,${1 + i}`,
          'alice',
          {
            signal: stop.signal,
          },
        );
        setTimeout(() => stop.abort(), i);
        await asked.then((answer) => answer.arrayBuffer()).catch(() => undefined);
      }),
    );
    const after = await fixture.get(`/tiles/images/demo/${item?.id}/${address}.png?stretch=0,99`);
    assert.equal(after.status, 200);
  });
});
