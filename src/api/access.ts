import type { FastifyRequest } from 'fastify';
import type { Caller } from '../accounts/caller.ts';
import { AuthenticationRequired, InvalidArgument, PermissionsInsufficient } from '../errors.ts';
import type { App } from './app.ts';

/** Tells who asks by the `Authorization` header. Throws `AuthenticationRequired`, `CredentialsInvalid`, `TokenInvalid`, `TooManyRequests`. */
export interface Authenticator {
  authenticate(
    authorization: string | undefined,
    options: { readonly signal?: AbortSignal | undefined; readonly address: string },
  ): Promise<Caller>;
}

/**
 * Deny by default: a route without `config.access` stops the server from starting (`InvalidArgument`), and on all others that are
 * not `open` the caller is known, and has the scope, before the body is read.
 */
export function guardRoutes(app: App, { authenticate }: Authenticator): void {
  app.decorateRequest('caller', null);
  app.addHook('onRoute', ({ config, method, url }) => {
    if (config?.access === undefined)
      throw new InvalidArgument(`route ${method} ${url} does not say who may call it`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (access === 'open' || request.is404) return;
    // Only the preflight route of the CORS plugin was there before this guard; the plugin answers it where CORS is on.
    if (access === undefined) return reply.callNotFound();
    const caller = await authenticate(request.headers.authorization, {
      signal: request.signal,
      address: request.ip,
    });
    if (!caller.scopes.has(access))
      throw new PermissionsInsufficient(
        `this needs the scope '${access}'; what was shown has ${[...caller.scopes].join(', ') || 'none'}`,
      );
    request.caller = caller;
  });
}

/** Who asks, on a route that is not open. Throws `AuthenticationRequired` on one that is. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new AuthenticationRequired('this route does not ask who calls it');
  return request.caller;
}
