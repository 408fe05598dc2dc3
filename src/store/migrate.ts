import { DatabaseError } from 'pg';
import { StoreFailure } from '../errors.ts';
import { type Migration, readMigrations } from './migrations.ts';
import { prepareDatabase } from './prepare-database.ts';
import type { Queryable, QueryOptions, Store, StoreProgress } from './store.ts';

export interface MigrateOptions extends QueryOptions {
  readonly migrations?: readonly Migration[] | undefined;
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
}

/** Any number of our own: whoever migrates a database holds this advisory lock until the commit. */
const lock = 6083750;

async function appliedMigrations(queryable: Queryable): Promise<Map<number, string>> {
  const [there] = await queryable.query<{ there: boolean }>(
    `select to_regclass('furrow.migration') is not null as there`,
  );
  if (!there?.there) return new Map();
  const rows = await queryable.query<{ id: number; checksum: string }>(
    'select id, checksum from furrow.migration',
  );
  return new Map(rows.map(({ id, checksum }) => [id, checksum]));
}

function pending(applied: ReadonlyMap<number, string>, migrations: readonly Migration[]): Migration[] {
  for (const [id, checksum] of applied) {
    const known = migrations.find((migration) => migration.id === id);
    if (known === undefined)
      throw new StoreFailure(
        `the store was opened by a newer Furrow: it has migration ${id}, this one knows ${migrations.length}`,
      );
    if (known.checksum !== checksum)
      throw new StoreFailure(
        `migration ${id} was changed after this store applied it: migrations are append only, write a new one`,
      );
  }
  return migrations.filter(({ id }) => !applied.has(id));
}

/**
 * Applies the migrations that a store does not have yet, each in one transaction under an advisory lock, as the role
 * furrow_owner, and gives their numbers. Nothing is asked of the role when there is nothing to apply. Throws
 * `StoreFailure` when an applied migration has changed, or the role may not create what is missing: then it says what to do.
 */
export async function migrate(store: Store, options: MigrateOptions = {}): Promise<number[]> {
  const { signal, onProgress } = options;
  const migrations = options.migrations ?? (await readMigrations());
  const waiting = pending(await appliedMigrations(store), migrations);
  const done: number[] = [];
  for (const migration of waiting) {
    onProgress?.({
      message: `migration ${migration.id} of ${migrations.length}`,
      fraction: done.length / waiting.length,
    });
    const ran = await store
      .transaction(
        async (queryable) => {
          await queryable.query('select pg_advisory_xact_lock($1)', [lock]);
          await prepareDatabase(queryable);
          // Another process may have been first while this one waited for the lock.
          if (!pending(await appliedMigrations(queryable), migrations).includes(migration)) return false;
          await queryable.query(migration.sql);
          await queryable.query('insert into furrow.migration (id, checksum) values ($1, $2)', [
            migration.id,
            migration.checksum,
          ]);
          return true;
        },
        { signal },
      )
      .catch((error: unknown) => {
        throw mayNotMigrate(error) ? notPrepared(migration, migrations.length, error) : error;
      });
    if (ran) done.push(migration.id);
  }
  return done;
}

/** Whether the role was refused: SQLSTATE 42501, insufficient_privilege. */
function mayNotMigrate(error: unknown): boolean {
  return (
    error instanceof StoreFailure && error.cause instanceof DatabaseError && error.cause.code === '42501'
  );
}

function notPrepared({ id }: Migration, count: number, cause: unknown): StoreFailure {
  return new StoreFailure(
    `the store lacks migration ${id} of ${count}, which this role may not apply: run 'furrow store prepare' with an administrator's address in FURROW_STORE`,
    { cause },
  );
}
