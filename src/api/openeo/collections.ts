import { Type } from 'typebox';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { linkSchema, openeoAddress } from './addresses.ts';
import { collectionDocument, queryables } from './collection-document.ts';
import { pageOf, pageQuery } from './pages.ts';
import { publishedCollections } from './published-collections.ts';

const config = { access: 'open' } as const;
const tags = ['openeo discovery'];
const params = Type.Object({ collection_id: Type.String({ maxLength: 500 }) });

/** The configured collections as STAC. One that cannot be opened is left out of the list, and the log says why. */
export function collectionRoutes(app: App, doors: Doors): void {
  const published = publishedCollections(doors.config.collections, doors.clock);
  const address = () => openeoAddress(doors, '');
  app.get(
    `${openeoPrefix}/collections`,
    {
      config,
      schema: {
        tags,
        summary: 'Collections',
        operationId: 'list-collections',
        querystring: pageQuery,
        response: { 200: Type.Object({ collections: Type.Array(anyObject), links: Type.Array(linkSchema) }) },
      },
    },
    async ({ query, signal, log }) => {
      const { page, links } = pageOf(published.names, query, openeoAddress(doors, '/collections'));
      const opened = await Promise.allSettled(page.map((name) => published.open(name, { signal })));
      const collections = opened.flatMap((result, i) => {
        if (result.status === 'fulfilled') return [collectionDocument(result.value, address())];
        log.warn({ collection: page[i], err: result.reason as Error }, 'a collection cannot be opened');
        return [];
      });
      return { collections, links: [...links] };
    },
  );
  app.get(
    `${openeoPrefix}/collections/:collection_id`,
    {
      config,
      schema: {
        tags,
        summary: 'One collection',
        operationId: 'describe-collection',
        params,
        response: { 200: anyObject },
      },
    },
    async ({ params: { collection_id: name }, signal }) =>
      collectionDocument(await published.open(name, { signal }), address()),
  );
  app.get(
    `${openeoPrefix}/collections/:collection_id/queryables`,
    {
      config,
      schema: {
        tags,
        summary: 'What the images of a collection can be filtered by',
        operationId: 'list-collection-queryables',
        params,
        produces: ['application/schema+json'],
        response: { 200: anyObject },
      },
    },
    async ({ params: { collection_id: name }, signal }, reply) =>
      reply
        .type('application/schema+json')
        .send(queryables(await published.open(name, { signal }), address())),
  );
}
