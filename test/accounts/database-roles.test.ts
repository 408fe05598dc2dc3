import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Administrator, openAdministrator, urlFor } from '../../src/accounts/administrator.ts';
import { enableAccount, removeAccount } from '../../src/accounts/close-accounts.ts';
import { closeDatabaseRole, dropDatabaseRole, makeDatabaseRole } from '../../src/accounts/database-roles.ts';
import { grantDataset, listGrants } from '../../src/accounts/grants.ts';
import { prepareStore } from '../../src/accounts/prepare-store.ts';
import { addAccount } from '../../src/accounts/users.ts';
import {
  AccountNotFound,
  InvalidArgument,
  PermissionsInsufficient,
  StoreUnavailable,
} from '../../src/errors.ts';
import { removeDataset } from '../../src/store/datasets.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import type { Store } from '../../src/store/store.ts';
import { squareParcels } from '../store/sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';

const password = 'a-password-of-the-service';
const hour = 3_600_000;

describe('database roles of accounts', { skip: withoutPostgres ?? false }, () => {
  let folder: string;
  let postgres: ScratchPostgres;
  let database: string;
  let administrator: Administrator;
  let service: Store;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-hba-'));
    await chmod(folder, 0o755);
    const rules = join(folder, 'pg_hba.conf');
    // Passwords count for all but the superuser.
    await writeFile(rules, 'local all postgres trust\nlocal all all scram-sha-256\n', { mode: 0o644 });
    postgres = await startPostgres({ settings: [`hba_file='${rules}'`] });
    database = await postgres.createDatabase();
    administrator = await openAdministrator(postgres.url(database));
    const { url, migrations } = await prepareStore(administrator, password);
    assert.ok(migrations.length >= 6);
    assert.ok(!url.includes(password));
    service = await openPostgresStore(urlFor(url, 'furrow_service', password));
  });
  after(async () => {
    await service?.close();
    await administrator?.close();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const validUntil = () => new Date(Date.now() + hour);
  const make = (name: string) => makeDatabaseRole(administrator, name, { validUntil: validUntil() });
  const drop = (name: string) => dropDatabaseRole(administrator, name);
  async function as<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openPostgresStore(url);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }
  const who = (store: Store) =>
    store.query('select current_user::text as role, furrow.identity() as identity').then(([row]) => row);

  test('preparing may be repeated, also with another password, and weak ones are refused', async () => {
    for (const weak of ['', 'short', 'a password with blanks in it', 'gr\u00fc\u00dfe-aus-der-furche'])
      await assert.rejects(prepareStore(administrator, weak), InvalidArgument);
    const { url, migrations } = await prepareStore(administrator, `${password}-2`);
    assert.deepEqual(migrations, []);
    await assert.rejects(as(urlFor(url, 'furrow_service', password), who), StoreUnavailable);
    assert.deepEqual(await as(urlFor(url, 'furrow_service', `${password}-2`), who), {
      role: 'furrow_service',
      identity: 'furrow_service',
    });
    await prepareStore(administrator, password);
  });

  test('a role has the name of the account, one password at a time, an end and a bound', async () => {
    await addAccount(service, { name: 'alice' });
    const first = await make('alice');
    assert.deepEqual(await as(first.url, who), { role: 'alice', identity: 'alice' });
    const second = await make('alice');
    await assert.rejects(as(first.url, who), StoreUnavailable);
    await as(second.url, who);
    const [facts] = await administrator.store.query(
      `select rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil > now() as ends,
        (select array_agg(b.rolname::text) from pg_auth_members m join pg_roles b on b.oid = m.roleid where m.member = r.oid) as member
        from pg_roles r where rolname = 'alice'`,
    );
    const no = Object.fromEntries(
      ['super', 'createrole', 'createdb', 'replication', 'bypassrls'].map((right) => [`rol${right}`, false]),
    );
    assert.deepEqual(facts, {
      ...no,
      rolinherit: true,
      rolconnlimit: 32,
      ends: true,
      member: ['furrow_user'],
    });
    const [stored] = await administrator.store.query<{ verifier: string }>(
      `select rolpassword as verifier from pg_authid where rolname = 'alice'`,
    );
    assert.match(stored?.verifier ?? '', /^SCRAM-SHA-256\$4096:/);
    const past = await makeDatabaseRole(administrator, 'alice', { validUntil: new Date(Date.now() - hour) });
    await assert.rejects(as(past.url, who), StoreUnavailable);
  });

  test('a class that logs in at once gets a role each, and who asks twice one of two passwords', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `student${i}`);
    for (const name of names) await addAccount(service, { name });
    const others = await Promise.all([1, 2, 3].map(() => openAdministrator(postgres.url(database))));
    const made = await Promise.all(
      [...names, ...names].map((name, i) =>
        makeDatabaseRole(others[i % 3] ?? administrator, name, { validUntil: validUntil() }),
      ),
    );
    const outcomes = await Promise.all(
      made.map(({ url }) =>
        as(url, who).then(
          (row) => row?.identity,
          () => undefined,
        ),
      ),
    );
    assert.deepEqual(outcomes.filter((name) => name !== undefined).sort(), names);
    for (const other of others) await other.close();
  });

  test('its user makes datasets of the own name, and no tables', async () => {
    const { url } = await make('alice');
    await as(url, async (store) => {
      await saveParcels(store, squareParcels('of alice', 2));
      for (const sql of [
        'create table public.mine ()',
        'create table furrow.mine ()',
        'create schema mine',
        'create role mine',
      ])
        await assert.rejects(store.query(sql), /permission denied/, sql);
    });
    assert.deepEqual(await listGrants(service, 'of alice'), [
      { dataset: 'of alice', to: 'alice', access: 'own', by: null },
    ]);
  });

  test('roles that were not made here are left alone, whatever accounts are called', async () => {
    await postgres.psql(database, "create role dba login superuser password 'dba'");
    await assert.rejects(addAccount(service, { name: 'dba' }), InvalidArgument);
    // An account that was there before the role.
    await addAccount(service, { name: 'erin' });
    await postgres.psql(database, 'create role erin login');
    for (const work of [make, (name: string) => closeDatabaseRole(administrator, name), drop])
      await assert.rejects(work('erin'), InvalidArgument);
    assert.equal(
      (await postgres.psql(database, `select rolcanlogin from pg_roles where rolname = 'erin'`)).trim(),
      't',
    );
    for (const name of [
      'postgres',
      'furrow_owner',
      'pg_monitor',
      "x'; drop role dba; --",
      'x"',
      'None',
      'none',
    ])
      await assert.rejects(make(name), InvalidArgument, name);
    await assert.rejects(make('nobody'), AccountNotFound);
  });

  test('who may not make roles is told so', async () => {
    const { url } = await make('alice');
    await assert.rejects(openAdministrator(url), PermissionsInsufficient);
    await assert.rejects(openAdministrator('https://db.example/'), InvalidArgument);
  });

  test('a disabled account loses its open connections, and comes back with a new password only', async () => {
    await addAccount(service, { name: 'bob' });
    const { url } = await make('bob');
    const store = await openPostgresStore(url);
    await store.query('select 1');
    assert.deepEqual(await enableAccount(service, 'bob', false), { database: true });
    await closeDatabaseRole(administrator, 'bob');
    await assert.rejects(store.query('select 1'), StoreUnavailable);
    await store.close();
    await assert.rejects(make('bob'), InvalidArgument);
    await enableAccount(service, 'bob', true);
    await assert.rejects(as(url, who), StoreUnavailable);
    await as((await make('bob')).url, who);
  });

  test('an account is removed with its role and grants once nothing is its own any more', async () => {
    await grantDataset(service, { dataset: 'of alice', to: 'bob', access: 'read' });
    await addAccount(service, { name: 'zed' });
    await assert.rejects(removeAccount(service, 'bob'), /database role/);
    await drop('bob');
    await removeAccount(service, 'bob');
    assert.equal((await listGrants(service, 'of alice')).length, 1);
    assert.equal(
      (await postgres.psql(database, `select count(*) from pg_roles where rolname = 'bob'`)).trim(),
      '0',
    );
    await drop('alice');
    await assert.rejects(removeAccount(service, 'alice'), /1 datasets/);
    await removeDataset(service, 'of alice');
    await service.query(
      `insert into furrow.service (id, owner, type, process) values ('tiles', 'alice', 'xyz', '{}')`,
    );
    await assert.rejects(removeAccount(service, 'alice'), /1 services/);
    await service.query('delete from furrow.service');
    await removeAccount(service, 'alice');
    await assert.rejects(removeAccount(service, 'alice'), AccountNotFound);
  });

  test('an administrator who is no superuser can do all of it', async () => {
    const other = await postgres.createDatabase();
    await postgres.psql(
      other,
      'create extension postgis',
      `create role keeper login createrole password 'keeper'`,
      `grant furrow_owner, furrow_service, furrow_user to keeper with admin option`,
      `grant create, connect on database ${other} to keeper with grant option`,
    );
    const keeper = await openAdministrator(urlFor(postgres.url(other), 'keeper', 'keeper'));
    const owned = await openPostgresStore(urlFor(postgres.url(other), 'keeper', 'keeper'));
    try {
      await prepareStore(keeper, password);
      await addAccount(owned, { name: 'gus' });
      const { url } = await makeDatabaseRole(keeper, 'gus', { validUntil: validUntil() });
      const open = await openPostgresStore(url);
      assert.deepEqual(await who(open), { role: 'gus', identity: 'gus' });
      await dropDatabaseRole(keeper, 'gus');
      await assert.rejects(who(open), StoreUnavailable);
      await open.close();
      await removeAccount(owned, 'gus');
    } finally {
      await owned.close();
      await keeper.close();
    }
  });

  test('an address is written for another role, whatever it was', () => {
    for (const [url, expected] of [
      ['postgres://postgres@/db?host=%2Ftmp%2Fx', 'postgres://al:p%2Fw@/db?host=%2Ftmp%2Fx'],
      [
        'postgresql://a:b%40c@h:5/db?sslmode=verify-full&user=x&password=y',
        'postgresql://al:p%2Fw@h:5/db?sslmode=verify-full',
      ],
      ['postgres://h/db', 'postgres://al:p%2Fw@h/db'],
    ] as const)
      assert.equal(urlFor(url, 'al', 'p/w'), expected);
  });
});
