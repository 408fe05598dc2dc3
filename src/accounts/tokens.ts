import { createHash, randomBytes } from 'node:crypto';
import { AccountNotFound, InvalidArgument, LimitExceeded } from '../errors.ts';
import type { Queryable, QueryOptions, Store } from '../store/store.ts';
import { type Scope, scopes } from './caller.ts';

const tokenBytes = 32;
/** What a token looks like: 32 bytes in base64url. */
const tokenPattern = /^[\w-]{43}$/;
/** Tokens of one account. Of those got by logging in the oldest make room: a client that logs in at each start is no reason to refuse. */
const mostTokens = 200;
const longestLabel = 200;
const dayMs = 86_400_000;

export type TokenOrigin = 'login' | 'administrator';

/** A token as it is listed: the token itself is known to nobody but who was given it. */
export interface TokenFacts {
  readonly id: number;
  readonly account: string;
  readonly scopes: readonly Scope[];
  readonly label: string | null;
  readonly origin: TokenOrigin;
  readonly made: Date;
  readonly expires: Date;
  /** The last day on which it was shown, in UTC. */
  readonly used: string | null;
}

export interface NewToken {
  readonly account: string;
  readonly scopes: readonly Scope[];
  readonly expires: Date;
  readonly origin: TokenOrigin;
  readonly label?: string | undefined;
}

export interface IssuedToken {
  readonly id: number;
  /** 43 characters; shown once. */
  readonly token: string;
  readonly expires: Date;
}

export interface TokenSources extends QueryOptions {
  readonly clock: () => Date;
  readonly random?: ((bytes: number) => Buffer) | undefined;
}

/** Names of scopes as scopes, each once. Throws `InvalidArgument` for others and for none. */
export function checkScopes(names: readonly string[]): Scope[] {
  for (const name of names)
    if (!scopes.some((scope) => scope === name))
      throw new InvalidArgument(`there is no scope '${name.slice(0, 40)}': there are ${scopes.join(', ')}`);
  if (names.length === 0) throw new InvalidArgument(`a token needs a scope: ${scopes.join(', ')}`);
  return scopes.filter((scope) => names.includes(scope));
}

/** When a token of so many days ends. Throws `InvalidArgument` outside 1 to 3660. */
export function endAfterDays(days: number, now: Date): Date {
  if (!Number.isFinite(days) || days <= 0 || days > 3660)
    throw new InvalidArgument(`a token lasts up to 3660 days, not ${days}`);
  return new Date(now.getTime() + days * dayMs);
}

/**
 * Makes a token. Only its SHA-256 is stored: 256 random bits need no slow hash. Ended ones of the account are dropped. Throws
 * `AccountNotFound`, `InvalidArgument` for a label that is too long, `LimitExceeded`.
 */
export async function storeToken(
  store: Store,
  wanted: NewToken,
  sources: TokenSources,
): Promise<IssuedToken> {
  const { clock, random = randomBytes, signal } = sources;
  const { account, expires, origin, label } = wanted;
  if (label !== undefined && label.length > longestLabel)
    throw new InvalidArgument(`a label has up to ${longestLabel} characters, not ${label.length}`);
  const now = clock();
  const token = random(tokenBytes).toString('base64url');
  return await store.transaction(
    async (queryable) => {
      // Locked, so that tokens made at the same time are counted.
      const [found] = await queryable.query(
        'select 1 as one from furrow.account where name = $1 for update',
        [account],
      );
      if (found === undefined) throw new AccountNotFound(`there is no account '${account}'`);
      await queryable.query(
        `delete from furrow.token where account = $1 and (expires_at <= $2 or id in (
          select id from furrow.token where account = $1 and origin = 'login' order by id desc offset $3))`,
        [account, now, mostTokens - 1],
      );
      const [row] = await queryable.query<{ id: number; many: number }>(
        `insert into furrow.token (account, hash, scopes, label, origin, made_at, expires_at)
          values ($1, $2, $3, $4, $5, $6, $7)
          returning id, (select count(*) from furrow.token where account = $1) as many`,
        [account, digest(token), [...wanted.scopes], label ?? null, origin, now, expires],
      );
      if (row === undefined || row.many >= 2 * mostTokens)
        throw new LimitExceeded(
          `'${account}' has ${2 * mostTokens} tokens: revoke some (furrow token revoke)`,
        );
      return { id: row.id, token, expires };
    },
    { signal },
  );
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Whose token it is, and what it may be used for. */
export interface TokenHolder {
  readonly account: string;
  readonly kind: 'local' | 'oidc';
  readonly scopes: readonly Scope[];
  readonly expires: Date;
  readonly groups: readonly string[];
}

/** Whether the text can be a token at all. */
export function isToken(text: string): boolean {
  return tokenPattern.test(text);
}

/**
 * Whose token it is, in one round trip; undefined for one that is unknown, revoked or over, or whose account is disabled. The day of its
 * use is noted once a day.
 */
export async function findToken(
  store: Queryable,
  token: string,
  { clock, signal }: TokenSources,
): Promise<TokenHolder | undefined> {
  const [row] = await store.query<{
    account: string;
    kind: 'local' | 'oidc';
    scopes: Scope[];
    expires: Date;
    groups: string[];
  }>(
    `with found as (
        select t.id, t.used_on, t.account, a.kind, t.scopes, t.expires_at as expires,
          array(select m.member_of from furrow.membership m where m.account = t.account order by m.member_of) as groups
        from furrow.token t join furrow.account a on a.name = t.account
        where t.hash = $1 and t.expires_at > $2::timestamptz and a.enabled
      ), used as (
        update furrow.token t set used_on = ($2::timestamptz at time zone 'UTC')::date from found f
        where t.id = f.id and f.used_on is distinct from ($2::timestamptz at time zone 'UTC')::date
      )
      select account, kind, scopes, expires, groups from found`,
    [digest(token), clock()],
    { signal, prepare: true },
  );
  return row;
}

/** The tokens of an account that are not over, or of all, oldest first. */
export async function listTokens(
  store: Queryable,
  account: string | undefined,
  { clock, signal }: TokenSources,
): Promise<TokenFacts[]> {
  return await store.query<TokenFacts & Record<string, unknown>>(
    `select id, account, scopes, label, origin, made_at as made, expires_at as expires, used_on as used
      from furrow.token where expires_at > $1 and ($2::text is null or account = $2) order by id`,
    [clock(), account ?? null],
    { signal },
  );
}

/** Ends a token; servers see it within seconds. Throws `AccountNotFound` where there is none of that number. */
export async function revokeToken(store: Queryable, id: number, options: QueryOptions = {}): Promise<void> {
  const rows = await store.query('delete from furrow.token where id = $1 returning id', [id], options);
  if (rows.length === 0) throw new AccountNotFound(`there is no token ${id}`);
}

/** Ends all tokens of an account; gives their number. Throws `AccountNotFound`. */
export async function revokeTokens(
  store: Queryable,
  account: string,
  options: QueryOptions = {},
): Promise<number> {
  const [row] = await store.query<{ ended: number }>(
    `with ended as (delete from furrow.token where account = $1 returning id)
      select (select count(*) from ended) as ended from furrow.account where name = $1`,
    [account],
    options,
  );
  if (row === undefined)
    throw new AccountNotFound(`there is no account '${account.slice(0, 80)}'; furrow user list`);
  return row.ended;
}
