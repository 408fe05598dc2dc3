import { InvalidArgument, PermissionsInsufficient } from '../errors.ts';
import { pooledStore } from '../store/pooled-store.ts';
import type { Queryable, QueryOptions, Store } from '../store/store.ts';

/** A connection of a role that may make roles, as that role itself. */
export interface Administrator {
  readonly store: Store;
  /** The address it was opened with. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Opens a PostgreSQL for work on roles, with the address of a role that may make them. Throws `InvalidArgument` for another kind of
 * address, `StoreUnavailable`, and `PermissionsInsufficient` for a role that may not.
 */
export async function openAdministrator(url: string, options: QueryOptions = {}): Promise<Administrator> {
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new InvalidArgument("an administrator's address begins with postgres://");
  const store = pooledStore({
    kind: 'postgres',
    connectMs: 30_000,
    pool: { connectionString: url, max: 1 },
    identities: false,
  });
  try {
    const [role] = await store.query<{ name: string; may: boolean }>(
      'select rolname::text as name, rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
      [],
      options,
    );
    if (!role?.may)
      throw new PermissionsInsufficient(
        `the role '${role?.name}' may not make roles: FURROW_STORE has to be an administrator's address for this`,
      );
    return { store, url, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The same server and database for another role. */
export function urlFor(url: string, role: string, password: string | undefined): string {
  const [, scheme = '', rest = ''] = /^(postgres(?:ql)?:\/\/)(?:[^/?#]*@)?(.*)$/s.exec(url) ?? [];
  const [place = '', query = ''] = rest.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  for (const name of ['user', 'password']) parameters.delete(name);
  const who = [role, ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':');
  return `${scheme}${who}@${place}${parameters.size > 0 ? `?${parameters}` : ''}`;
}

/** Runs statements on the tables of accounts within an administrator's transaction, as the service that manages them. */
export async function asService<T>(queryable: Queryable, work: () => Promise<T>): Promise<T> {
  await queryable.query('set local role furrow_service');
  const result = await work();
  await queryable.query('set local role none');
  return result;
}
