import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DatasetNotFound, InvalidArgument } from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { findDataset, listDatasets } from '../../src/store/datasets.ts';
import { registerImages } from '../../src/store/images.ts';
import { loadParcels } from '../../src/store/load-parcels.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { series } from '../../src/store/series.ts';
import type { Store } from '../../src/store/store.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

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
  const tables = ['dataset', 'grants', 'parcel', 'extraction', 'signature', 'histogram', 'sigs', 'hists'];
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
      extraction: 2,
      signature: 3,
      histogram: 3,
      sigs: 3,
      hists: 3,
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
