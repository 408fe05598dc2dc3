import { stat } from 'node:fs/promises';
import {
  CollectionNotFound,
  EgressRefused,
  FileNotFound,
  InvalidArgument,
  InvalidFile,
  Unsupported,
} from '../errors.ts';
import { intersects, isBBox, unionBBox } from '../geometry/bbox.ts';
import type { BBox } from '../geometry/grid.ts';
import { checkLimit } from '../limits.ts';
import { pathOf, resolveHref, schemeOf } from '../storage/address.ts';
import { readJson } from '../storage/read-json.ts';
import type { BandSummary, CatalogProblem, Collection, ItemQuery } from './collection.ts';
import type { Item } from './item.ts';
import { inParallel, itemAddresses, type ReadOptions, waitFor } from './read-documents.ts';
import { readItem } from './read-item.ts';
import { asList, asRecord, asText, type JsonRecord, linksOf } from './stac-json.ts';
import { documentBands, itemBands, spread } from './summarize-bands.ts';

export type { BandSummary, Collection, ItemQuery } from './collection.ts';

export interface OpenCollectionOptions extends ReadOptions {
  /** Who named the address: see `OpenOptions`; `user` when left out. */
  readonly trust?: 'user' | 'data' | undefined;
}

/**
 * Opens a STAC collection (0.8 to 1.1): a folder with collection.json, or the address of a collection, catalog, item collection
 * or single item; path, file, http(s) or s3. Throws `CollectionNotFound`, `Unsupported` for a folder of images without STAC and
 * for a STAC API, `InvalidFile`, and what storage throws. An address that comes from data or a request (`trust: 'data'`) is that of
 * the document itself, by http(s) and within the egress policy: anything else is refused with `EgressRefused`.
 */
