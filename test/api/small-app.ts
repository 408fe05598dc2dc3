import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import type { App } from '../../src/api/app.ts';
import { openeoPrefix } from '../../src/api/doors.ts';
import { answerProblems } from '../../src/api/problems.ts';

/** A server without routes, which answers problems as ours does. */
export function smallApp(): App {
  const app = fastify().withTypeProvider<TypeBoxTypeProvider>();
  answerProblems(app, openeoPrefix);
  return app;
}
