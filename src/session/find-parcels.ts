import { basename, dirname, extname } from 'node:path';
import { readConfig } from '../config.ts';
import { DatasetNotFound, InvalidArgument } from '../errors.ts';
import { isPostgresAddress } from '../formats/postgres-address.ts';
import { type ReadParcelSet, type ReadParcelsOptions, readParcels } from '../formats/read-parcels.ts';
import { loadParcels } from '../store/load-parcels.ts';
import { Fields, type FieldsOptions } from './fields.ts';
import { collection } from './find-collection.ts';
import type { Season } from './season.ts';
import { sharedStore } from './shared-store.ts';
import { signalOf, withProgress } from './surroundings.ts';

export interface ParcelsOptions {
  /** Name of the dataset in the store; by default the file's own, or that of its folder when the file is called parcels. */
  readonly name?: string | undefined;
  /** The layer of a GeoPackage or zip archive that has several, the table (`schema.table`) of a database. */
  readonly layer?: string | undefined;
  /** The CRS of a shapefile without .prj. */
  readonly crs?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const file = /\.(geojson|json|gpkg|parquet|geoparquet|shp|zip)$/i;

/**
 * Parcels by the name of a configured collection that brings its own (`demo`), by the path or address of a GeoJSON,
 * GeoPackage, GeoParquet or (zipped) Shapefile, by the address of a PostGIS database, by an open season that links to some, or by
 * the name of a dataset in the store (`NAME`: the own one, or else the only one that may be seen; `OWNER/NAME`: that one). Throws
 * `DatasetNotFound` when nothing of the kind is there, `DatasetAmbiguous`, and what reading throws.
 */
export async function parcels(from: string | Season, options: ParcelsOptions = {}): Promise<Fields> {
  const signal = signalOf(options.signal);
  if (typeof from !== 'string') return named(await linked(from, signal), options.name ?? from.id);
  if (from.trim() === '')
    throw new InvalidArgument('parcels() takes a name or the path of a file; this one is empty');
  const { layer, crs } = options;
  if (isPostgresAddress(from)) {
    const set = await read(from, { layer, signal });
    return named(set, options.name ?? layer ?? set.name);
  }
  if (file.test(from))
    return named(await read(from, { layer, crs, signal }), options.name ?? datasetName(from));
  if (readConfig().collections.has(from)) {
    const season = await collection(from, { signal });
    return named(await linked(season, signal), options.name ?? from);
  }
  const stored = await loadParcels(await sharedStore(), from, { signal });
  return named(stored, options.name ?? stored.name);
}

/** With progress: a country's file takes many seconds. */
async function read(from: string, options: ReadParcelsOptions): Promise<ReadParcelSet> {
  return await withProgress('Reading parcels', (bar) =>
    readParcels(from, { ...options, onProgress: (done, of) => bar.update(done, of, 'parcels') }),
  );
}

async function linked(season: Season, signal: AbortSignal | undefined): Promise<ReadParcelSet> {
  const { parcelsHref } = season.collection;
  if (parcelsHref === undefined)
    throw new DatasetNotFound(
      `collection '${season.id}' links to no parcels: give the path of a GeoJSON, GeoPackage, GeoParquet or shapefile`,
    );
  return await read(parcelsHref, { signal });
}

function datasetName(path: string): string {
  const name = basename(path, extname(path));
  return name === 'parcels' ? basename(dirname(path)) : name;
}

function named(set: FieldsOptions, name: string): Fields {
  return new Fields({ ...set, name });
}
