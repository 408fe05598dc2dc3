import { fastifySwagger } from '@fastify/swagger';
import { Type } from 'typebox';
import type { App } from './app.ts';
import { openeoPrefix } from './doors.ts';
import { problemSchema, problemType } from './problems.ts';

/** Any JSON object; for documents whose shape another specification says (STAC, GeoJSON). */
export const anyObject = Type.Object({}, { additionalProperties: true });

/**
 * The description of the server at `/openapi.json`, made from the schemas of its routes (OpenAPI 3.1). Every route also answers
 * problems, and those that are not open ask for credentials.
 */
export async function describeRoutes(app: App, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Furrow',
        version,
        description:
          'Data cubes by the openEO API, parcels and their signatures, tiles of both. Errors are problem documents with the code of the openEO API and the id of the request.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
    },
  });
  app.addHook('onRoute', (route) => {
    const { config, schema = {}, url } = route;
    const response = (schema.response ?? {}) as Record<string, unknown>;
    // Whatever the route itself produces.
    const problem = {
      description: 'What went wrong.',
      content: { [problemType(url, openeoPrefix)]: { schema: problemSchema } },
    };
    route.schema = {
      ...schema,
      ...(config?.access === 'open' ? {} : { security: [{ bearer: [] }, { basic: [] }] }),
      response: { ...response, '4xx': problem, '5xx': problem },
    };
  });
}

/** The route of the description itself; registered after all others. */
export function descriptionRoute(app: App): void {
  app.get(
    '/openapi.json',
    {
      config: { access: 'open' },
      schema: { summary: 'This description', tags: ['server'], response: { 200: anyObject } },
    },
    async () => app.swagger(),
  );
}
