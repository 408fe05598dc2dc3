import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { findBand } from '../../catalog/band-name.ts';
import { chooseScenes } from '../../catalog/choose-scenes.ts';
import type { Item } from '../../catalog/item.ts';
import { InvalidArgument, NoData } from '../../errors.ts';
import { datasetCollections } from '../../store/dataset-collections.ts';
import { datasetOfArea } from '../../store/dataset-of-area.ts';
import { parcelOfLabel } from '../../store/parcel-rows.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { startOfDay } from '../calendar-day.ts';
import { callerStore } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import type { PublishedImages } from '../images/published-images.ts';
import { columnsOf, columnsSchema } from './columns.ts';
import { datasetParameters, flag, isSet, parcelParameters, placeParameters } from './parameters.ts';
import { pictureLink } from './picture-links.ts';
import { areaOf } from './series-routes.ts';

const tags = ['checks by monitoring'];
const config = { access: 'parcels' } as const;
const day = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}',
  maxLength: 30,
  description: 'YYYY-MM-DD, in UTC.',
});
const levels = ['LEVEL2A', 'LEVEL1C'] as const;
const period = {
  start_date: day,
  end_date: day,
  plevel: Type.Optional(Type.Unsafe<(typeof levels)[number]>({ type: 'string', enum: [...levels] })),
  chipsize: Type.Optional(
    Type.Number({ minimum: 1, maximum: 20_000, description: 'Metres along a side; 1280 when left out.' }),
  ),
};
const anyDataset = { ...datasetParameters, year: Type.Optional(datasetParameters.year) };
const raw = {
  ...period,
  band: Type.Optional(Type.String({ maxLength: 100, description: 'B08 when left out.' })),
  onlylist: flag('Only the links.'),
};
const pictures = {
  ...period,
  band: Type.Optional(Type.String({ maxLength: 100 })),
  bands: Type.Optional(
    Type.String({ maxLength: 100, description: 'One, or three: B08_B04_B03 when left out.' }),
  ),
  lut: Type.Optional(Type.String({ maxLength: 20, description: 'Percentiles; 5_95 when left out.' })),
};
/** Links of one answer. */
const mostChips = 1000;

