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

/**
 * The one person of a server without accounts. With a token (FURROW_TOKEN) every request must show it, as a bearer token, also in
 * openEO's form, or as the password of any name. Throws `InvalidArgument` for a token of less than 16 characters.
 */
export function ownerOnly(token: string | undefined): Authenticator {
  const owner: Caller = { name: 'owner', kind: 'owner', groups: [], scopes: new Set(scopes) };
  if (token !== undefined && token.length < leastToken)
    throw new InvalidArgument(`FURROW_TOKEN has ${token.length} characters: it takes at least ${leastToken}`);
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return {
    authenticate: async (authorization) => {
      if (token === undefined) return owner;
      if (authorization === undefined)
        throw new AuthenticationRequired('this server asks for its token (FURROW_TOKEN)');
      if (timingSafeEqual(digest(shownSecret(authorization)), digest(token))) return owner;
      throw new TokenInvalid('that is not the token of this server');
    },
  };
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
 * rebinding") would otherwise be taken for the person at the keyboard.
 */
export function answerThisMachineOnly(app: App): void {
  app.addHook('onRequest', async ({ headers }) => {
    if (!isLoopback(headers.host ?? ''))
      throw new PermissionsInsufficient(
        `without accounts this server answers under the name of this machine only, not '${headers.host ?? ''}'`,
      );
  });
}
