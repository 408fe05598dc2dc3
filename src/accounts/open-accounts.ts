import { createHmac, hash, randomBytes } from 'node:crypto';
import {
  CredentialsInvalid,
  orCancelled,
  PermissionsInsufficient,
  TokenInvalid,
  TooManyRequests,
  Unsupported,
} from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { AccountSettings } from './account-settings.ts';
import { readAuthorization } from './authorization.ts';
import { type Caller, type Scope, scopes } from './caller.ts';
import type { FetchDocument } from './fetch-document.ts';
import { addressKey, openTries, triesOfAddress, triesOfName } from './login-tries.ts';
import { isAccountName } from './names.ts';
import { type Identity, type OidcProvider, openProvider } from './oidc.ts';
import { isOutdated, openPasswords } from './passwords.ts';
import { shortLived } from './short-lived.ts';
import {
  checkScopes,
  endAfterDays,
  findToken,
  type IssuedToken,
  isToken,
  storeToken,
  type TokenHolder,
} from './tokens.ts';
import { type Account, addSubject, checkAccountStore, findAccount, findSubject } from './users.ts';

/** As long as this a server believes what it read of an account or a token: a revocation counts everywhere by then. */
const beliefMs = 3_000;
const mostKept = 4_096;

export interface AuthenticateOptions {
  readonly signal?: AbortSignal | undefined;
  /** Where the request comes from: wrong passwords are counted by it. */
  readonly address: string;
}

