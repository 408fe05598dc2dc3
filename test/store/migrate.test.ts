import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { StoreFailure, StoreUnavailable } from '../../src/errors.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type Migration, readMigrations } from '../../src/store/migrations.ts';
import { pooledStore } from '../../src/store/pooled-store.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

test('migrations are numbered without a gap and named by their number', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-migrations-'));
  try {
    await writeFile(join(folder, '000001.sql'), 'select 1');
    assert.deepEqual(
      (await readMigrations(folder)).map(({ id }) => id),
      [1],
    );
    await writeFile(join(folder, '000003.sql'), 'select 1');
    await assert.rejects(readMigrations(folder), StoreFailure);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('on PostgreSQL', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres?.stop());

  const next = (known: readonly Migration[], sql: string): Migration[] => [
    ...known,
    { id: known.length + 1, sql, checksum: sql },
  ];

  test('several processes that open a new database at once migrate it once', async () => {
    const url = postgres.url(await postgres.createDatabase());
    const stores = await Promise.all([1, 2, 3, 4].map(() => openPostgresStore(url)));
    const rows = await stores[0]?.query<{ id: number }>('select id from furrow.migration order by id');
    assert.deepEqual(
      rows?.map(({ id }) => id),
      (await readMigrations()).map(({ id }) => id),
    );
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a new migration is applied to a store that has the older ones, and only once', async () => {
    const known = await readMigrations();
    const database = await postgres.createDatabase();
    await (await openPostgresStore(postgres.url(database))).close();
    const migrations = next(
      known,
      'create table furrow.added (id integer); create index on furrow.added (id)',
    );
    assert.deepEqual(await migrated(postgres.url(database), migrations), [known.length + 1]);
    assert.deepEqual(await migrated(postgres.url(database), migrations), []);
    const owner = await postgres.psql(database, `select tableowner from pg_tables where tablename = 'added'`);
    assert.equal(owner.trim(), 'furrow_owner');
  });

  test('only the operator of PostGIS may use the index under row-level security, whoever made one of its name', async () => {
    const database = await postgres.createDatabase();
    await postgres.psql(
      database,
      `create extension postgis; create schema mine; create type mine.geometry as (x integer);
      create function mine.geometry_overlaps(mine.geometry, mine.geometry) returns boolean language sql as 'select true';
      create operator mine.&& (leftarg = mine.geometry, rightarg = mine.geometry, function = mine.geometry_overlaps)`,
    );
    await (await openPostgresStore(postgres.url(database))).close();
    const marked = await postgres.psql(
      database,
      `select string_agg(pronamespace::regnamespace || ' ' || proleakproof, ', ' order by pronamespace::regnamespace::text)
      from pg_proc where proname = 'geometry_overlaps'`,
    );
    assert.equal(marked.trim(), 'mine false, public true');
  });

  test('a role that may not migrate is told who can, and how', async () => {
    const known = await readMigrations();
    const database = await postgres.createDatabase();
    await migrated(postgres.url(database), known);
    await postgres.psql('postgres', 'alter role furrow_service login');
    await assert.rejects(
      migrated(postgres.url(database, 'furrow_service'), next(known, 'select 1')),
      /migration \d+ of \d+, which this role may not apply: run 'furrow store prepare'/,
    );
  });

  test('a migration that fails leaves nothing behind', async () => {
    const known = await readMigrations();
    const database = await postgres.createDatabase();
    const broken = next(known, 'create table furrow.half (id integer); select no_such_function()');
    await assert.rejects(migrated(postgres.url(database), broken), StoreFailure);
    assert.equal((await postgres.psql(database, `select to_regclass('furrow.half') is null`)).trim(), 't');
    assert.deepEqual(await migrated(postgres.url(database), known), []);
  });

  test('a changed old migration and a store of a newer Furrow are refused', async () => {
    const known = await readMigrations();
    const database = await postgres.createDatabase();
    await migrated(postgres.url(database), next(known, 'select 1'));
    const changed = known.map((migration) => ({ ...migration, checksum: 'another' }));
    await assert.rejects(
      migrated(postgres.url(database), next(changed, 'select 1')),
      /migration 1 was changed/,
    );
    await assert.rejects(openPostgresStore(postgres.url(database)), /newer Furrow/);
  });

  test('a database that cannot be reached is named without its password', async () => {
    await assert.rejects(openPostgresStore('postgres://somebody:secret@127.0.0.1:1/nowhere'), (error) => {
      assert.ok(error instanceof StoreUnavailable);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
});

async function migrated(connectionString: string, migrations: readonly Migration[]): Promise<number[]> {
  const store = pooledStore({ kind: 'postgres', pool: { connectionString, max: 1 }, identities: false });
  try {
    return await migrate(store, { migrations });
  } finally {
    await store.close();
  }
}
