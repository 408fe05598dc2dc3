import { createHash, timingSafeEqual } from 'node:crypto';
import { type Caller, scopes } from '../accounts/caller.ts';
import { AuthenticationRequired, InvalidArgument, PermissionsInsufficient, TokenInvalid } from '../errors.ts';
import type { Authenticator } from './access.ts';
import type { App } from './app.ts';

const leastToken = 16;
const loopback = /^(localhost|[\w-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** Whether a host name, an address or both with a port mean this machine itself. */
export function isLoopback(host: string): boolean {
  return loopback.test(
    host.includes(':') && !host.includes('[') && host.split(':').length > 2 ? `[${host}]` : host,
  );
}

/** Whether an address stands for all interfaces of a machine: one can listen there, and nobody gets there from elsewhere. */
export function isEverywhere(address: string): boolean {
  return ['0.0.0.0', '[::]'].includes(new URL(address).hostname);
}

/**
 * The one person of a server without accounts. With a token (FURROW_TOKEN) every request must show it, as a bearer token, also in
 * openEO's form, or as the password of any name. Throws `InvalidArgument` for a token of less than 16 characters.
 */
export function ownerOnly(token: string | undefined, name = 'owner'): Authenticator {
  const owner: Caller = { name, kind: 'owner', groups: [], scopes: new Set(scopes) };
  if (token !== undefined && token.length < leastToken)
    throw new InvalidArgument(`FURROW_TOKEN has ${token.length} characters: it takes at least ${leastToken}`);
  return {
    authenticate: async (authorization) => {
      if (token === undefined) return owner;
      if (authorization === undefined)
        throw new AuthenticationRequired('this server asks for its token (FURROW_TOKEN)');
      if (isSameSecret(shownSecret(authorization), token)) return owner;
      throw new TokenInvalid('that is not the token of this server');
    },
  };
}

/** Whether two texts are equal, in a time that tells nothing of where they differ. */
export function isSameSecret(shown: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(right));
}

/** The secret in an `Authorization` header, of either scheme. */
function shownSecret(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(' ', 2);
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(value, 'base64').toString();
    return pair.slice(pair.indexOf(':') + 1);
  }
  return value.replace(/^basic\/\//, '');
}

/**
 * Answers only requests that name this machine: a page of the Internet whose name resolves to the loopback address ("DNS
 * rebinding") would otherwise be taken for the person at the keyboard. So would one that sends a request here without reading the
 * answer, or opens a WebSocket, which no browser asks about first: of pages only those of the server itself and of `origins` are heard,
 * and pages of other sites cannot embed what is answered.
 */
export function answerThisMachineOnly(app: App, origins: readonly string[]): void {
  app.addHook('onRequest', async ({ headers: { host = '', origin } }, reply) => {
    if (!isLoopback(host))
      throw new PermissionsInsufficient(
        `without accounts this server answers under the name of this machine only, not '${host}'`,
      );
    const own = [`http://${host}`, `https://${host}`].includes(origin ?? `http://${host}`);
    if (!own && !origins.includes('*') && !origins.includes(origin ?? ''))
      throw new PermissionsInsufficient(
        `pages of '${origin}' may not call this server; FURROW_ALLOW_ORIGINS lists those that may`,
      );
    if (origins.length === 0) reply.header('cross-origin-resource-policy', 'same-site');
  });
}
