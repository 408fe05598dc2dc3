import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decode } from 'fast-png';
import { type Json, ndviGraph, type OpeneoRoom, startOpeneo } from './openeo-room.ts';
import { openeoSchemas } from './openeo-schemas.ts';

const conforms = openeoSchemas();

describe('services at the openEO door', () => {
  let room: OpeneoRoom;
  before(async () => {
    room = await startOpeneo();
  });
  after(() => room?.[Symbol.asyncDispose]());
  const service = (more = {}) =>
    room.call('POST', '/services', { type: 'xyz', process: { process_graph: ndviGraph('PNG') }, ...more });
  /** The tile of zoom 15 in the middle of the season. */
  const tileOf = async (url: string, zoom = 15) => {
    const { json } = await room.call('GET', '/collections/demo');
    const [west, south, east, north] = json.extent.spatial.bbox[0];
    const [lon, lat] = [(west + east) / 2, ((south + north) / 2 / 180) * Math.PI];
    const x = Math.floor(((lon + 180) / 360) * 2 ** zoom);
    const y = Math.floor(((1 - Math.asinh(Math.tan(lat)) / Math.PI) / 2) * 2 ** zoom);
    return url.replace('{z}', `${zoom}`).replace('{x}', `${x}`).replace('{y}', `${y}`);
  };

  test('a service draws tiles at an address that needs no login, until it is switched off or deleted', async () => {
    const made = await service({ title: 'NDVI', configuration: { min: 0, max: 1, colors: 'ndvi' } });
    assert.equal(made.status, 201, made.bytes.toString());
    const id = made.headers.get('openeo-identifier');
    assert.equal(made.headers.get('location'), `${room.server.url}/openeo/1.2/services/${id}`);
    const { json } = await room.call('GET', `/services/${id}`);
    conforms?.('GET /services/{service_id}', 200, json);
    assert.deepEqual([json.type, json.enabled, json.title], ['XYZ', true, 'NDVI']);
    assert.deepEqual(json.configuration, { min: 0, max: 1, colors: 'ndvi' });
    const address = await tileOf(json.url);
    const tile = await room.call('GET', address);
    assert.equal(tile.headers.get('content-type'), 'image/png', tile.bytes.toString());
    const { width, channels, data } = decode(tile.bytes);
    assert.deepEqual([width, channels], [256, 4]);
    const opaque = data.filter((_, i) => i % 4 === 3 && data[i] === 255).length;
    assert.ok(opaque > 5_000 && new Set(data.filter((_, i) => i % 4 === 0)).size > 5, `${opaque} pixels`);
    const away = await room.call('GET', json.url.replace('{z}/{x}/{y}', '15/0/0'));
    assert.ok(decode(away.bytes).data.every((value) => value === 0));
    assert.equal((await room.call('GET', json.url.replace('{z}/{x}/{y}', '3/8/0'))).status, 400);
    assert.equal((await room.call('GET', json.url.replace('{z}/{x}/{y}', '-1/0/x'))).status, 400);
    const token = new URL(json.url.replaceAll(/[{}]/g, '')).pathname.split('/')[2] ?? '';
    assert.equal((await room.call('GET', address.replace(token, `x${token}`))).status, 404);

    const listed = (await room.call('GET', '/services')).json;
    conforms?.('GET /services', 200, listed);
    assert.ok(listed.services.some((one: Json) => one.id === id && !('process' in one)));
    assert.equal((await room.call('PATCH', `/services/${id}`, {})).status, 204);
    assert.equal((await room.call('PATCH', `/services/${id}`, { enabled: false })).status, 204);
    assert.equal((await room.call('GET', address)).json.code, 'ServiceNotFound');
    assert.equal((await room.call('PATCH', `/services/${id}`, { enabled: true })).status, 204);
    assert.equal((await room.call('GET', address)).status, 200);
    assert.equal((await room.call('DELETE', `/services/${id}`)).status, 204);
    assert.equal((await room.call('GET', address)).status, 404);
    assert.equal((await room.call('GET', `/services/${id}`)).json.code, 'ServiceNotFound');
  });

  test('what is announced of the type is what is taken, all else is refused by its code', async () => {
    const { json } = await room.call('GET', '/service_types');
    assert.deepEqual(Object.keys(json), ['XYZ']);
    assert.deepEqual(Object.keys(json.XYZ.configuration), ['min', 'max', 'colors', 'tile_size']);
    const refused: [more: object, code: string][] = [
      [{ type: 'WMS' }, 'ServiceUnsupported'],
      [{ configuration: { styles: 1 } }, 'ServiceConfigUnsupported'],
      [{ configuration: { min: 2, max: 1 } }, 'ServiceConfigInvalid'],
      [
        { process: { process_graph: { a: { process_id: 'hop', arguments: {}, result: true } } } },
        'ProcessUnsupported',
      ],
      [{ plan: 'gold' }, 'BillingPlanInvalid'],
    ];
    for (const [more, code] of refused) {
      const answer = await service(more);
      assert.deepEqual([answer.status, answer.json.code], [400, code]);
      conforms?.('POST /services', 400, answer.json);
    }
  });
});
