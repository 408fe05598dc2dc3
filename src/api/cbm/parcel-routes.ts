import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { NoData } from '../../errors.ts';
import { checkArea } from '../../geometry/area.ts';
import type { Area } from '../../geometry/polygon.ts';
import { datasetOfArea } from '../../store/dataset-of-area.ts';
import { parcelRows, pidOfLabel } from '../../store/parcel-rows.ts';
import { type Peer, peers } from '../../store/peers.ts';
import type { App } from '../app.ts';
import { callerStore } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { type Columns, columnsOf, columnsSchema } from './columns.ts';
import { readOldPolygon } from './old-polygon.ts';
import { datasetParameters, flag, isSet, oldForms, parcelParameters, placeParameters } from './parameters.ts';
import { parcelFacts, parcelIds } from './parcel-facts.ts';
import { areaOf } from './series-routes.ts';

const tags = ['checks by monitoring'];
const config = { access: 'parcels' } as const;
const outlines = {
  withGeometry: flag('Outlines as GeoJSON texts.'),
  wgs84: flag('Outlines in longitude and latitude, not in the CRS of the source.'),
};
/** Parcels of one answer, as the service gives them. */
const most = 100;

const withinParameters = Type.Object({
  ...datasetParameters,
  ...outlines,
  only_ids: flag('Only identifiers; true when left out.'),
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'From a link to the next page.',
    }),
  ),
});

/** Parcels by place, by identifier, by polygon, and their peers. */
export function parcelRoutes(app: App, doors: Doors): void {
  app.get(
    '/query/parcelByLocation',
    {
      config,
      schema: {
        tags,
        summary: 'Parcels that hold a point',
        operationId: 'parcelByLocation',
        querystring: Type.Object({ ...datasetParameters, ...placeParameters, ...outlines }),
        response: { 200: columnsSchema },
      },
    },
    async (request) => {
      const { lon, lat, withGeometry, wgs84 } = request.query;
      const { signal } = request;
      const store = callerStore(doors, request);
      const dataset = await datasetOfArea(store, areaOf(request.query), { signal });
      const found = await parcelRows(store, { dataset: dataset.id, at: [lon, lat], most, signal });
      const facts = parcelFacts(dataset, found, { geometry: isSet(withGeometry), wgs84: isSet(wgs84) });
      return oldForms() ? { ...facts, cropcode: (facts.cropcode ?? []).map(numberWherePossible) } : facts;
    },
  );

  app.get(
    '/query/parcelByID',
    {
      config,
      schema: {
        tags,
        summary: 'One parcel by its public identifier',
        operationId: 'parcelByID',
        querystring: Type.Object({ ...parcelParameters, ...outlines }),
        response: { 200: columnsSchema },
      },
    },
    async (request) => {
      const { pid, withGeometry, wgs84 } = request.query;
      const { signal } = request;
      const store = callerStore(doors, request);
      const dataset = await datasetOfArea(store, areaOf(request.query), { signal });
      const found = await parcelRows(store, { dataset: dataset.id, labels: [pid], most: 1, signal });
      return parcelFacts(dataset, found, { geometry: isSet(withGeometry), wgs84: isSet(wgs84) });
    },
  );

  app.get(
    '/query/parcelsByPolygon',
    {
      config,
      schema: {
        tags,
        summary: 'Parcels that touch a polygon',
        description:
          'lon_lat-lon_lat-...; a - directly after _ or where a point begins is a sign. At most 100 parcels: where there are more, `truncated` says so and the Link header names the next page.',
        operationId: 'parcelsByPolygon',
        querystring: Type.Evaluate(
          Type.Intersect([withinParameters, Type.Object({ polygon: Type.String({ maxLength: 16_000 }) })]),
        ),
        response: { 200: columnsSchema },
      },
    },
    async (request, reply) => within(request, reply, readOldPolygon(request.query.polygon)),
  );

  app.post(
    '/query/parcelsByPolygon',
    {
      config,
      schema: {
        tags,
        summary: 'Parcels that touch a polygon given as GeoJSON',
        operationId: 'parcelsByGeoJson',
        querystring: withinParameters,
        body: anyObject,
        response: { 200: columnsSchema },
      },
    },
    async (request, reply) => {
      const { geometry = request.body } = request.body as { readonly geometry?: unknown };
      return within(request, reply, checkArea(geometry, 'the polygon of the request'));
    },
  );

  async function within(request: FastifyRequest, reply: FastifyReply, area: Area): Promise<Columns> {
    const query = request.query as Static<typeof withinParameters>;
    const { signal } = request;
    const store = callerStore(doors, request);
    const dataset = await datasetOfArea(store, areaOf(query), { signal });
    const asked = { dataset: dataset.id, area, after: query.after, most: most + 1, signal };
    const found = await parcelRows(store, asked);
    const shown = found.slice(0, most);
    const options = { geometry: isSet(query.withGeometry), wgs84: isSet(query.wgs84) };
    const only = isSet(query.only_ids, true);
    const columns: Columns = (only ? parcelIds : parcelFacts)(dataset, shown, options);
    const answer = oldForms() ? { ...columns, pid: (columns.pid ?? []).map(numberWherePossible) } : columns;
    const last = shown.at(-1);
    if (found.length <= most || last === undefined) return answer;
    const next = new URL(request.url, doors.address());
    next.searchParams.set('after', String(last.pid));
    reply.header('link', `<${next.href}>; rel="next"`);
    return { ...answer, truncated: shown.map(() => true) };
  }

  app.get(
    '/query/parcelPeers',
    {
      config,
      schema: {
        tags,
        summary: 'The nearest parcels of the same crop',
        operationId: 'parcelPeers',
        querystring: Type.Object({
          ...parcelParameters,
          distance: Type.Optional(
            Type.Number({ minimum: 0, maximum: 100_000, description: 'Metres; 2000 when left out.' }),
          ),
          max: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, description: '10 when left out.' })),
        }),
        response: { 200: columnsSchema },
      },
    },
    async (request) => {
      const { pid, distance, max } = request.query;
      const { signal } = request;
      const store = callerStore(doors, request);
      const dataset = await datasetOfArea(store, areaOf(request.query), { signal });
      const parcel = await pidOfLabel(store, dataset.id, pid, { signal });
      const asked = { dataset: dataset.id, distance, most: max, signal };
      const found = parcel === undefined ? [] : await peers(store, { ...asked, pid: parcel }).catch(none);
      return columnsOf(
        ['pids', 'distance'],
        found.map((peer) => ({ pids: peer.label, distance: peer.distance })),
      );
    },
  );
}

/** A parcel whose crop nobody stated has no peers. */
function none(error: unknown): Peer[] {
  if (error instanceof NoData) return [];
  throw error;
}

function numberWherePossible(text: unknown): unknown {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text;
}
