import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { removeDataset } from '../../src/store/datasets.ts';
import { placeDataset } from '../../src/store/place-dataset.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { placed, placedSet, storedSeason } from '../store/placed-season.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { basic, openParcelHouse, type ParcelHouse } from '../support/parcel-house.ts';

interface Listed {
  readonly name: string;
  readonly owner: string;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

/** alice and bob have `mine` of 2026 (12 and 4 parcels), alice's is public, bob's his own; cem and dora have none. */
describe('datasets of one name', { skip: withoutPostgres ?? false }, () => {
  let house: ParcelHouse;
  let data: string;
  let alices: number;
  let bobs: number;

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'furrow-names-'));
    house = await openParcelHouse({
      data,
      accounts: ['alice', 'bob', 'cem', 'dora'],
      fill: async (service) => {
        const [alice, bob] = [storeFor(service, 'alice'), storeFor(service, 'bob')];
        ({ dataset: alices } = await storedSeason(alice, 'mine', { count: 12 }));
        ({ dataset: bobs } = await saveParcels(
          bob,
          placedSet(
            'mine',
            [1, 2, 3, 4].map((pid) => placed(pid, [20, 40 + pid])),
          ),
        ));
        for (const store of [alice, bob]) await placeDataset(store, 'mine', { year: 2026 });
        await alice.query(`insert into furrow.grants (dataset_id, role) values ($1, 'public')`, [alices]);
      },
    });
  });
  after(async () => {
    await house?.[Symbol.asyncDispose]();
    await rm(data, { recursive: true, force: true });
  });

  const as = (who: string) => storeFor(house.store, who);
  const get = (who: string, path: string) =>
    fetch(path.startsWith('http') ? path : `${house.server.url}${path}`, {
      headers: { authorization: basic(who) },
    });
  async function json<T = Record<string, unknown>>(who: string, path: string): Promise<T> {
    const answer = await get(who, path);
    assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
    return (await answer.json()) as T;
  }
  const listed = async (who: string) => (await json<{ datasets: Listed[] }>(who, '/parcels')).datasets;
  const names = async (who: string) => (await listed(who)).map(({ name, owner }) => [name, owner]);
  const seen = async (who: string, name: string) =>
    (await json<{ parcels: number }>(who, `/parcels/${name}`)).parcels;

  test('a list names them so that each name leads to its dataset, and every link does', async () => {
    assert.deepEqual(await names('cem'), [['mine', 'alice']]);
    assert.deepEqual(await names('bob'), [
      ['alice/mine', 'alice'],
      ['mine', 'bob'],
    ]);
    for (const { name, owner, links } of await listed('bob')) {
      const facts = await json<Listed & { parcels: number }>('bob', links[0]?.href ?? '');
      assert.deepEqual([facts.name, facts.parcels], [name, owner === 'alice' ? 12 : 4]);
      const [tiles, items] = ['tiles', 'items'].map(
        (rel) => facts.links.find((link) => link.rel === rel)?.href ?? '',
      );
      const {
        name: titled,
        bounds,
        tiles: templates,
      } = await json<{ name: string; bounds: number[]; tiles: string[] }>('bob', tiles ?? '');
      assert.deepEqual([titled, Math.round(bounds[0] ?? 0)], [name, owner === 'alice' ? 10 : 20]);
      assert.ok(templates[0]?.includes(`/tiles/parcels/${encodeURIComponent(name)}/{z}/{x}/{y}.mvt`));
      const tile = await get('bob', (templates[0] ?? '').replace('{z}/{x}/{y}', '0/0/0'));
      assert.equal(tile.status, 200);
      const page = await json<{ numberReturned: number; links: { href: string }[] }>(
        'bob',
        `${items}?limit=3`,
      );
      const rest = await json<{ numberReturned: number }>('bob', page.links[0]?.href ?? '');
      assert.deepEqual([page.numberReturned, rest.numberReturned], [3, owner === 'alice' ? 3 : 1]);
    }
  });

  test('OWNER/NAME is one segment of the path', async () => {
    assert.equal(await seen('bob', 'alice%2Fmine'), 12);
    assert.equal(await seen('bob', 'alice%2fmine'), 12);
    assert.equal(await seen('bob', 'bob%2Fmine'), 4);
    const feature = await json<{ properties: { label: string } }>('bob', '/parcels/alice%2Fmine/7');
    assert.equal(feature.properties.label, 'P-7');
    const season = await json<{ dataset: string; dates: unknown[] }>(
      'bob',
      '/parcels/alice%2Fmine/7/series?band=B04',
    );
    assert.deepEqual([season.dataset, season.dates.length], ['alice/mine', 3]);
    await json('bob', '/parcels/alice%2Fmine/statistics?day=2026-03-28');
    assert.equal((await get('bob', '/parcels/alice/mine')).status, 400);
  });

  test('a name that meant the dataset of another means the own one as soon as there is one, and the other again without it', async () => {
    const dates = async () =>
      (await json<{ dates: unknown[] }>('cem', '/parcels/mine/1/series?band=B04')).dates.length;
    const answers: number[] = [await dates(), await dates()];
    await storedSeason(as('cem'), 'mine', { count: 2, of: 1 });
    answers.push(await dates(), await seen('cem', 'mine'));
    await removeDataset(as('cem'), 'mine');
    answers.push(await dates(), await seen('cem', 'mine'));
    assert.deepEqual(answers, [3, 3, 1, 2, 3, 12]);
  });

  test('several of others are listed by their owners, also where one alone was asked for just before', async () => {
    assert.equal(await seen('dora', 'mine'), 12);
    await json('dora', '/parcels/mine/1/series?band=B04');
    await as('bob').query(`insert into furrow.grants (dataset_id, role) values ($1, 'dora')`, [bobs]);
    for (const path of ['', '/items', '/1', '/1/series?band=B04', '/statistics?day=2026-03-28&index=B04']) {
      const answer = await get('dora', `/parcels/mine${path}`);
      const { code, message } = (await answer.json()) as { code: string; message: string };
      assert.deepEqual([answer.status, code], [400, 'DatasetAmbiguous'], path);
      assert.match(message, /alice\/mine, bob\/mine/);
    }
    assert.equal((await get('dora', '/tiles/parcels/mine/0/0/0.mvt')).status, 400);
    assert.deepEqual(await names('dora'), [
      ['alice/mine', 'alice'],
      ['bob/mine', 'bob'],
    ]);
    await as('bob').query(`delete from furrow.grants where role = 'dora'`);
    assert.equal(await seen('dora', 'mine'), 12);
  });

  test('what is not there and what may not be seen are told in the same words', async () => {
    const told = async (path: string) => {
      const answer = await get('cem', path);
      const { code, message } = (await answer.json()) as { code: string; message: string };
      return [answer.status, code, message.replace(/bob\/(mine|none)/, '?')];
    };
    for (const rest of ['', '/items', '/1', '/1/series', '/statistics?day=2026-03-28']) {
      const there = await told(`/parcels/bob%2Fmine${rest}`);
      assert.equal(there[0], 404, rest);
      assert.deepEqual(there, await told(`/parcels/bob%2Fnone${rest}`));
    }
    for (const rest of ['tile.json', '0/0/0.mvt'])
      assert.deepEqual(
        await told(`/tiles/parcels/bob%2Fmine/${rest}`),
        await told(`/tiles/parcels/bob%2Fnone/${rest}`),
      );
  });

  test('areas of checks by monitoring follow the same rule', async () => {
    const parcel = async (who: string, aoi: string) => {
      const answer = await get(who, `/query/parcelByID?aoi=${encodeURIComponent(aoi)}&year=2026&pid=P-4`);
      const { clon } = (await answer.json()) as { clon?: readonly number[] };
      return clon === undefined ? answer.status : Math.floor(clon[0] ?? 0);
    };
    assert.deepEqual(
      await Promise.all([
        parcel('bob', 'MINE'),
        parcel('bob', 'Alice/Mine'),
        parcel('cem', 'mine'),
        parcel('cem', 'bob/mine'),
      ]),
      [20, 10, 10, 404],
    );
    const areas = async (who: string, aoi = '') =>
      Object.keys((await json<{ aois: object }>(who, `/query/info?aoi=${encodeURIComponent(aoi)}`)).aois);
    assert.deepEqual((await areas('bob')).sort(), ['alice/mine', 'mine']);
    assert.deepEqual(await areas('cem'), ['mine']);
    assert.deepEqual(await areas('bob', 'ALICE/mine'), ['alice/mine']);
    await as('bob').query(`insert into furrow.grants (dataset_id, role) values ($1, 'dora')`, [bobs]);
    assert.equal(await parcel('dora', 'mine'), 400);
    assert.deepEqual((await areas('dora', 'mine')).sort(), ['alice/mine', 'bob/mine']);
  });
});
