import { createHash } from 'node:crypto';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose';
import { EgressRefused, InvalidFile, TokenInvalid } from '../errors.ts';
import { isAllowedHost } from '../storage/egress.ts';
import type { ProviderSettings } from './account-settings.ts';
import { documentFetcher, type FetchDocument } from './fetch-document.ts';
import { shortLived } from './short-lived.ts';

/** A provider as `/credentials/oidc` shows it (openEO API 1.2). */
export interface OidcProvider {
  readonly id: string;
  readonly issuer: string;
  readonly title: string;
  readonly scopes: readonly string[];
  readonly default_clients?: readonly { readonly id: string; readonly grant_types: readonly string[] }[];
}

/** Whom a token names, and until when. */
export interface Identity {
  readonly subject: string;
  readonly title: string | undefined;
  readonly expires: Date;
}

export interface Provider {
  readonly facts: OidcProvider;
  /** Whom a token of the provider names. Throws `TokenInvalid`, and what fetching the provider's keys throws. */
  identify(jwt: string): Promise<Identity>;
}

/** Signatures that whoever checks them cannot make. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Kinds of tokens that say who somebody is; a logout token is none (its claims are those of an id token otherwise). */
const kinds = new Set(['jwt', 'at+jwt', 'application/at+jwt', 'application/jwt']);
const clockSkewSeconds = 30;
/** Keys are asked for again after this, and for a key that is not among them no sooner than this. */
const keysMs = 600_000;
const soonestMs = 30_000;
/** A provider that does not answer is left in peace for so long, and its keys are believed for a day. */
const afterFailureMs = 5_000;
const longestMs = 86_400_000;
const identityMs = 60_000;

export interface ProviderSources {
  readonly clock: () => Date;
  readonly fetchDocument?: FetchDocument | undefined;
}

/**
 * An OpenID Connect provider whose tokens are checked here: signature by the keys that its discovery names (Discovery 1.0), `iss`, `exp`,
 * `nbf`, and `aud`, `azp` or `client_id` among the configured clients. The provider's own host is asked wherever it is: the administrator named it.
 */
