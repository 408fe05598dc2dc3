import { Type } from 'typebox';
import { AuthenticationRequired, AuthenticationSchemeInvalid } from '../../errors.ts';
import { setting } from '../../settings.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { linkSchema } from './addresses.ts';
import { freePlan } from './capabilities.ts';

const tags = ['openeo account'];

const provider = Type.Object({
  id: Type.String(),
  issuer: Type.String(),
  title: Type.String(),
  scopes: Type.Array(Type.String()),
  default_clients: Type.Array(Type.Object({ id: Type.String(), grant_types: Type.Array(Type.String()) })),
});

/** How clients log in, and who they are then. Providers are announced only where one is configured. */
export function accountRoutes(app: App, { accounts }: Doors): void {
  app.get(
    `${openeoPrefix}/credentials/basic`,
    {
      config: { access: 'openeo' },
      schema: {
        tags,
        summary: 'A token for a user name and a password',
        operationId: 'authenticate-basic',
        response: { 200: Type.Object({ access_token: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { authorization } = request.headers;
      if (authorization === undefined)
        throw new AuthenticationRequired('a login shows user name and password (HTTP Basic)');
      // A token would otherwise live for ever: each of them could ask for the next.
      if (!/^basic /i.test(authorization))
        throw new AuthenticationSchemeInvalid('a login takes user name and password (HTTP Basic), no token');
      reply.header('cache-control', 'no-store');
      // Without accounts what was shown, if anything had to be, was the token of the server itself.
      if (accounts === undefined) return { access_token: setting('token') ?? callerOf(request).name };
      const { token } = await accounts.issueToken(callerOf(request), {
        label: 'openEO client',
        signal: request.signal,
      });
      return { access_token: token };
    },
  );
  const providers = accounts?.providers() ?? [];
  if (providers.length > 0)
    app.get(
      `${openeoPrefix}/credentials/oidc`,
      {
        config: { access: 'open' },
        schema: {
          tags,
          summary: 'Identity providers',
          operationId: 'authenticate-oidc',
          response: { 200: Type.Object({ providers: Type.Array(provider) }) },
        },
      },
      async () => ({
        providers: providers.map(({ id, issuer, title, scopes, default_clients: clients = [] }) => ({
          id,
          issuer,
          title,
          scopes: [...scopes],
          default_clients: clients.map((client) => ({ id: client.id, grant_types: [...client.grant_types] })),
        })),
      }),
    );
  app.get(
    `${openeoPrefix}/me`,
    {
      config: { access: 'openeo' },
      schema: {
        tags,
        summary: 'Who asks',
        operationId: 'describe-account',
        response: {
          200: Type.Object({
            user_id: Type.String(),
            name: Type.String(),
            default_plan: Type.String(),
            links: Type.Array(linkSchema),
          }),
        },
      },
    },
    async (request) => {
      const { name } = callerOf(request);
      return { user_id: name, name, default_plan: freePlan, links: [] };
    },
  );
}
