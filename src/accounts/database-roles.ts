import { randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { AccountNotFound, InvalidArgument, StoreFailure } from '../errors.ts';
import type { Queryable, QueryOptions } from '../store/store.ts';
import { type Administrator, asService, urlFor } from './administrator.ts';
import { checkAccountName } from './names.ts';
import { scramVerifier } from './scram-verifier.ts';

/** A kernel that extracts takes up to eight, notebooks that only ask one or two each. */
const defaultConnections = 32;

export interface DatabaseRoleOptions extends QueryOptions {
  /** Until when the password lets it in; connections that are open then stay. */
  readonly validUntil: Date;
  /** Connections at a time. */
  readonly connections?: number | undefined;
  readonly random?: ((bytes: number) => Buffer) | undefined;
}

interface KnownRole {
  readonly oid: number;
  readonly mighty: boolean;
}

/** The role of that name. Throws `InvalidArgument` when it was not made for the account, or was given more than one of those has. */
async function ownRole(
  queryable: Queryable,
  name: string,
  made: number | null,
): Promise<KnownRole | undefined> {
  const [role] = await queryable.query<KnownRole & Record<string, unknown>>(
    `select oid::bigint as oid, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as mighty
      from pg_roles where rolname = $1`,
    [name],
  );
  if (role !== undefined && role.oid !== made)
    throw new InvalidArgument(`the database role '${name}' was not made for this account, and is left alone`);
  if (role?.mighty)
    throw new StoreFailure(
      `the database role '${name}' has rights that no account's role has: look who gave them`,
    );
  return role;
}

async function lockedAccount(
  queryable: Queryable,
  name: string,
): Promise<{ enabled: boolean; made: number | null }> {
  const [account] = await asService(queryable, () =>
    queryable.query<{ enabled: boolean; made: number | null }>(
      'select enabled, role_oid::bigint as made from furrow.account where name = $1 for update',
      [name],
    ),
  );
  if (account === undefined) throw new AccountNotFound(`there is no account '${name}'; furrow user list`);
  return account;
}

/**
 * Makes the database role of an account, or gives the one that it has a new password, and gives the address to connect with. The role
 * has the account's name, which row-level security decides by, and nothing but what furrow_user may. The password is 256 random bits, is
 * shown once, and ends the one before. Throws `AccountNotFound`, and `InvalidArgument` for a disabled account and for a role of that
 * name that was not made here.
 */
export async function makeDatabaseRole(
  { store, url }: Administrator,
  account: string,
  { validUntil, connections = defaultConnections, random = randomBytes, signal }: DatabaseRoleOptions,
): Promise<{ readonly url: string }> {
  checkAccountName(account);
  if (!Number.isSafeInteger(connections) || connections < 1 || connections > 1000)
    throw new InvalidArgument(`a role has 1 to 1000 connections, not ${connections}`);
  if (Number.isNaN(validUntil.getTime())) throw new InvalidArgument('validUntil is no date');
  const password = random(32).toString('base64url');
  const verifier = await scramVerifier(password, random);
  await store.transaction(
    async (queryable) => {
      const { enabled, made } = await lockedAccount(queryable, account);
      if (!enabled) throw new InvalidArgument(`'${account}' is disabled: furrow user enable ${account}`);
      const name = escapeIdentifier(account);
      const role = await ownRole(queryable, account, made);
      const attributes = `login connection limit ${connections} valid until ${escapeLiteral(validUntil.toISOString())} password ${escapeLiteral(verifier)}`;
      await queryable.query(`${role === undefined ? 'create' : 'alter'} role ${name} ${attributes}`);
      await queryable.query(`grant furrow_user to ${name}`);
      await asService(queryable, () =>
        queryable.query(
          'update furrow.account set role_oid = (select oid from pg_roles where rolname = $1) where name = $1',
          [account],
        ),
      );
    },
    { signal },
  );
  return { url: urlFor(url, account, password) };
}

/** Lets the database role of an account log in no more, and ends its connections. Does nothing where it has none. */
export async function closeDatabaseRole(
  { store }: Administrator,
  account: string,
  options: QueryOptions = {},
): Promise<void> {
  await store.transaction(async (queryable) => {
    const { made } = await lockedAccount(queryable, account);
    if ((await ownRole(queryable, account, made)) === undefined) return;
    await queryable.query(`alter role ${escapeIdentifier(account)} nologin password null`);
    // Who is no superuser ends connections of, and drops what belongs to, only roles that it is a member of.
    await queryable.query(`
      do $$
        begin
          if not pg_has_role(current_user, ${escapeLiteral(account)}, 'member') then
            execute format('grant %I to %I', ${escapeLiteral(account)}, current_user);
          end if;
        end
      $$`);
  }, options);
  // After the commit: else it could connect again.
  await endConnections(store, account, options);
}

/** Drops the database role of an account with its connections. Does nothing where it has none. */
export async function dropDatabaseRole(
  administrator: Administrator,
  account: string,
  options: QueryOptions = {},
): Promise<void> {
  await closeDatabaseRole(administrator, account, options);
  await administrator.store.transaction(async (queryable) => {
    const { made } = await lockedAccount(queryable, account);
    if ((await ownRole(queryable, account, made)) === undefined) return;
    const name = escapeIdentifier(account);
    // It could never make tables: what it may own is large objects.
    await queryable.query(`drop owned by ${name}`);
    await queryable.query(`drop role ${name}`);
    await asService(queryable, () =>
      queryable.query('update furrow.account set role_oid = null where name = $1', [account]),
    );
  }, options);
}

async function endConnections(queryable: Queryable, role: string, options: QueryOptions): Promise<void> {
  await queryable.query(
    'select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1',
    [role],
    options,
  );
}
