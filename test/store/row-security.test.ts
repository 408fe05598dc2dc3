import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DatasetNotFound, InvalidArgument, LimitExceeded } from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { findDataset, listDatasets, removeDataset } from '../../src/store/datasets.ts';
import { registerImages } from '../../src/store/images.ts';
import { ensureLayout, listLayouts } from '../../src/store/layouts.ts';
import { loadParcels } from '../../src/store/load-parcels.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { series } from '../../src/store/series.ts';
import type { Queryable, Store } from '../../src/store/store.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

/** As many different ones. */
const names = (many: number) => Array.from({ length: many }, (_, i) => `b${i}`);

describe('row-level security', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  const stores = new Map<string, Store>();
  const as = (role: string): Store => {
    const store = stores.get(role);
    assert.ok(store);
    return store;
  };
  let dataset: number;

  /** Everything that hangs on a dataset, as one role sees it. */
  const tables = [
    'dataset',
    'grants',
    'parcel',
    'image',
    'extraction',
    'layout',
    'signature',
    'histogram',
    'sigs',
    'hists',
    'dias_catalogue',
  ];
  async function seen(store: Store): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const table of tables) {
      const [row] = await store.query<{ n: number }>(`select count(*) as n from furrow.${table}`);
      counts[table] = row?.n ?? -1;
    }
    return counts;
  }
  const nothing = Object.fromEntries(tables.map((table) => [table, 0]));

  before(async () => {
    postgres = await startPostgres();
    const database = await postgres.createDatabase();
    await (await openPostgresStore(postgres.url(database))).close();
    await postgres.psql(
      database,
      'alter role furrow_service login',
      ...['alice', 'bob', 'carol'].map((role) => `create role ${role} login in role furrow_user`),
      'create role stranger login',
    );
    for (const role of ['furrow_service', 'alice', 'bob', 'carol', 'postgres'])
      stores.set(role, await openPostgresStore(postgres.url(database, role)));
    ({ dataset } = await saveParcels(as('alice'), squareParcels('alices', 3)));
    await registerImages(as('alice'), { dataset, recipe: 'one', images: images(2) });
    const claim = await claimImage(as('alice'), { dataset });
    assert.ok(claim);
    await writeImage(as('alice'), claim, rowsOf(0, [1, 2, 3], ['B04']));
  });
  after(async () => {
    await Promise.all([...stores.values()].map((store) => store.close()));
    await postgres?.stop();
  });

  test('who made a dataset sees and writes it', async () => {
    assert.deepEqual(await seen(as('alice')), {
      ...nothing,
      dataset: 1,
      parcel: 3,
      image: 2,
      extraction: 2,
      layout: 1,
      signature: 3,
      histogram: 3,
      sigs: 3,
      hists: 3,
      dias_catalogue: 2,
    });
  });

  test('a role without a grant sees nothing, and cannot write or make partitions', async () => {
    assert.deepEqual(await seen(as('bob')), nothing);
    await assert.rejects(findDataset(as('bob'), 'alices'), DatasetNotFound);
    await assert.rejects(saveParcels(as('bob'), squareParcels('alice/alices', 1)), DatasetNotFound);
    await assert.rejects(
      registerImages(as('bob'), { dataset, recipe: 'one', images: images(1) }),
      /no right to write/,
    );
    const forged = [
      `insert into furrow.grants (dataset_id, role) values (${dataset}, 'bob')`,
      `insert into furrow.parcel (dataset_id, pid, label, geom, area) values (${dataset}, 9, '', 'SRID=4326;POLYGON EMPTY', 0)`,
      `insert into furrow.signature (dataset_id, day, pid, image_id, n, layout_id, v) values (${dataset}, '2026-03-28', 9, 9, 9, 1, '{}')`,
      `insert into furrow.dataset (name, owner) values ('forged', 'alice')`,
    ];
    for (const sql of forged) await assert.rejects(as('bob').query(sql), /row-level security/);
    await assert.rejects(
      as('bob').query('select furrow.rewrite_month($1, $2)', [dataset, '2026-03-28']),
      /no right to write/,
    );
    await assert.rejects(
      as('bob').query(`select * from furrow.signature_${dataset}_2026_03`),
      /permission denied/,
    );
  });

  test('layouts come by the checked function alone, as many as a dataset keeps, and stop nobody else', async () => {
    const layout = { sensor: 'mine', bands: ['B04'], stats: ['mean'] };
    for (const sql of [
      `insert into furrow.layout (dataset_id, id, sensor, bands, stats) values (${dataset}, 9, 'mine', '{B04}', '{mean}')`,
      `update furrow.layout set bands = '{mine}'`,
      'delete from furrow.layout',
      'update furrow.dataset set layouts = 0',
    ])
      for (const role of ['alice', 'bob', 'furrow_service'])
        await assert.rejects(as(role).query(sql), /permission denied/);
    await assert.rejects(ensureLayout(as('bob'), dataset, layout), /no right to write/);
    const { dataset: own } = await saveParcels(as('bob'), squareParcels('of bob', 1));
    for (const [wrong, refusal] of [
      [{ ...layout, sensor: '' }, /a name of 1 to 200 characters/],
      [{ ...layout, bands: [] }, /a name of 1 to 200 characters/],
      [{ ...layout, stats: ['m'.repeat(201)] }, /a name of 1 to 200 characters/],
      [{ ...layout, bands: names(32_769) }, /would have 32769 columns .* no more than 32768/],
      [{ ...layout, bands: names(70_000) }, /would have 70000 numbers .* no more than 65536/],
    ] as const)
      await assert.rejects(
        ensureLayout(as('bob'), own, wrong),
        (error) => error instanceof LimitExceeded && refusal.test(error.message),
      );
    for (let many = 1; many <= 256; many++)
      assert.equal(await ensureLayout(as('bob'), own, { ...layout, sensor: `mine ${many}` }), many);
    await assert.rejects(
      ensureLayout(as('bob'), own, layout),
      (error) =>
        error instanceof LimitExceeded && /has 256 layouts .* no more than 256 are kept/.test(error.message),
    );
    assert.equal(await ensureLayout(as('bob'), own, { ...layout, sensor: 'mine 7' }), 7);
    await assert.rejects(
      as('bob').query('select furrow.ensure_layout($1, null, null, null)', [own]),
      /a name of/,
    );
    assert.deepEqual(
      (await listLayouts(as('alice'), dataset)).map(({ id, bands }) => [id, bands]),
      [[1, ['B04']]],
    );
    assert.equal((await series(as('alice'), { dataset, pids: [1], bands: ['B04'] })).rows, 1);
    await removeDataset(as('bob'), 'of bob');
    assert.deepEqual(await seen(as('bob')), nothing);
  });

  test('writers that bring the same new layouts at once agree on their numbers', async () => {
    const { dataset: own } = await saveParcels(as('alice'), squareParcels('together', 1));
    const write = async (queryable: Queryable) => {
      const ids: number[] = [];
      for (const sensor of ['one', 'two', 'three'])
        ids.push(await ensureLayout(queryable, own, { sensor, bands: ['B04'], stats: ['mean'] }));
      return ids;
    };
    const [wrote, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = as('alice').transaction(async (queryable) => {
      const ids = await write(queryable);
      wrote.resolve();
      await go.promise;
      return ids;
    });
    await wrote.promise;
    const second = as('alice').transaction(write);
    const waits = `select 1 as one from pg_stat_activity where usename = 'alice' and wait_event_type = 'Lock'`;
    while ((await as('alice').query(waits)).length === 0) await delay(5);
    go.resolve();
    assert.deepEqual(await Promise.all([first, second]), [
      [1, 2, 3],
      [1, 2, 3],
    ]);
    await removeDataset(as('alice'), 'together');
  });

  test('what was read for one identity is told to no other', async () => {
    const ask = async (name: string, pids: readonly number[]) => {
      const answer = await series(storeFor(as('furrow_service'), name), { dataset, pids, bands: ['B04'] });
      const { rows, images: found, bands } = answer;
      return { rows, images: found.length, stats: Object.keys(bands.get('B04')?.stats ?? {}).length };
    };
    for (const pids of [[1], [1, 2]]) {
      const all = { rows: pids.length, images: 1, stats: 7 };
      assert.deepEqual(await ask('alice', pids), all);
      assert.deepEqual(await ask('alice', pids), all);
      assert.deepEqual(await ask('bob', pids), { rows: 0, images: 0, stats: 0 });
      assert.deepEqual(await ask('alice', pids), all);
    }
  });

  test('two owners have an image of one name each for themselves', async () => {
    const { dataset: own } = await saveParcels(as('bob'), squareParcels('of bob', 1));
    const poisoned = images(2).map((image) => ({ ...image, assets: { B04: '/mine' }, cloud: 99 }));
    await registerImages(as('bob'), { dataset: own, recipe: 'one', images: poisoned });
    const assets = (role: string) =>
      as(role).query('select dataset_id, assets, cloud from furrow.image order by datetime');
    const alices = [0, 1].map((i) => ({ dataset_id: dataset, assets: { B04: `/data/${i}.tif` }, cloud: i }));
    assert.deepEqual(await assets('alice'), alices);
    assert.deepEqual(
      await assets('bob'),
      alices.map((image) => ({ ...image, dataset_id: own, assets: { B04: '/mine' }, cloud: 99 })),
    );
    assert.deepEqual(
      await as('bob').query(`update furrow.image set cloud = 0 where dataset_id = ${dataset} returning id`),
      [],
    );
    await assert.rejects(
      as('bob').query(
        `insert into furrow.image (dataset_id, collection, reference, sensor, datetime) values (${dataset}, 'c', 'r', 's', now())`,
      ),
      /row-level security/,
    );
    await assert.rejects(
      as('bob').query(`update furrow.image set dataset_id = ${dataset}`),
      /permission denied/,
    );
    await removeDataset(as('bob'), 'of bob');
    assert.deepEqual(await assets('alice'), alices);
  });

  test('a variable does not make somebody else of a user', async () => {
    for (const name of ['alice', 'furrow_service']) {
      const rows = await as('bob').transaction(async (queryable) => {
        await queryable.query(`select set_config('furrow.identity', $1, true)`, [name]);
        return await queryable.query('select id from furrow.dataset');
      });
      assert.deepEqual(rows, []);
    }
    await assert.rejects(
      as('bob').transaction(async () => 1, { identity: 'alice' }),
      InvalidArgument,
    );
  });

  test('a grant to read shows the dataset and lets nothing be changed', async () => {
    await as('alice').query(`insert into furrow.grants (dataset_id, role) values ($1, 'carol')`, [dataset]);
    assert.equal((await loadParcels(as('carol'), 'alices')).parcels.length, 3);
    assert.equal((await series(as('carol'), { dataset, bands: ['B04'] })).rows, 3);
    await as('carol').query('delete from furrow.signature');
    await as('carol').query(`update furrow.dataset set name = 'carols'`);
    await assert.rejects(as('carol').query(`update furrow.dataset set owner = 'carol'`), /permission denied/);
    await assert.rejects(as('carol').query(`update furrow.grants set role = 'bob'`), /permission denied/);
    assert.equal((await seen(as('alice'))).signature, 3);
    assert.equal(await claimImage(as('carol'), { dataset }), undefined);
  });

  test('a grant to write lets another role extract, and ends with the grant', async () => {
    await as('alice').query(
      `insert into furrow.grants (dataset_id, role, access) values ($1, 'bob', 'write')`,
      [dataset],
    );
    const claim = await claimImage(as('bob'), { dataset });
    assert.ok(claim);
    assert.equal(await writeImage(as('bob'), claim, rowsOf(1, [1, 2], ['B04'])), 4);
    await assert.rejects(
      as('bob').query(`insert into furrow.grants (dataset_id, role) values ($1, 'public')`, [dataset]),
      /row-level security/,
    );
    await as('alice').query(`delete from furrow.grants where role = 'bob'`);
    assert.deepEqual(await seen(as('bob')), nothing);
  });

  test('a dataset granted to all is seen by all', async () => {
    await as('alice').query(`insert into furrow.grants (dataset_id, role) values ($1, 'public')`, [dataset]);
    assert.equal((await listDatasets(as('bob'))).length, 1);
    await as('alice').query(`delete from furrow.grants where role = 'public'`);
    assert.deepEqual(await seen(as('bob')), nothing);
  });

  test('granted datasets are looked up by hash: many grants among many datasets stay cheap', async () => {
    const plan = await as('bob').texts('explain select id from furrow.dataset');
    assert.match(plan.flat().join('\n'), /hashed SubPlan/);
  });

  test('the service sees all for itself, only the grants of those it acts for, and nothing unasked', async () => {
    assert.equal((await seen(as('furrow_service'))).dataset, 1);
    const count = (identity: string) =>
      as('furrow_service').transaction((queryable) => queryable.query('select id from furrow.dataset'), {
        identity,
      });
    assert.equal((await count('alice')).length, 1);
    assert.equal((await count('carol')).length, 1);
    assert.equal((await count('bob')).length, 0);
    assert.equal((await count('no such user')).length, 0);
    assert.equal((await count('')).length, 0);
    assert.equal((await seen(as('furrow_service'))).dataset, 1);
  });

  test('a superuser works under the same rules, as the service', async () => {
    const [row] = await as('postgres').query('select current_user::text as role');
    assert.deepEqual(row, { role: 'furrow_service' });
    assert.equal((await seen(as('postgres'))).dataset, 1);
  });

  test('a role that was never let in is refused by name', async () => {
    const [row] = await as('alice').query<{ name: string }>('select current_database()::text as name');
    await assert.rejects(openPostgresStore(postgres.url(row?.name ?? '', 'stranger')), /permission denied/);
  });
});
