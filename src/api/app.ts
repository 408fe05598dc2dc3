import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Caller, Scope } from '../accounts/caller.ts';

/** The server as route groups see it: types of requests come from their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Who may call a route: anybody, or who has a scope. */
export type Access = 'open' | Scope;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says it; one that does not keeps the server from starting. */
    readonly access?: Access;
  }
  interface FastifyRequest {
    /** Who asks; null on open routes. */
    caller: Caller | null;
  }
}
