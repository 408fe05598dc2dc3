import { AccountNotFound, InvalidArgument, Unsupported } from '../errors.ts';
import type { Queryable, QueryOptions, Store } from '../store/store.ts';
import { checkLocalName, subjectName } from './names.ts';
import { refusedWith } from './refused-with.ts';

/** An account as the service sees it. */
export interface Account {
  readonly name: string;
  readonly kind: 'local' | 'oidc';
  /** scrypt; null where no password opens it. */
  readonly password: string | null;
  readonly enabled: boolean;
  readonly groups: readonly string[];
}

/** An account as it is listed. */
export interface AccountFacts {
  readonly name: string;
  readonly kind: 'local' | 'oidc';
  readonly title: string | null;
  readonly enabled: boolean;
  readonly password: boolean;
  readonly groups: readonly string[];
  readonly tokens: number;
  /** Whether it has a database role of its own. */
  readonly database: boolean;
  readonly subject: string | null;
  readonly made: Date;
}

/** Refuses the embedded store by name: there everybody is the same superuser. */
export function checkAccountStore(store: Pick<Store, 'kind'>): void {
  if (store.kind === 'embedded')
    throw new Unsupported(
      'the embedded store has one user: accounts, groups, tokens and grants need PostgreSQL with PostGIS (FURROW_STORE=postgres://...)',
    );
}

export interface NewAccount {
  readonly name: string;
  /** As `Passwords.hash` gives it; left out: no password opens the account. */
  readonly password?: string | undefined;
  readonly title?: string | undefined;
}

/**
 * Makes a local account. Throws `InvalidArgument` for a name that cannot be, that there is, or that a database role has which was not
 * made for an account: the rights of that role would be the account's.
 */
export async function addAccount(
  store: Queryable,
  { name, password, title }: NewAccount,
  options: QueryOptions = {},
): Promise<void> {
  checkLocalName(name);
  const [role] = await store.query('select 1 as one from pg_roles where rolname = $1', [name], options);
  if (role !== undefined)
    throw new InvalidArgument(
      `the database has a role '${name}' that is not an account's: what it may see, the account would; choose another name`,
    );
  try {
    await store.query(
      `insert into furrow.account (name, kind, password, title) values ($1, 'local', $2, $3)`,
      [name, password ?? null, title ?? null],
      options,
    );
  } catch (error) {
    if (refusedWith(error, 'unique_violation'))
      throw new InvalidArgument(`there is an account '${name}' already`, { cause: error });
    throw error;
  }
}

/** Makes a local account without a password where there is none; gives whether it did. Throws `InvalidArgument` as `addAccount`. */
export async function ensureAccount(
  store: Queryable,
  name: string,
  options: QueryOptions = {},
): Promise<boolean> {
  const there = async () => (await findAccount(store, name, options)) !== undefined;
  checkLocalName(name);
  if (await there()) return false;
  try {
    await addAccount(store, { name }, options);
    return true;
  } catch (error) {
    // Another may have been first.
    if (await there()) return false;
    throw error;
  }
}

/** Who an identity provider says that somebody is. */
export interface Subject {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly title?: string | undefined;
}

/** The account of a subject, made where there is none; gives its name. */
export async function addSubject(
  store: Queryable,
  { provider, issuer, subject, title }: Subject,
  options: QueryOptions = {},
): Promise<string> {
  await store.query(
    `insert into furrow.account (name, kind, issuer, subject, title) values ($1, 'oidc', $2, $3, $4) on conflict do nothing`,
    [subjectName(provider, issuer, subject), issuer, subject, title ?? null],
    options,
  );
  const [account] = await store.query<{ name: string }>(
    'select name from furrow.account where issuer = $1 and subject = $2',
    [issuer, subject],
    options,
  );
  if (account === undefined) throw new AccountNotFound(`no account could be made for a subject of ${issuer}`);
  return account.name;
}

const loaded = `select a.name, a.kind, a.password, a.enabled,
  array(select m.member_of from furrow.membership m where m.account = a.name order by m.member_of) as groups
  from furrow.account a`;

/** The account of that name; undefined where there is none. */
export async function findAccount(
  store: Queryable,
  name: string,
  options: QueryOptions = {},
): Promise<Account | undefined> {
  const [account] = await store.query<Account & Record<string, unknown>>(
    `${loaded} where a.name = $1`,
    [name],
    {
      ...options,
      prepare: true,
    },
  );
  return account;
}

/** The account of a subject; undefined where there is none. */
export async function findSubject(
  store: Queryable,
  issuer: string,
  subject: string,
  options: QueryOptions = {},
): Promise<Account | undefined> {
  const [account] = await store.query<Account & Record<string, unknown>>(
    `${loaded} where a.issuer = $1 and a.subject = $2`,
    [issuer, subject],
    { ...options, prepare: true },
  );
  return account;
}

/** All accounts, by name. */
export async function listAccounts(store: Queryable, options: QueryOptions = {}): Promise<AccountFacts[]> {
  return await store.query<AccountFacts & Record<string, unknown>>(
    `select a.name, a.kind, a.title, a.enabled, a.password is not null as password,
        array(select m.member_of from furrow.membership m where m.account = a.name order by m.member_of) as groups,
        (select count(*) from furrow.token t where t.account = a.name and t.expires_at > now()) as tokens,
        exists (select 1 from pg_roles r where r.oid = a.role_oid) as database, a.subject, a.made_at as made
      from furrow.account a order by a.name`,
    [],
    options,
  );
}

/** Sets another password and ends the tokens that were got with the one before. Throws `AccountNotFound`, `InvalidArgument`. */
export async function setPassword(
  store: Store,
  name: string,
  password: string,
  options: QueryOptions = {},
): Promise<void> {
  await store.transaction(async (queryable) => {
    const [account] = await queryable.query<{ kind: string }>(
      `update furrow.account set password = case kind when 'local' then $2 end where name = $1 returning kind`,
      [name, password],
    );
    if (account === undefined) throw new AccountNotFound(`there is no account '${name}'`);
    if (account.kind !== 'local')
      throw new InvalidArgument(`'${name}' logs in at its identity provider, and has no password here`);
    await queryable.query(`delete from furrow.token where account = $1 and origin = 'login'`, [name]);
  }, options);
}
