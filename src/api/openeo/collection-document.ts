import { asList, asRecord, asText, type JsonRecord } from '../../catalog/stac-json.ts';
import { transformBBox } from '../../geometry/crs.ts';
import type { PublishedCollection } from './published-collections.ts';

/** The name of the relation between a collection and what its items can be filtered by (OGC API, part 3). */
export const queryablesRelation = 'http://www.opengis.net/def/rel/ogc/1.0/queryables';

const extensions = [
  'https://stac-extensions.github.io/datacube/v2.2.0/schema.json',
  'https://stac-extensions.github.io/eo/v2.0.0/schema.json',
  'https://stac-extensions.github.io/raster/v2.0.0/schema.json',
];

/** Relations whose links point to people's pages, not to files. */
const publicRelations = ['license', 'about', 'cite-as', 'describedby'];
/** Fields of the document that are passed on when they are lists. */
const publicLists = ['keywords', 'providers'];

/**
 * A collection as `GET /collections/{id}` describes it: STAC 1.1.0 with the data cube that `load_collection` makes of it. Of the
 * source document only descriptive fields and links to web pages are passed on: no item, asset or place on this machine.
 */
export function collectionDocument(published: PublishedCollection, address: string): JsonRecord {
  const { name, collection, document } = published;
  const bbox = collection.bbox;
  const interval = collection.interval.map(openEnd);
  const own = `${address}/collections/${encodeURIComponent(name)}`;
  const json = 'application/json';
  return {
    type: 'Collection',
    stac_version: '1.1.0',
    stac_extensions: extensions,
    id: name,
    title: asText(document.title) ?? name,
    description: asText(document.description) ?? `The collection ${name}.`,
    license: asText(document.license) ?? 'other',
    ...Object.fromEntries(
      publicLists.flatMap((key) => (asList(document[key]).length > 0 ? [[key, document[key]]] : [])),
    ),
    extent: { spatial: { bbox: [bbox] }, temporal: { interval: [interval] } },
    'cube:dimensions': cubeDimensions(published, interval),
    bands: collection.bands.map(({ name: band, commonName, dataType, resolution }) => ({
      name: band,
      ...(commonName === undefined ? {} : { 'eo:common_name': commonName }),
      ...(dataType === undefined ? {} : { data_type: dataType }),
      ...(resolution === undefined ? {} : { 'raster:spatial_resolution': resolution }),
    })),
    summaries: summaries(published),
    links: [
      { rel: 'self', href: own, type: json },
      { rel: 'root', href: `${address}/`, type: json },
      { rel: 'parent', href: `${address}/`, type: json },
      { rel: queryablesRelation, href: `${own}/queryables`, type: 'application/schema+json' },
      ...publicLinks(document),
    ],
  };
}

/** The dimensions as `load_collection` names them. Pixels have a CRS where all sampled items share one. */
function cubeDimensions({ collection, sample }: PublishedCollection, interval: readonly (string | null)[]) {
  const grids = sample.flatMap(({ bands }) => bands.map(({ grid }) => grid));
  const [crs, ...others] = new Set(grids.map((grid) => grid.crs));
  const code = others.length === 0 && crs !== undefined ? /^EPSG:(\d+)$/.exec(crs)?.[1] : undefined;
  const [west, south, east, north] =
    code === undefined || crs === undefined
      ? collection.bbox
      : transformBBox(collection.bbox, 'OGC:CRS84', crs);
  const step = Math.min(...grids.map(({ transform: [a, b] }) => Math.hypot(a, b)));
  const shared = {
    type: 'spatial',
    reference_system: code === undefined ? 4326 : Number(code),
    ...(code !== undefined && Number.isFinite(step) ? { step } : {}),
  };
  return {
    x: { ...shared, axis: 'x', extent: [west, east] },
    y: { ...shared, axis: 'y', extent: [south, north] },
    t: { type: 'temporal', extent: interval },
    bands: { type: 'bands', values: collection.bands.map(({ name }) => name) },
  };
}

/** Values of the items' properties, as the document lists them; for clients from before STAC 1.1 also its bands. */
function summaries({ collection, document }: PublishedCollection): JsonRecord {
  const stated = Object.entries(asRecord(document.summaries)).filter(
    ([key, value]) =>
      Array.isArray(value) && value.length > 0 && !['bands', 'eo:bands', 'raster:bands'].includes(key),
  );
  return {
    ...Object.fromEntries(stated),
    'eo:bands': collection.bands.map(({ name, commonName }) => ({
      name,
      ...(commonName === undefined ? {} : { common_name: commonName }),
    })),
  };
}

function publicLinks(document: JsonRecord): JsonRecord[] {
  return asList(document.links)
    .map(asRecord)
    .filter(({ rel, href }) => publicRelations.includes(String(rel)) && /^https?:\/\//.test(String(href)))
    .map(({ rel, href, type, title }) => ({
      rel,
      href,
      ...(asText(type) === undefined ? {} : { type }),
      ...(asText(title) === undefined ? {} : { title }),
    }));
}

/** A catalog that leaves an end open is read as the year 0001 or 9999. */
function openEnd(instant: string): string | null {
  return /^(0001|9999)-/.test(instant) ? null : instant;
}

/** What `properties` of `load_collection` can ask of a collection's items: a JSON Schema made from the sampled ones. */
export function queryables({ name, sample }: PublishedCollection, address: string): JsonRecord {
  const types = new Map<string, Set<string>>();
  for (const { properties } of sample)
    for (const [key, value] of Object.entries(properties)) {
      const type = typeof value;
      if (type === 'string' || type === 'number' || type === 'boolean')
        types.set(key, (types.get(key) ?? new Set()).add(type));
    }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${address}/collections/${encodeURIComponent(name)}/queryables`,
    type: 'object',
    title: name,
    properties: Object.fromEntries(
      [...types].map(([key, found]) => [key, { type: found.size === 1 ? [...found][0] : [...found] }]),
    ),
    additionalProperties: true,
  };
}