export async function openCollection(
  address: string,
  options: OpenCollectionOptions = {},
): Promise<Collection> {
  if (options.trust === 'data' && !/^https?:\/\//i.test(address))
    throw new EgressRefused(`'${address}': addresses from a request are fetched by http and https only`);
  const url = options.trust === 'data' ? address : await documentAddress(address);
  const document = asRecord(await readDocument(url, options));
  const sources = await itemSources(document, url, { signal: options.signal });
  const problems: SourceProblem[] = [];
  const read = new Map<ItemSource, Promise<Item | undefined>>();
  const load = (source: ItemSource): Promise<Item | undefined> => {
    const known = read.get(source);
    if (known !== undefined) return known;
    // Several callers may wait for one item, so no single caller's signal ends its reading.
    const loading = loadItem(source).then(
      (item) => {
        const at = problems.findIndex((problem) => problem.source === source);
        if (at >= 0) problems.splice(at, 1);
        if (item.mayImprove) read.delete(source);
        return item;
      },
      (error: unknown) => {
        read.delete(source);
        const reason = error instanceof Error ? error.message : String(error);
        if (!problems.some((problem) => problem.source === source))
          problems.push({ source, address: source.address, reason });
        return undefined;
      },
    );
    read.set(source, loading);
    return loading;
  };
  const loadAll = async (wanted: readonly ItemSource[], signal: AbortSignal | undefined): Promise<Item[]> =>
    (await inParallel(wanted, (source) => waitFor(load(source), { signal }), { signal })).filter(
      (item) => item !== undefined,
    );

  const items = async ({ bbox, interval, signal }: ItemQuery = {}): Promise<Item[]> => {
    if (bbox !== undefined && !isBBox(bbox))
      throw new InvalidArgument(
        `the bounding box [${String(bbox)}] is not four finite numbers west, south, east, north`,
      );
    const [from, to] = [instant(interval?.[0], -Infinity), instant(interval?.[1], Infinity)];
    const all = await loadAll(sources, signal);
    if (all.length === 0 && problems[0] !== undefined)
      throw new InvalidFile(`no item of ${url} can be read; the first: ${problems[0].reason}`);
    return all
      .map((item) => ({ item, time: Date.parse(item.datetime) }))
      .filter(
        ({ item, time }) => time >= from && time < to && (bbox === undefined || intersects(item.bbox, bbox)),
      )
      .sort((one, other) => one.time - other.time || (one.item.id < other.item.id ? -1 : 1))
      .map(({ item }) => item);
  };

  const extent = asRecord(document.extent);
  const stated = asList(asRecord(extent.spatial).bbox)[0];
  const [first, last] = asList(asList(asRecord(extent.temporal).interval)[0]);
  const declared = documentBands(document);
  const complete =
    declared.length > 0 && declared.every(({ resolution, dataType }) => resolution && dataType);
  const sample = complete && isBBox(stated) ? [] : await loadAll(spread(sources, 8), options.signal);
  const id = asText(document.id) ?? asText(sample[0]?.collection) ?? url;
  const parcels = linksOf(document, 'parcels')[0];
  return {
    id,
    title: asText(document.title) ?? id,
    description: asText(document.description) ?? '',
    address: url,
    bbox: flatBBox(stated) ?? unionBBox(sample.map((item) => item.bbox)) ?? [-180, -90, 180, 90],
    interval: [asText(first) ?? '0001-01-01T00:00:00Z', asText(last) ?? '9999-12-31T23:59:59Z'],
    bands: complete ? declared : mergeBands(itemBands(sample), declared),
    parcelsHref: parcels === undefined ? undefined : resolveHref(url, parcels),
    get problems(): CatalogProblem[] {
      return problems.map(({ address, reason }) => ({ address, reason }));
    },
    items,
  };
}

/** An item inside its collection's document, or the address of its own. */
interface ItemSource {
  readonly address: string;
  readonly document?: unknown;
}

async function itemSources(document: JsonRecord, url: string, options: ReadOptions): Promise<ItemSource[]> {
  if (document.type === 'Feature') return [{ address: url, document }];
  if (document.type === 'FeatureCollection') {
    const features = asList(document.features);
    checkLimit('items', features.length, url);
    return features.map((feature) => ({ address: url, document: feature }));
  }
  if (document.stac_version === undefined)
    throw new InvalidFile(`${url} is no STAC document: it has no stac_version`);
  const addresses = await itemAddresses(document, url, options);
  if (addresses.length === 0 && linksOf(document, 'items').length > 0)
    throw new Unsupported(
      `${url} is a collection of a STAC API: searching one is not built yet, only static catalogs are read`,
    );
  return addresses.map((address) => ({ address }));
}

/** Items of one document share its address, so a problem is told by its source. */
interface SourceProblem extends CatalogProblem {
  readonly source: ItemSource;
}

async function loadItem({ address, document }: ItemSource): Promise<Item> {
  return readItem(document ?? (await readJson(address)), address);
}

/** The address of the document: collection.json inside a folder. */
async function documentAddress(address: string): Promise<string> {
  if (address.trim() === '')
    throw new CollectionNotFound(
      'a collection is named by a folder, a path or an address; this one is empty',
    );
  if (schemeOf(address) !== 'file')
    return /\.json(\?|$)/i.test(address) ? address : `${address.replace(/\/$/, '')}/collection.json`;
  const path = pathOf(address);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new CollectionNotFound(`there is no collection at ${path}`);
  if (!found.isDirectory()) return path;
  const document = `${path}/collection.json`;
  if ((await stat(document).catch(() => undefined)) !== undefined) return document;
  throw new Unsupported(
    `the folder ${path} has no collection.json: reading a folder of images without STAC is not built yet`,
  );
}

async function readDocument(url: string, options: OpenCollectionOptions): Promise<unknown> {
  try {
    return await readJson(url, { trust: 'user', ...options });
  } catch (cause) {
    if (cause instanceof FileNotFound)
      throw new CollectionNotFound(`there is no collection at ${url}`, { cause });
    throw cause;
  }
}

function instant(text: string | null | undefined, open: number): number {
  if (text === null || text === undefined) return open;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgument(`'${text}' is no date: write 2026-03-01 or 2026-03-01T10:00:00Z`);
  return time;
}

function flatBBox(value: unknown): BBox | undefined {
  const list = asList(value);
  const flat = list.length === 6 ? [list[0], list[1], list[3], list[4]] : list;
  return isBBox(flat) ? flat : undefined;
}

/** Bands of the sampled items in their order, then what only the document names. */
function mergeBands(sampled: readonly BandSummary[], declared: readonly BandSummary[]): BandSummary[] {
  const names = new Set(sampled.map(({ name }) => name));
  const common = new Map(declared.map(({ name, commonName }) => [name, commonName]));
  return [
    ...sampled.map((band) => ({ ...band, commonName: band.commonName ?? common.get(band.name) })),
    ...declared.filter(({ name }) => !names.has(name)),
  ];
}
