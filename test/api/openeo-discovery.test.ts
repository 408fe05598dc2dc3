import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { processes } from '../../src/processes/registry.ts';
import { type OpeneoRoom, startOpeneo } from './openeo-room.ts';
import { openeoSchemas } from './openeo-schemas.ts';

const conforms = openeoSchemas();

describe('the openEO API says what it has', () => {
  let room: OpeneoRoom;
  let places: string;
  before(async () => {
    places = await mkdtemp(join(tmpdir(), 'furrow-places-'));
    await mkdir(join(places, 'bare'));
    await writeFile(join(places, 'odd.json'), '{"type": "Collection"}');
    const broken = `gone=${places}/gone,bare=${places}/bare,odd=${places}/odd.json,two words=${places}/odd.json`;
    room = await startOpeneo({ environment: { FURROW_COLLECTIONS: broken } });
  });
  after(async () => {
    await room?.[Symbol.asyncDispose]();
    await rm(places, { recursive: true, force: true });
  });

  test('the well-known document leads to it', async () => {
    const { json } = await room.call('GET', `${room.server.url}/.well-known/openeo`);
    conforms?.('GET /.well-known/openeo', 200, json);
    const [{ url, api_version: version }] = json.versions;
    assert.equal(version, '1.2.0');
    assert.equal((await room.call('GET', url)).json.api_version, '1.2.0');
  });

  test('what is announced is there, and answers by the schema of the API', async () => {
    const { json } = await room.call('GET', '/');
    conforms?.('GET /', 200, json);
    const announced = json.endpoints.flatMap(({ path, methods }: { path: string; methods: string[] }) =>
      methods.map((method) => `${method} ${path}`),
    );
    assert.equal(new Set(announced).size, announced.length);
    assert.ok(announced.includes('DELETE /jobs/{job_id}/results') && announced.includes('POST /validation'));
    // Without an identity provider and without the operation that tells an estimate.
    assert.ok(
      !announced.some((operation: string) => /oidc|estimate|stream|signed/.test(operation)),
      announced,
    );
    for (const operation of announced as string[]) {
      if (!operation.startsWith('GET ') || operation.includes('{') || operation.includes('credentials'))
        continue;
      const answer = await room.call('GET', operation.slice(4));
      assert.equal(answer.status, 200, operation);
      assert.equal(answer.headers.get('content-type'), 'application/json', operation);
      conforms?.(operation, 200, answer.json);
    }
    assert.deepEqual(
      json.billing.plans.map(({ name, paid }: { name: string; paid: boolean }) => [name, paid]),
      [['free', false]],
    );
  });

  test('a collection is STAC with the cube that load_collection makes, and tells no place on this machine', async () => {
    const { json } = await room.call('GET', '/collections/demo');
    conforms?.('GET /collections/{collection_id}', 200, json);
    const { x, t, bands } = json['cube:dimensions'];
    assert.equal(x.reference_system, 32632);
    assert.equal(x.step, 10);
    assert.ok(x.extent[0] > 600_000 && x.extent[1] - x.extent[0] > 900, `${x.extent}`);
    assert.deepEqual(
      bands.values,
      json.bands.map(({ name }: { name: string }) => name),
    );
    assert.deepEqual(t.extent, json.extent.temporal.interval[0]);
    assert.equal(json.license, 'CC0-1.0');
    const all = JSON.stringify([json, (await room.call('GET', '/collections')).json]);
    for (const trace of ['/demo/collection.json', 'file:', '/tmp', 'item.json', 'parcels'])
      assert.ok(!all.includes(trace), trace);
    for (const { href } of json.links) assert.ok(href.startsWith(room.server.url), href);
  });

  test('a configured collection that cannot be read is left out of the list, and asked for it tells no place', async () => {
    const { json } = await room.call('GET', '/collections');
    assert.deepEqual(
      json.collections.map(({ id }: { id: string }) => id),
      ['demo'],
    );
    for (const [id, status] of [
      ['gone', 404],
      ['bare', 502],
      ['odd', 502],
      ['two%20words', 404],
    ] as const) {
      const answer = await room.call('GET', `/collections/${id}`);
      assert.equal(answer.status, status, id);
      assert.ok(!answer.bytes.toString().includes(places), answer.bytes.toString());
      conforms?.('GET /collections/{collection_id}', status, answer.json);
    }
    assert.ok(room.server.log().includes(`${places}/bare`), 'the log says where');
  });

  test('what images can be filtered by is a JSON Schema of their properties', async () => {
    const { json, headers } = await room.call('GET', '/collections/demo/queryables');
    assert.equal(headers.get('content-type'), 'application/schema+json');
    conforms?.('GET /collections/{collection_id}/queryables', 200, json);
    assert.deepEqual(json.properties['eo:cloud_cover'], { type: 'number' });
  });

  test('a collection that is not configured is none, and paths and addresses are not opened', async () => {
    for (const id of [
      'nowhere',
      encodeURIComponent('../demo'),
      encodeURIComponent('/tmp'),
      '%00',
      '__proto__',
    ]) {
      const { status, json } = await room.call('GET', `/collections/${id}`);
      assert.equal(status, 404, id);
      assert.equal(json.code, 'CollectionNotFound');
      conforms?.('GET /collections/{collection_id}', 404, json);
      assert.equal((await room.call('GET', `/collections/${id}/queryables`)).status, 404);
    }
  });

  test('processes come all at once, or page by page by the links of the answers', async () => {
    const all = (await room.call('GET', '/processes')).json.processes;
    assert.equal(all.length, processes.size);
    const paged: unknown[] = [];
    let next: string | undefined = '/processes?limit=40';
    while (next !== undefined) {
      const { json } = await room.call('GET', next);
      paged.push(...json.processes);
      next = json.links.find(({ rel }: { rel: string }) => rel === 'next')?.href;
    }
    assert.deepEqual(paged, all);
    assert.equal((await room.call('GET', '/processes?limit=0')).status, 400);
  });

  test('alone any name logs in, by name and password only', async () => {
    const header = { authorization: `Basic ${Buffer.from('anybody:anything').toString('base64')}` };
    const { json, headers } = await room.call('GET', '/credentials/basic', undefined, header);
    conforms?.('GET /credentials/basic', 200, json);
    assert.equal(headers.get('cache-control'), 'no-store');
    const token = { authorization: `Bearer basic//${json.access_token}` };
    const me = await room.call('GET', '/me', undefined, token);
    conforms?.('GET /me', 200, me.json);
    assert.equal(me.json.user_id, 'owner');
    assert.equal((await room.call('GET', '/me')).json.user_id, 'owner');
    assert.equal((await room.call('GET', '/credentials/basic')).status, 401);
    const again = await room.call('GET', '/credentials/basic', undefined, token);
    assert.equal(again.status, 403);
    assert.equal(again.json.code, 'AuthenticationSchemeInvalid');
  });
});