/** Chips: squares of images around a place or a parcel, as links to what is cut out when it is fetched. */
export function chipRoutes(app: App, doors: Doors, images: PublishedImages): void {
  app.get(
    '/query/rawChipByLocation',
    {
      config,
      schema: {
        tags,
        summary: 'One band around a place: links to GeoTIFF, an image each',
        operationId: 'rawChipByLocation',
        querystring: Type.Object({ ...anyDataset, ...placeParameters, ...raw }),
        response: { 200: columnsSchema },
      },
    },
    async (request) => rawChips(request, request.query, request.query, await collectionsOf(request)),
  );

  app.get(
    '/query/rawChipByParcelID',
    {
      config,
      schema: {
        tags,
        summary: 'The same around a parcel',
        operationId: 'rawChipByParcelID',
        querystring: Type.Object({ ...parcelParameters, ...raw }),
        response: { 200: columnsSchema },
      },
    },
    async (request) => rawChips(request, request.query, await placeOf(request), await collectionsOf(request)),
  );

  const page = { tags, produces: ['text/html'], response: { 200: Type.String() } };
  app.get(
    '/query/chipsByLocation',
    {
      config,
      schema: {
        ...page,
        summary: 'Pictures around a place: a page with a table of PNG',
        operationId: 'chipsByLocation',
        querystring: Type.Object({ ...anyDataset, ...placeParameters, ...pictures }),
      },
    },
    async (request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', `default-src 'none'; img-src 'self'; style-src 'unsafe-inline'`)
        .send(await chipTable(request, request.query, request.query, await collectionsOf(request))),
  );

  app.get(
    '/query/chipsByParcelID',
    {
      config,
      schema: {
        ...page,
        summary: 'The same around a parcel',
        operationId: 'chipsByParcelID',
        querystring: Type.Object({ ...parcelParameters, ...pictures }),
      },
    },
    async (request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', `default-src 'none'; img-src 'self'; style-src 'unsafe-inline'`)
        .send(await chipTable(request, request.query, await placeOf(request), await collectionsOf(request))),
  );

  /** The collections of the dataset that is named; all that are published where none is. */
  async function collectionsOf(request: FastifyRequest): Promise<readonly string[] | undefined> {
    const { aoi, year, ptype } = request.query as { aoi?: string; year?: number; ptype?: string };
    if (year === undefined) {
      if (aoi !== undefined && aoi !== '')
        throw new InvalidArgument('a dataset is named by aoi and year: the year is missing');
      return undefined;
    }
    const store = callerStore(doors, request);
    const { signal } = request;
    const { id } = await datasetOfArea(store, areaOf({ aoi, year, ptype }), { signal });
    return await datasetCollections(store, id, { signal });
  }

  async function placeOf(request: FastifyRequest): Promise<Place> {
    const { pid, ...query } = request.query as { pid: string; aoi?: string; year: number; ptype?: string };
    return await parcelPlace(doors, request, { ...query, pid });
  }

  async function rawChips(
    request: FastifyRequest,
    { band = 'B08', onlylist, chipsize = 1280, ...when }: RawQuery,
    place: Place,
    collections: readonly string[] | undefined,
  ) {
    const found = await scenes(images, collections, {
      ...when,
      ...place,
      bands: [band],
      signal: request.signal,
    });
    const rows = found.map(({ collection, item }) => {
      const asset = findBand(item.bands, band)?.name ?? band;
      const { lon, lat } = place;
      const link = {
        kind: 'chip',
        collection,
        item: item.id,
        bands: [asset],
        lon,
        lat,
        metres: chipsize,
      } as const;
      return {
        dates: item.datetime.replaceAll(/[-:]|\.\d+Z?|Z/g, ''),
        chips: pictureLink(doors, callerOf(request).name, link, `${item.id}.${band}.tif`),
      };
    });
    return columnsOf(isSet(onlylist) ? ['chips'] : ['dates', 'chips'], rows);
  }

  async function chipTable(
    request: FastifyRequest,
    { band, bands = band, lut = '5_95', chipsize = 1280, ...when }: PictureQuery,
    { lon, lat }: Place,
    collections: readonly string[] | undefined,
  ): Promise<string> {
    const names = (bands || 'B08_B04_B03').split('_').filter((name) => name !== '');
    if (names.length !== 1 && names.length !== 3)
      throw new InvalidArgument(`one band or three make a picture, not '${bands}'`);
    const percentiles = percentilesOf(lut);
    const { signal } = request;
    const found = await scenes(images, collections, { ...when, lon, lat, bands: names, signal });
    const cells = found.map(({ collection, item }) => {
      const link = {
        kind: 'chip',
        collection,
        item: item.id,
        bands: names,
        lon,
        lat,
        metres: chipsize,
        percentiles,
      } as const;
      const source = pictureLink(doors, callerOf(request).name, link, `${item.id}.png`);
      return `<td><img src="..${escaped(source)}" width="128" height="128" loading="lazy" alt=""><br>${escaped(item.datetime.slice(0, 10))}<br><small>${escaped(item.id)}</small></td>`;
    });
    const rows: string[] = [];
    for (let i = 0; i < cells.length; i += columnsOfTable)
      rows.push(`<tr>${cells.slice(i, i + columnsOfTable).join('')}</tr>`);
    const title = escaped(`${names.join(' ')} at ${lon}, ${lat}`);
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>small{font-size:8px;overflow-wrap:anywhere}td{max-width:128px;vertical-align:top}</style></head><body><table>${rows.join('')}</table></body></html>`;
  }
}

const columnsOfTable = 8;

interface Place {
  readonly lon: number;
  readonly lat: number;
}

interface Period {
  readonly start_date: string;
  readonly end_date: string;
  readonly plevel?: (typeof levels)[number] | undefined;
}

interface RawQuery extends Period {
  readonly band?: string | undefined;
  readonly onlylist?: string | undefined;
  readonly chipsize?: number | undefined;
}

interface PictureQuery extends Period {
  readonly band?: string | undefined;
  readonly bands?: string | undefined;
  readonly lut?: string | undefined;
  readonly chipsize?: number | undefined;
}

/** The centroid of the parcel that a request names. Throws `DatasetNotFound`, `NoData`. */
export async function parcelPlace(
  doors: Doors,
  request: FastifyRequest,
  {
    pid,
    ...query
  }: { readonly pid: string; readonly aoi?: string; readonly year: number; readonly ptype?: string },
): Promise<Place & { readonly dataset: number; readonly pid: number }> {
  const { signal } = request;
  const store = callerStore(doors, request);
  const dataset = await datasetOfArea(store, areaOf(query), { signal });
  const parcel = await parcelOfLabel(store, dataset.id, pid, { signal });
  if (parcel === undefined) throw new NoData(`dataset '${dataset.name}' has no parcel '${pid}'`);
  const [lon, lat] = parcel.centroid;
  return { lon, lat, dataset: dataset.id, pid: parcel.pid };
}

interface Scene {
  readonly collection: string;
  readonly item: Item;
}

/** Images that hold a place, from the first day to the last (included), that have the bands; the newest processing of each. */
async function scenes(
  images: PublishedImages,
  collections: readonly string[] | undefined,
  asked: Period & Place & { readonly bands: readonly string[]; readonly signal: AbortSignal },
): Promise<Scene[]> {
  const { start_date, end_date, plevel = 'LEVEL2A', lon, lat, bands, signal } = asked;
  const [from, to] = [startOfDay(start_date.slice(0, 10)), startOfDay(end_date.slice(0, 10)) + 86_400_000];
  if (from >= to) return [];
  const interval = [new Date(from).toISOString(), new Date(to).toISOString()] as const;
  const found: Scene[] = [];
  for (const [collection, opened] of await images.among(collections, { signal })) {
    const items = await opened.items({ bbox: [lon, lat, lon, lat], interval, signal });
    const suited = items.filter(
      (item) => levelOf(item) === plevel && bands.every((band) => findBand(item.bands, band) !== undefined),
    );
    found.push(...chooseScenes(suited).kept.map((item) => ({ collection, item })));
  }
  if (found.length > mostChips)
    throw new InvalidArgument(
      `${found.length} images are more than the ${mostChips} of one answer: ask for less time`,
    );
  return found.sort((one, other) => (one.item.datetime < other.item.datetime ? -1 : 1));
}

/** Level 1C only where the image says so. */
function levelOf({ id, properties }: Item): (typeof levels)[number] {
  const said = [id, properties['processing:level'], properties['s2:product_type']].join(' ');
  return /MSIL1C|\bL1C\b|S2MSI1C/.test(said) ? 'LEVEL1C' : 'LEVEL2A';
}

function percentilesOf(text: string): [number, number] {
  const [from = Number.NaN, to = Number.NaN] = text.split('_').map(Number);
  if (from >= 0 && to <= 100 && from < to) return [from, to];
  throw new InvalidArgument(`percentiles are written 5_95, not '${text}'`);
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
