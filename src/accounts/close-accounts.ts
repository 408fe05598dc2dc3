import { AccountNotFound, InvalidArgument } from '../errors.ts';
import type { QueryOptions, Store } from '../store/store.ts';
import { endJobsOf } from './end-jobs.ts';

/**
 * Lets an account in, or no more: then its tokens count no longer, within seconds, and its jobs end. None of them goes on when it is let
 * in again, not even what was queued by a server that had not heard of it. Gives whether it has a database role, which
 * `closeDatabaseRole` closes. Throws `AccountNotFound`.
 */
export async function enableAccount(
  store: Store,
  name: string,
  enabled: boolean,
  options: QueryOptions = {},
): Promise<{ readonly database: boolean }> {
  return await store.transaction(async (queryable) => {
    const [account] = await queryable.query<{ was: boolean; database: boolean }>(
      `update furrow.account a set enabled = $2 from (select b.enabled as was from furrow.account b where b.name = $1 for update) before
        where a.name = $1 returning before.was, exists (select 1 from pg_roles r where r.oid = a.role_oid) as database`,
      [name, enabled],
    );
    if (account === undefined) throw notThere(name);
    if (!enabled || !account.was) await endJobsOf(queryable, name);
    return { database: account.database };
  }, options);
}

/**
 * Removes an account with its tokens, memberships and grants: a later account of that name begins with nothing. Throws
 * `AccountNotFound`, and `InvalidArgument` while it has datasets, jobs, services or a database role (`dropDatabaseRole`).
 */
export async function removeAccount(store: Store, name: string, options: QueryOptions = {}): Promise<void> {
  await store.transaction(async (queryable) => {
    const [account] = await queryable.query<{ database: boolean }>(
      `select exists (select 1 from pg_roles r where r.oid = role_oid) as database
        from furrow.account where name = $1 for update`,
      [name],
    );
    if (account === undefined) throw notThere(name);
    if (account.database) throw new InvalidArgument(`'${name}' has a database role: drop it first`);
    for (const { table, what } of owned) {
      const [there] = await queryable.query<{ there: boolean }>(
        'select to_regclass($1) is not null as there',
        [table],
      );
      if (!there?.there) continue;
      const [row] = await queryable.query<{ n: number }>(
        `select count(*) as n from ${table} where owner = $1`,
        [name],
      );
      if (row === undefined || row.n > 0)
        throw new InvalidArgument(
          `'${name}' has ${row?.n} ${what}: remove them first, or only disable the account (furrow user disable ${name})`,
        );
    }
    await queryable.query('delete from furrow.grants where role = $1', [name]);
    await queryable.query('delete from furrow.account where name = $1', [name]);
  }, options);
}

/** What has an owner. Tables of jobs come with a later migration. */
const owned = [
  { table: 'furrow.dataset', what: 'datasets' },
  { table: 'furrow.job', what: 'jobs' },
  { table: 'furrow.service', what: 'services' },
] as const;

function notThere(name: string): AccountNotFound {
  return new AccountNotFound(`there is no account '${name.slice(0, 80)}'; furrow user list`);
}
