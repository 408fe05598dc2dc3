import { Type } from 'typebox';
import { NoData } from '../../errors.ts';
import { parcelsToGeoJson } from '../../formats/geojson-out.ts';
import type { BBox } from '../../geometry/grid.ts';
import { datasetFacts, listFacts } from '../../store/dataset-facts.ts';
import { datasetNamed } from '../../store/dataset-named.ts';
import { parcelRows } from '../../store/parcel-rows.ts';
import type { App } from '../app.ts';
import { callerStore } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { readBox } from './box.ts';

const config = { access: 'parcels' } as const;
const tags = ['parcels'];
export const datasetPath = Type.Object({
  dataset: Type.String({
    minLength: 1,
    maxLength: 500,
    description:
      'NAME: your own dataset, or else the only one of that name that you see. OWNER/NAME, as one segment (OWNER%2FNAME): that one.',
  }),
});
export const parcelPath = Type.Object({
  ...datasetPath.properties,
  pid: Type.Integer({
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'The number of the parcel in the store; `label` is the identifier of its source.',
  }),
});
const usualPage = 100;
const largestPage = 10_000;

/** Datasets and their parcels as GeoJSON. */
export function datasetRoutes(app: App, doors: Doors): void {
  app.get(
    '/parcels',
    {
      config,
      schema: {
        tags,
        summary:
          'The datasets that who asks may see, by names that find them: OWNER/NAME where NAME is not enough',
        operationId: 'listDatasets',
        response: { 200: Type.Object({ datasets: Type.Array(anyObject), links: Type.Array(anyObject) }) },
      },
    },
    async (request) => {
      const found = await listFacts(callerStore(doors, request), { signal: request.signal });
      const at = (name: string) => `${doors.address()}/parcels/${encodeURIComponent(name)}`;
      return {
        datasets: found.map((facts) => ({ ...facts, links: [{ rel: 'self', href: at(facts.name) }] })),
        links: [{ rel: 'self', href: `${doors.address()}/parcels` }],
      };
    },
  );

  app.get(
    '/parcels/:dataset',
    {
      config,
      schema: {
        tags,
        summary: 'Facts of a dataset: extent, crops, images',
        operationId: 'describeDataset',
        params: datasetPath,
        response: { 200: anyObject },
      },
    },
    async (request) => {
      const { signal } = request;
      const store = callerStore(doors, request);
      const { id, name } = await datasetNamed(store, request.params.dataset, { signal });
      const facts = await datasetFacts(store, id, { signal });
      const at = `${doors.address()}/parcels/${encodeURIComponent(name)}`;
      const tiles = `${doors.address()}/tiles/parcels/${encodeURIComponent(name)}/tile.json`;
      return {
        ...facts,
        links: [
          { rel: 'self', href: at },
          { rel: 'items', href: `${at}/items`, type: 'application/geo+json' },
          { rel: 'tiles', href: tiles, type: 'application/json' },
        ],
      };
    },
  );

  app.get(
    '/parcels/:dataset/items',
    {
      config,
      schema: {
        tags,
        summary: 'Parcels of a dataset as GeoJSON, page by page',
        operationId: 'listParcels',
        params: datasetPath,
        produces: ['application/geo+json'],
        querystring: Type.Object({
          bbox: Type.Optional(
            Type.String({
              maxLength: 200,
              description: 'west,south,east,north in degrees: what touches it.',
            }),
          ),
          crop: Type.Optional(Type.String({ maxLength: 500, description: 'As declared.' })),
          label: Type.Optional(Type.String({ maxLength: 500, description: "The source's own identifier." })),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: largestPage, description: '100 when left out.' }),
          ),
          next: Type.Optional(
            Type.Integer({
              minimum: Number.MIN_SAFE_INTEGER,
              maximum: Number.MAX_SAFE_INTEGER,
              description: 'From a link to the next page.',
            }),
          ),
        }),
        response: { 200: anyObject },
      },
    },
    async (request, reply) => {
      const { signal, query } = request;
      const { limit = usualPage, crop, label, next } = query;
      const bbox: BBox | undefined = query.bbox === undefined ? undefined : readBox(query.bbox);
      const store = callerStore(doors, request);
      const { id } = await datasetNamed(store, request.params.dataset, { signal });
      const found = await parcelRows(store, {
        dataset: id,
        bbox,
        crops: crop === undefined ? undefined : [crop],
        labels: label === undefined ? undefined : [label],
        after: next,
        most: limit + 1,
        signal,
      });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const links: { rel: string; href: string }[] = [];
      if (found.length > limit && last !== undefined) {
        const following = new URL(request.url, doors.address());
        following.searchParams.set('next', String(last.pid));
        links.push({ rel: 'next', href: following.href });
      }
      reply.type('application/geo+json');
      const collection = parcelsToGeoJson({ name: '', crs: 'OGC:CRS84', parcels: shown });
      return { ...collection, numberReturned: shown.length, links };
    },
  );

  app.get(
    '/parcels/:dataset/:pid',
    {
      config,
      schema: {
        tags,
        summary: 'One parcel as GeoJSON',
        operationId: 'getParcel',
        params: parcelPath,
        produces: ['application/geo+json'],
        response: { 200: anyObject },
      },
    },
    async (request, reply) => {
      const { signal, params } = request;
      const store = callerStore(doors, request);
      const { id, name } = await datasetNamed(store, params.dataset, { signal });
      const parcels = await parcelRows(store, { dataset: id, pids: [params.pid], most: 1, signal });
      const [feature] = parcelsToGeoJson({ name, crs: 'OGC:CRS84', parcels }).features;
      if (feature === undefined) throw new NoData(`dataset '${name}' has no parcel ${params.pid}`);
      reply.type('application/geo+json');
      return feature;
    },
  );
}