export function openProvider(
  settings: ProviderSettings,
  { clock, fetchDocument: fetch = documentFetcher(settings.issuer) }: ProviderSources,
): Provider {
  const { issuer, issuerText, clients, defaultClient } = settings;
  const identities = shortLived<Identity>({ ms: identityMs, most: 4_096, clock });
  let keys: { readonly find: JWTVerifyGetKey; readonly at: number } | undefined;
  let failed: { readonly error: unknown; readonly at: number } | undefined;
  let asking: Promise<void> | undefined;

  async function askForKeys(): Promise<void> {
    checkScheme(issuer);
    const discovery = new URL(`${issuerText.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const document = await fetch(discovery);
    const told = textOf(document, 'issuer');
    if (told !== issuerText)
      throw new InvalidFile(
        `${discovery.href} is of the issuer '${told}', FURROW_OIDC_ISSUER names '${issuerText}'`,
      );
    const address = URL.parse(textOf(document, 'jwks_uri') ?? '');
    if (address === null) throw new InvalidFile(`${discovery.href} names no jwks_uri`);
    if (address.protocol !== issuer.protocol && address.protocol !== 'https:')
      throw new EgressRefused(`${discovery.href}: keys at ${address.href} are not fetched without https`);
    const set = await fetch(address);
    if (!isKeySet(set)) throw new InvalidFile(`${address.href} is no set of keys`);
    const { createLocalJWKSet } = await import('jose');
    keys = { find: createLocalJWKSet(set), at: clock().getTime() };
  }

  /** The keys, at most so old. Old ones are better than none while the provider does not answer. */
  async function keysOf(oldest: number): Promise<JWTVerifyGetKey> {
    const since = (at: number) => clock().getTime() - at;
    if (keys !== undefined && since(keys.at) <= oldest) return keys.find;
    if (failed === undefined || since(failed.at) > afterFailureMs) {
      asking ??= askForKeys().finally(() => {
        asking = undefined;
      });
      failed = await asking.then(
        () => undefined,
        (error: unknown) => ({ error, at: clock().getTime() }),
      );
    }
    if (keys === undefined || (failed !== undefined && since(keys.at) > longestMs)) throw failed?.error;
    return keys.find;
  }

  async function identify(jwt: string): Promise<Identity> {
    const { errors, jwtVerify } = await import('jose');
    const verify = async (oldest: number) =>
      await jwtVerify(jwt, await keysOf(oldest), {
        issuer: issuerText,
        algorithms,
        clockTolerance: clockSkewSeconds,
        currentDate: clock(),
        requiredClaims: ['sub', 'exp'],
      });
    const refused = (error: unknown) =>
      error instanceof errors.JOSEError
        ? new TokenInvalid(`the identity provider's token does not hold: ${error.message}`, { cause: error })
        : error;
    const { payload, protectedHeader } = await verify(keysMs)
      .catch(async (error: unknown) => {
        // The provider may have new keys.
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        return await verify(soonestMs);
      })
      .catch((error: unknown) => {
        throw refused(error);
      });
    if (!kinds.has((protectedHeader.typ ?? 'jwt').toLowerCase()))
      throw new TokenInvalid(
        `a token of the kind '${String(protectedHeader.typ).slice(0, 40)}' says not who asks`,
      );
    if (!isForUs(payload, clients))
      throw new TokenInvalid(
        `the identity provider's token is for other clients than FURROW_OIDC_CLIENTS names`,
      );
    const { sub = '', exp = 0 } = payload;
    // OpenID Connect Core 1.0, 2: up to 255 ASCII characters.
    if (!/^[\x20-\x7e]{1,255}$/.test(sub))
      throw new TokenInvalid("the identity provider's token names no subject of up to 255 ASCII characters");
    return { subject: sub, title: titleOf(payload), expires: new Date(exp * 1000) };
  }

  return {
    facts: {
      id: settings.id,
      issuer: issuerText,
      title: settings.title,
      scopes: settings.scopes,
      ...(defaultClient === undefined
        ? {}
        : {
            default_clients: [
              {
                id: defaultClient,
                grant_types: ['urn:ietf:params:oauth:grant-type:device_code+pkce', 'refresh_token'],
              },
            ],
          }),
    },
    async identify(jwt) {
      const key = createHash('sha256').update(jwt).digest('base64');
      const identity = await identities.get(key, () => identify(jwt));
      if (identity.expires.getTime() + clockSkewSeconds * 1000 <= clock().getTime())
        throw new TokenInvalid('the token is over');
      return identity;
    },
  };
}

/** Without https anybody on the way could give us keys of their own; on this machine, or where the administrator says so, nobody is. */
function checkScheme(issuer: URL): void {
  const here = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(issuer.hostname);
  if (issuer.protocol !== 'https:' && !here && !isAllowedHost(issuer))
    throw new EgressRefused(
      `FURROW_OIDC_ISSUER ${issuer.href} is asked without https only where FURROW_EGRESS_ALLOW names ${issuer.host}`,
    );
}

/** The token was made for one of our clients (`aud`), or on behalf of one (`azp`, or `client_id` as RFC 9068 has it). */
function isForUs({ aud, azp, client_id: client }: JWTPayload, clients: readonly string[]): boolean {
  const named = [...(Array.isArray(aud) ? aud : [aud]), azp, client];
  return named.some((name) => typeof name === 'string' && clients.includes(name));
}

function titleOf({ name, preferred_username: login, email }: JWTPayload): string | undefined {
  const found = [name, login, email].find((text) => typeof text === 'string' && text.trim() !== '');
  return typeof found === 'string' ? found.replaceAll(/\p{C}/gu, ' ').slice(0, 200) : undefined;
}

function textOf(document: unknown, key: string): string | undefined {
  const value = typeof document === 'object' && document !== null ? Reflect.get(document, key) : undefined;
  return typeof value === 'string' ? value : undefined;
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return (
    typeof value === 'object' &&
    value !== null &&
    'keys' in value &&
    Array.isArray(value.keys) &&
    value.keys.length <= 100 &&
    value.keys.every((key) => typeof key === 'object' && key !== null)
  );
}
