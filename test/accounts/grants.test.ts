import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openAdministrator } from '../../src/accounts/administrator.ts';
import { makeDatabaseRole } from '../../src/accounts/database-roles.ts';
import { grantDataset, listGrants, revokeGrant } from '../../src/accounts/grants.ts';
import { addGroup, joinGroup, leaveGroup, listGroups, removeGroup } from '../../src/accounts/groups.ts';
import { addAccount } from '../../src/accounts/users.ts';
import {
  AccountNotFound,
  DatasetAmbiguous,
  DatasetNotFound,
  InvalidArgument,
  PermissionsInsufficient,
} from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { listDatasets, removeDataset } from '../../src/store/datasets.ts';
import { registerImages } from '../../src/store/images.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { series } from '../../src/store/series.ts';
import type { Store } from '../../src/store/store.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { images, rowsOf, squareParcels } from '../store/sample-season.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type AccountStore, startAccountStore } from './account-store.ts';

describe('grants', { skip: withoutPostgres ?? false }, () => {
  let own: AccountStore;
  let dataset: number;
  const roles = new Map<string, Store>();
  /** The store as the account's own database role sees it, and as the server does on its behalf. */
  const bothWays = (name: string): readonly Store[] => [
    roles.get(name) ?? assert.fail(),
    storeFor(own.store, name),
  ];

  before(async () => {
    own = await startAccountStore();
    const administrator = await openAdministrator(own.url());
    for (const name of ['alice', 'bob', 'carol']) {
      await addAccount(own.store, { name });
      const { url } = await makeDatabaseRole(administrator, name, {
        validUntil: new Date(Date.now() + 3_600_000),
      });
      roles.set(name, await openPostgresStore(url));
    }
    await administrator.close();
    const [alice] = bothWays('alice');
    assert.ok(alice);
    ({ dataset } = await saveParcels(alice, squareParcels('alices', 3)));
    await registerImages(alice, { dataset, recipe: 'one', images: images(2) });
    const claim = await claimImage(alice, { dataset });
    assert.ok(claim);
    await writeImage(alice, claim, rowsOf(0, [1, 2, 3], ['B04']));
    await addGroup(own.store, 'course');
    await joinGroup(own.store, 'course', ['bob']);
  });
  after(async () => {
    for (const store of roles.values()) await store.close();
    await own?.close();
  });

  const tables = [
    'dataset',
    'grants',
    'parcel',
    'extraction',
    'signature',
    'histogram',
    'sigs',
    'hists',
    'archive',
  ];
  async function seen(store: Store): Promise<number> {
    let all = 0;
    for (const table of tables)
      all += (await store.query<{ n: number }>(`select count(*) as n from furrow.${table}`))[0]?.n ?? 0;
    return all;
  }
  const names = async (store: Store) => (await listDatasets(store)).map(({ name }) => name);

  test('without a grant there is nothing to see, in tables and views', async () => {
    for (const name of ['bob', 'carol'])
      for (const store of bothWays(name)) {
        assert.equal(await seen(store), 0, name);
        const { rows } = await series(store, { dataset, pids: [1], bands: ['B04'] });
        assert.equal(rows, 0);
        const images = await store.query('select * from furrow.dias_catalogue where dataset_id is not null');
        assert.deepEqual(images, []);
      }
  });

  test('what is granted to a group its members see, by their own roles and through the server, and nobody else', async () => {
    await grantDataset(storeFor(own.store, 'alice'), {
      dataset: 'alices',
      to: 'group:course',
      access: 'read',
    });
    for (const store of bothWays('bob')) {
      assert.deepEqual(await names(store), ['alices']);
      assert.equal((await series(store, { dataset, pids: [2], bands: ['B04'] })).rows, 1);
      assert.equal((await store.query('select * from furrow.sigs')).length, 3);
      await assert.rejects(saveParcels(store, squareParcels('alice/alices', 1)), PermissionsInsufficient);
      assert.equal(await claimImage(store, { dataset }), undefined);
      await assert.rejects(
        store.query('select furrow.ensure_partitions($1, $2)', [dataset, ['2026-09-01']]),
        /no right to write/,
      );
    }
    for (const store of bothWays('carol')) assert.equal(await seen(store), 0);
  });

  test('who joins sees it with the next statement, who leaves no more', async () => {
    await joinGroup(own.store, 'course', ['carol', 'bob']);
    for (const store of bothWays('carol')) assert.deepEqual(await names(store), ['alices']);
    assert.equal(await leaveGroup(own.store, 'course', ['carol']), 1);
    for (const store of bothWays('carol')) assert.deepEqual(await names(store), []);
    assert.deepEqual(await listGroups(own.store), [{ name: 'course', members: ['bob'] }]);
  });

  test('a group may be let to write, and then makes months too', async () => {
    await grantDataset(own.store, { dataset: 'alices', to: 'group:course', access: 'write' });
    for (const [number, store] of bothWays('bob').entries()) {
      const [row] = await store.query<{ made: number }>('select furrow.ensure_partitions($1, $2) as made', [
        dataset,
        [`2026-1${number}-01`],
      ]);
      assert.equal(row?.made, 1);
    }
    for (const store of bothWays('carol'))
      await assert.rejects(
        store.query('select furrow.ensure_partitions($1, $2)', [dataset, ['2026-12-01']]),
        /no right to write/,
      );
    await grantDataset(own.store, { dataset: 'alices', to: 'group:course', access: 'read' });
  });

  test('a group cannot be joined, nor anybody else be read, by a user with SQL', async () => {
    const [carol, throughServer] = bothWays('carol');
    assert.ok(carol && throughServer);
    for (const sql of [
      `insert into furrow.membership values ('carol', 'course')`,
      `update furrow.membership set account = 'carol'`,
      'select * from furrow.account',
      'select * from furrow.groups',
      'select * from furrow.token',
      `alter role carol superuser`,
      `alter role bob password 'x'`,
      'set role bob',
      'set role furrow_service',
      'set role furrow_owner',
      'set session authorization bob',
      `select furrow.caller_may_write(${dataset})`,
    ])
      await assert.rejects(carol.query(sql), /permission denied|must be|only roles|not permitted/, sql);
    assert.deepEqual(await carol.query('select * from furrow.membership'), []);
    for (const table of ['account', 'groups', 'token', 'membership'])
      assert.deepEqual(await throughServer.query(`select * from furrow.${table}`), [], table);
    await assert.rejects(
      throughServer.query(`insert into furrow.membership values ('carol', 'course')`),
      /row-level security/,
    );
    const bob = roles.get('bob');
    assert.deepEqual(await bob?.query('select account, member_of from furrow.membership'), [
      { account: 'bob', member_of: 'course' },
    ]);
  });

  test('the variable of the identity makes nobody else of a user', async () => {
    const carol = roles.get('carol') ?? assert.fail();
    for (const [sql, value] of [
      [`select set_config('furrow.identity', $1, true)`, 'alice'],
      [`select set_config('furrow.identity', $1, true)`, 'bob'],
      [`select set_config('furrow.identity', $1, true)`, 'furrow_service'],
      [`select set_config('furrow.identity', $1, false)`, 'alice'],
    ] as const) {
      const rows = await carol.transaction(async (queryable) => {
        await queryable.query(sql, [value]);
        const [who] = await queryable.query<{ who: string }>('select furrow.identity() as who');
        assert.equal(who?.who, 'carol');
        return await queryable.query('select * from furrow.sigs');
      });
      assert.deepEqual(rows, [], value);
    }
  });

  test('who does not own a dataset grants nothing, not even of what may be written', async () => {
    const bob = storeFor(own.store, 'bob');
    await assert.rejects(
      grantDataset(bob, { dataset: 'alices', to: 'carol', access: 'read' }),
      PermissionsInsufficient,
    );
    await assert.rejects(
      revokeGrant(bob, { dataset: 'alices', to: 'group:course' }),
      PermissionsInsufficient,
    );
    const carol = storeFor(own.store, 'carol');
    await assert.rejects(
      grantDataset(carol, { dataset: 'alices', to: 'carol', access: 'read' }),
      DatasetNotFound,
    );
  });

  test('names that cannot be, or that nobody has, are refused', async () => {
    for (const to of [
      '',
      'Alice',
      "bob'; drop table furrow.grants; --",
      'bob"',
      'bob\n',
      'furrow_service',
      'postgres',
      'pg_monitor',
      'group:',
      'group:public',
      'group:group:course',
      'a'.repeat(64),
    ])
      await assert.rejects(
        grantDataset(own.store, { dataset: 'alices', to, access: 'read' }),
        InvalidArgument,
        to,
      );
    for (const to of ['dave', 'group:nobodys'])
      await assert.rejects(
        grantDataset(own.store, { dataset: 'alices', to, access: 'read' }),
        AccountNotFound,
      );
    await assert.rejects(joinGroup(own.store, 'course', ['carol', 'dave']), AccountNotFound);
    await assert.rejects(
      grantDataset(own.store, { dataset: 'alices', to: 'public', access: 'write' }),
      InvalidArgument,
    );
    assert.deepEqual(await listGroups(own.store), [{ name: 'course', members: ['bob'] }]);
  });

  test('grants are listed to who may see them, and end with their group', async () => {
    const all = [
      { dataset: 'alices', to: 'alice', access: 'own', by: null },
      { dataset: 'alices', to: 'group:course', access: 'read', by: 'alice' },
    ];
    assert.deepEqual(await listGrants(own.store, 'alices'), all);
    assert.deepEqual(await listGrants(storeFor(own.store, 'bob'), undefined), all);
    assert.deepEqual(await listGrants(storeFor(own.store, 'carol'), undefined), []);
    const bob = storeFor(own.store, 'bob');
    await saveParcels(bob, squareParcels('alices', 1));
    const his = { dataset: 'alices', to: 'bob', access: 'own', by: null };
    const hers = all.map((grant) => ({ ...grant, dataset: 'alice/alices' }));
    assert.deepEqual(await listGrants(bob, undefined), [...hers, his]);
    assert.deepEqual(await listGrants(bob, 'alices'), [his]);
    assert.deepEqual(await listGrants(bob, 'alice/alices'), hers);
    assert.deepEqual(
      (await listGrants(own.store, undefined)).map(({ dataset: name }) => name),
      ['alice/alices', 'alice/alices', 'bob/alices'],
    );
    await assert.rejects(
      grantDataset(own.store, { dataset: 'alices', to: 'carol', access: 'read' }),
      DatasetAmbiguous,
    );
    await grantDataset(bob, { dataset: 'alices', to: 'carol', access: 'read' });
    assert.deepEqual(await names(storeFor(own.store, 'carol')), ['alices']);
    await removeDataset(bob, 'alices');
    await removeGroup(own.store, 'course');
    await addGroup(own.store, 'course');
    await joinGroup(own.store, 'course', ['bob']);
    for (const store of bothWays('bob')) assert.equal(await seen(store), 0);
  });
});
