import { Type } from 'typebox';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { type Link, linkSchema, openeoAddress } from './addresses.ts';
import { announceRoutes } from './announced-routes.ts';
import { ignoreEmptyParameters } from './empty-parameters.ts';

/** What this API conforms to: its own class, and the parts of the STAC API that openEO takes over. */
const conformsTo = [
  'https://api.openeo.org/1.2.0',
  'https://api.stacspec.org/v1.0.0/core',
  'https://api.stacspec.org/v1.0.0/collections',
];

const config = { access: 'open' } as const;
const tags = ['openeo capabilities'];
const conformance = Type.Object({ conformsTo: Type.Array(Type.String()) });

const version = Type.Object({
  url: Type.String(),
  api_version: Type.String(),
  production: Type.Boolean(),
});

const capabilities = Type.Object({
  api_version: Type.String(),
  backend_version: Type.String(),
  stac_version: Type.String(),
  type: Type.Literal('Catalog'),
  id: Type.String(),
  title: Type.String(),
  description: Type.String(),
  production: Type.Boolean(),
  conformsTo: Type.Array(Type.String()),
  endpoints: Type.Array(Type.Object({ path: Type.String(), methods: Type.Array(Type.String()) })),
  billing: Type.Object({
    currency: Type.String(),
    default_plan: Type.String(),
    plans: Type.Array(Type.Object({ name: Type.String(), description: Type.String(), paid: Type.Boolean() })),
  }),
  links: Type.Array(linkSchema),
});

/** Names of the billing plans; there is nothing to pay. */
export const freePlan = 'free';

/** Where the API is, what it can do and what it conforms to. The first group: it announces the routes of those behind it. */
export function capabilityRoutes(app: App, doors: Doors): void {
  ignoreEmptyParameters(app);
  const announced = announceRoutes(app);
  app.get(
    '/.well-known/openeo',
    {
      config,
      schema: {
        tags,
        summary: 'Versions of the openEO API',
        operationId: 'connect',
        response: { 200: Type.Object({ versions: Type.Array(version) }) },
      },
    },
    async () => ({
      versions: [{ url: openeoAddress(doors, '/'), api_version: '1.2.0', production: true }],
    }),
  );
  app.get(
    openeoPrefix,
    {
      config,
      schema: {
        tags,
        summary: 'What this back end can do',
        operationId: 'capabilities',
        response: { 200: capabilities },
      },
    },
    async () => ({
      api_version: '1.2.0',
      backend_version: doors.version,
      stac_version: '1.1.0',
      type: 'Catalog' as const,
      id: 'furrow',
      title: 'Furrow',
      description:
        'Data cubes over the collections of this server, computed at once, as batch jobs or as map tiles, by the processes of the openEO API.',
      production: true,
      conformsTo,
      endpoints: announced(),
      billing: {
        // Nothing costs any; null, which says so too, is refused by clients that check answers as OpenAPI 3.1.
        currency: 'credits',
        default_plan: freePlan,
        plans: [
          { name: freePlan, description: 'All that this server can do; nothing is charged.', paid: false },
        ],
      },
      links: links(doors),
    }),
  );
  app.get(
    `${openeoPrefix}/conformance`,
    {
      config,
      schema: {
        tags,
        summary: 'Conformance classes',
        operationId: 'conformance',
        response: { 200: conformance },
      },
    },
    async () => ({ conformsTo }),
  );
}

function links(doors: Doors): Link[] {
  const at = (rel: string, path: string, title: string): Link => ({
    rel,
    href: openeoAddress(doors, path),
    type: 'application/json',
    title,
  });
  return [
    at('self', '/', 'This document'),
    at('root', '/', 'This document'),
    at('conformance', '/conformance', 'Conformance classes'),
    at('data', '/collections', 'Collections'),
    {
      rel: 'version-history',
      href: `${doors.address()}/.well-known/openeo`,
      type: 'application/json',
      title: 'Versions of the openEO API',
    },
    {
      rel: 'service-desc',
      href: `${doors.address()}/openapi.json`,
      type: 'application/vnd.oai.openapi+json;version=3.1',
      title: 'Description of this server',
    },
  ];
}
