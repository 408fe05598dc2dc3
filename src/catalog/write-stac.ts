import { join } from 'node:path';
import { areaBounds } from '../geometry/area.ts';
import { transformArea } from '../geometry/crs.ts';
import type { BBox, Grid } from '../geometry/grid.ts';
import { gridCorners } from '../geometry/grid.ts';
import type { Area } from '../geometry/polygon.ts';
import type { DataType } from '../raster/pixels.ts';
import { writeFileWhole } from '../storage/write-file.ts';

export interface StacBand {
  readonly name: string;
  /** Common name of the eo extension: `red`, `nir`, ... */
  readonly commonName?: string | undefined;
}

/** One GeoTIFF of an item; `bands` in the order of the file. Scale and offset hold for all of them. */
export interface StacAsset {
  readonly key: string;
  /** Relative to the item's file. */
  readonly href: string;
  readonly title?: string | undefined;
  readonly bands: readonly StacBand[];
  readonly dataType: DataType;
  readonly nodata?: number | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly grid: Grid;
  readonly roles?: readonly string[] | undefined;
}

export interface StacItem {
  readonly id: string;
  readonly collection: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  /** Longitude and latitude; from the first asset's grid when left out. */
  readonly geometry?: Area | undefined;
  readonly bbox?: BBox | undefined;
  /** Further properties: `platform`, `eo:cloud_cover`, `s2:mgrs_tile`, ... */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly assets: readonly StacAsset[];
  /** From the item's file to the collection's; `../collection.json` when left out. */
  readonly collectionHref?: string | undefined;
}

export interface StacCollection {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** SPDX, or `other`. */
  readonly license?: string | undefined;
  readonly bbox: BBox;
  /** First and last instant, ISO 8601. */
  readonly interval: readonly [string, string];
  readonly bands?: readonly (StacBand & { readonly resolution?: number; readonly dataType?: DataType })[];
  /** Files of the items, relative to the collection's. */
  readonly items: readonly string[];
  /** A file of parcels that belongs to the collection, relative to it: a link of relation `parcels`. */
  readonly parcelsHref?: string | undefined;
}

export type StacDocument = Readonly<Record<string, unknown>>;

const extensions = [
  'https://stac-extensions.github.io/projection/v2.0.0/schema.json',
  'https://stac-extensions.github.io/eo/v2.0.0/schema.json',
  'https://stac-extensions.github.io/raster/v2.0.0/schema.json',
];

/** A STAC 1.1.0 item with projection, eo and raster fields on each asset. Throws `CrsUnknown` for a grid's CRS. */
export function stacItem(item: StacItem): StacDocument {
  const grid = item.assets[0]?.grid;
  const geometry = item.geometry ?? (grid && footprint(grid));
  const bbox = item.bbox ?? (geometry && areaBounds(geometry));
  const collectionHref = item.collectionHref ?? '../collection.json';
  const links = ['root', 'parent', 'collection'].map((rel) => ({
    rel,
    href: collectionHref,
    type: 'application/json',
  }));
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: extensions,
    id: item.id,
    collection: item.collection,
    bbox,
    geometry: geometry ?? null,
    properties: {
      ...item.properties,
      datetime: item.datetime,
      ...(grid && item.assets.every((asset) => asset.grid.crs === grid.crs) ? { 'proj:code': grid.crs } : {}),
    },
    assets: Object.fromEntries(item.assets.map((asset) => [asset.key, stacAsset(asset)])),
    links,
  };
}

function stacAsset(asset: StacAsset): StacDocument {
  const { crs, transform, width, height } = asset.grid;
  return {
    href: asset.href,
    type: 'image/tiff; application=geotiff; profile=cloud-optimized',
    title: asset.title ?? asset.key,
    roles: asset.roles ?? ['data'],
    data_type: asset.dataType,
    ...(asset.nodata === undefined ? {} : { nodata: jsonNumber(asset.nodata) }),
    bands: asset.bands.map(stacBand),
    ...(asset.scale === undefined ? {} : { 'raster:scale': asset.scale }),
    ...(asset.offset === undefined ? {} : { 'raster:offset': asset.offset }),
    'raster:spatial_resolution': Math.hypot(transform[0], transform[3]),
    'proj:code': crs,
    'proj:shape': [height, width],
    'proj:transform': transform,
  };
}

/** STAC 1.1.0 common metadata spells the three numbers that JSON has not. */
function jsonNumber(value: number): number | string {
  return Number.isNaN(value) ? 'nan' : value === Infinity ? 'inf' : value === -Infinity ? '-inf' : value;
}

function stacBand({ name, commonName }: StacBand): StacDocument {
  return commonName === undefined ? { name } : { name, 'eo:common_name': commonName };
}

function footprint(grid: Grid): Area {
  return transformArea({ type: 'Polygon', coordinates: [gridCorners(grid)] }, grid.crs, 'OGC:CRS84');
}

/** A STAC 1.1.0 collection that links its items. */
export function stacCollection(collection: StacCollection): StacDocument {
  const links = [
    { rel: 'root', href: './collection.json', type: 'application/json' },
    { rel: 'self', href: './collection.json', type: 'application/json' },
    ...collection.items.map((href) => ({ rel: 'item', href, type: 'application/geo+json' })),
    ...(collection.parcelsHref === undefined
      ? []
      : [{ rel: 'parcels', href: collection.parcelsHref, type: 'application/geo+json' }]),
  ];
  return {
    type: 'Collection',
    stac_version: '1.1.0',
    stac_extensions: extensions,
    id: collection.id,
    title: collection.title,
    description: collection.description,
    license: collection.license ?? 'other',
    extent: { spatial: { bbox: [collection.bbox] }, temporal: { interval: [collection.interval] } },
    ...(collection.bands === undefined
      ? {}
      : {
          bands: collection.bands.map((band) => ({
            ...stacBand(band),
            ...(band.dataType === undefined ? {} : { data_type: band.dataType }),
            ...(band.resolution === undefined ? {} : { 'raster:spatial_resolution': band.resolution }),
          })),
        }),
    links,
  };
}

interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Writes `collection.json` into a folder and returns its path; whole or not at all. Throws `StorageFailure`. */
export async function writeCollection(
  folder: string,
  collection: StacCollection,
  options: WriteOptions = {},
): Promise<string> {
  return writeDocument(join(folder, 'collection.json'), stacCollection(collection), options);
}

/** Writes `item.json` into a folder and returns its path; whole or not at all. Throws `StorageFailure`. */
export async function writeItem(folder: string, item: StacItem, options: WriteOptions = {}): Promise<string> {
  return writeDocument(join(folder, 'item.json'), stacItem(item), options);
}

async function writeDocument(path: string, document: StacDocument, options: WriteOptions): Promise<string> {
  await writeFileWhole(path, new TextEncoder().encode(`${JSON.stringify(document, null, 1)}\n`), options);
  return path;
}