export interface IssueOptions {
  /** What it may be used for; everything that the caller may when left out. */
  readonly scopes?: readonly string[] | undefined;
  readonly days?: number | undefined;
  readonly label?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AccountSources {
  readonly clock: () => Date;
  readonly random?: ((bytes: number) => Buffer) | undefined;
  /** How documents of the identity provider are fetched; through the runtime's own HTTP when left out. */
  readonly fetchDocument?: FetchDocument | undefined;
}

export interface Accounts {
  /**
   * Who asks, by the `Authorization` header. Throws `AuthenticationRequired` where there is none, `AuthenticationSchemeInvalid`,
   * `CredentialsInvalid`, `TokenInvalid`, and `TooManyRequests` after too many wrong passwords.
   */
  authenticate(authorization: string | undefined, options: AuthenticateOptions): Promise<Caller>;
  /**
   * Makes a token for the caller, who cannot give away more than was shown: neither scopes nor time. Throws `InvalidArgument`,
   * `PermissionsInsufficient`, `LimitExceeded`.
   */
  issueToken(caller: Caller, options?: IssueOptions): Promise<IssuedToken>;
  /** Whether there is an account of that name that is let in. */
  isEnabled(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<boolean>;
  /** The identity providers that clients may use. */
  providers(): readonly OidcProvider[];
}

/**
 * The accounts in a PostgreSQL store, asked as the service: `store` is a connection of furrow_service, or of somebody who may become it.
 * Throws `Unsupported` for the embedded store.
 */
export function openAccounts(store: Store, settings: AccountSettings, sources: AccountSources): Accounts {
  checkAccountStore(store);
  const { clock, random = randomBytes } = sources;
  const passwords = openPasswords(random);
  const names = openTries(triesOfName, clock, random);
  const addresses = openTries(triesOfAddress, clock, random);
  const provider = settings.provider && openProvider(settings.provider, sources);
  const kept = { ms: beliefMs, most: mostKept, clock };
  const tokens = shortLived<TokenHolder | undefined>(kept, (holder) => holder !== undefined);
  const byName = shortLived<Account | undefined>(kept);
  const bySubject = shortLived<Account | undefined>(kept, (account) => account !== undefined);
  /** Passwords that were found right, as a keyed hash, with what was stored then: clients of Basic show theirs at every request. */
  const right = new Map<string, string>();
  const secret = random(32);

  async function byPassword(name: string, password: string, { signal, address }: AuthenticateOptions) {
    const wrong = () => new CredentialsInvalid('user name and password do not go together');
    const account = isAccountName(name)
      ? await orCancelled(
          byName.get(name, () => findAccount(store, name)),
          signal,
          'a login',
        )
      : undefined;
    const stored = account?.password ?? undefined;
    const digest = createHmac('sha256', secret)
      .update(JSON.stringify([name, password]))
      .digest('base64');
    if (account?.enabled && stored !== undefined && right.get(digest) === stored) return callerOf(account);
    const keys = [
      [addresses, addressKey(address)],
      [names, name],
    ] as const;
    const waits = keys.map(([tries, key]) => tries.take(key));
    const giveBack = () => {
      for (const [i, [tries, key]] of keys.entries()) if (waits[i] === undefined) tries.giveBack(key);
    };
    const wait = Math.max(...waits.map((ms) => ms ?? 0));
    if (wait > 0) {
      giveBack();
      throw new TooManyRequests(
        `too many wrong passwords; try again in ${Math.ceil(wait / 1000)} s, or log in with a token`,
      );
    }
    let matches: boolean;
    try {
      matches = await passwords.matches(password, stored, { signal });
    } catch (error) {
      giveBack();
      throw error;
    }
    if (!matches || account === undefined || stored === undefined || !account.enabled) throw wrong();
    giveBack();
    const today = isOutdated(stored) ? await renew(account.name, password, stored, signal) : stored;
    right.delete(digest);
    right.set(digest, today);
    for (const oldest of right.keys()) {
      if (right.size <= mostKept) break;
      right.delete(oldest);
    }
    return callerOf(account);
  }

  /** Stores the password with today's parameters, unless it was changed meanwhile; gives what is stored then. */
  async function renew(name: string, password: string, stored: string, signal: AbortSignal | undefined) {
    const fresh = await passwords.hash(password, { signal });
    const rows = await store.query(
      'update furrow.account set password = $2 where name = $1 and password = $3 returning name',
      [name, fresh, stored],
      { signal },
    );
    byName.forget(name);
    return rows.length > 0 ? fresh : stored;
  }

  async function byToken(token: string, signal: AbortSignal | undefined): Promise<Caller> {
    const wrong = () => new TokenInvalid('this token is unknown, revoked or over; log in again');
    if (!isToken(token)) throw wrong();
    const key = hash('sha256', token, 'base64');
    const holder = await orCancelled(
      tokens.get(key, () => findToken(store, token, { clock })),
      signal,
      'asking whose token it is',
    );
    if (holder === undefined || holder.expires <= clock()) throw wrong();
    return {
      name: holder.account,
      kind: holder.kind === 'oidc' ? 'oidc' : 'account',
      groups: holder.groups,
      scopes: new Set(holder.scopes),
      expires: holder.expires,
    };
  }

  async function byIdentity(id: string, jwt: string, signal: AbortSignal | undefined): Promise<Caller> {
    if (provider === undefined || provider.facts.id !== id)
      throw new TokenInvalid(
        `there is no identity provider '${id.slice(0, 40)}'; /credentials/oidc lists them`,
      );
    const identity = await orCancelled(provider.identify(jwt), signal, 'checking a token');
    const account = await orCancelled(
      bySubject.get(identity.subject, () => admitted(identity)),
      signal,
      'a login',
    );
    if (account === undefined)
      throw new TokenInvalid(
        'the identity provider knows you, this server does not: ask who runs it to add you',
      );
    if (!account.enabled) throw new TokenInvalid('this account is disabled');
    return { ...callerOf(account), expires: identity.expires };
  }

  async function admitted({ subject, title }: Identity): Promise<Account | undefined> {
    if (settings.provider === undefined) return undefined;
    const { id, issuerText: issuer, admitsNew } = settings.provider;
    const account = await findSubject(store, issuer, subject);
    if (account !== undefined || !admitsNew) return account;
    await addSubject(store, { provider: id, issuer, subject, title });
    return await findSubject(store, issuer, subject);
  }

  return {
    async authenticate(authorization, options) {
      const shown = readAuthorization(authorization);
      if (shown.kind === 'password') return await byPassword(shown.name, shown.password, options);
      if (shown.kind === 'token') return await byToken(shown.token, options.signal);
      return await byIdentity(shown.provider, shown.jwt, options.signal);
    },
    async issueToken(caller, { scopes: asked, days = settings.tokenDays, label, signal } = {}) {
      if (caller.kind === 'owner') throw new Unsupported('this server has no accounts, and so no tokens');
      const wanted: Scope[] = asked === undefined ? [...caller.scopes] : checkScopes(asked);
      const beyond = wanted.filter((scope) => !caller.scopes.has(scope));
      if (beyond.length > 0)
        throw new PermissionsInsufficient(`what was shown has no scope ${beyond.join(', ')} to give on`);
      const end = endAfterDays(days, clock());
      const expires = caller.expires !== undefined && caller.expires < end ? caller.expires : end;
      return await storeToken(
        store,
        { account: caller.name, scopes: wanted, expires, origin: 'login', label },
        { clock, random, signal },
      );
    },
    async isEnabled(name, { signal } = {}) {
      const asked = byName.get(name, () => findAccount(store, name));
      return (await orCancelled(asked, signal, 'asking for an account'))?.enabled === true;
    },
    providers: () => (provider === undefined ? [] : [provider.facts]),
  };
}

/** An account whose password or identity was shown may do everything; what it sees is decided by the store. */
function callerOf({ name, kind, groups }: Account): Caller {
  return { name, kind: kind === 'oidc' ? 'oidc' : 'account', groups, scopes: new Set(scopes) };
}
