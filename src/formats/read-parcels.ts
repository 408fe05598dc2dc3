import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { FormatUnsupported, InvalidFile } from '../errors.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { openSource } from '../storage/open-source.ts';
import { readWhole } from '../storage/read-json.ts';
import type { ByteSource } from '../storage/source.ts';
import type { FeatureTable, RowProblem } from './feature-row.ts';
import { geojsonFeatures } from './geojson-in.ts';
import { parcelsOf } from './parcels-of-rows.ts';
import { isPostgresAddress, shown } from './postgres-address.ts';
import type { RowNote } from './row-notes.ts';
import { shapefileFeatures } from './shapefile.ts';
import { partsBeside, partsInZip } from './shapefile-parts.ts';

export interface ReadParcelsOptions {
  /** The layer of a GeoPackage or zip archive that has several, the table (`schema.table`) of a database. */
  readonly layer?: string | undefined;
  /** The CRS of a shapefile without .prj. */
  readonly crs?: string | undefined;
  /** The name of the set; the file's own, without ending, or the table's when left out. */
  readonly name?: string | undefined;
  /** Refuse the file when any row is no parcel, instead of leaving those rows out. */
  readonly strict?: boolean | undefined;
  /** Called now and then with the features that were checked and how many there are. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Parcels of a file, with the rows that were left out and what is noteworthy of the others. */
export interface ReadParcelSet extends ParcelSet {
  readonly problems: readonly RowProblem[];
  readonly notes: readonly RowNote[];
}

/**
 * Reads parcels from a GeoJSON, GeoPackage, GeoParquet or Shapefile (.shp with its files beside it, or zipped), known by its
 * content, at a path, file, http(s) or s3 address or in an archive, or from a table of a PostGIS database (`postgres://...`).
 * Coordinates stay in the file's CRS; how pid, label and crop are found is told at `parcelsOf`. Rows without a polygon are
 * left out and listed in `problems`; `notes` tell of invalid polygons and doubled identifiers. Throws `FormatUnsupported`, `InvalidFile` (with `strict` for any bad row), `LimitExceeded`,
 * `CrsUnknown`, `Cancelled` and what storage throws.
 */
export async function readParcels(address: string, options: ReadParcelsOptions = {}): Promise<ReadParcelSet> {
  const { url, table, name } = isPostgresAddress(address)
    ? await readDatabase(address, options)
    : await readFile(address, options);
  const { parcels, problems, notes } = await parcelsOf(table, url, options);
  if (options.strict && problems[0] !== undefined)
    throw new InvalidFile(
      `${problems.length} rows of ${url} are no parcels; the first: ${problems[0].reason}`,
    );
  return { name: options.name ?? name, crs: table.crs, parcels, problems, notes };
}

interface Read {
  /** As messages show it. */
  readonly url: string;
  readonly table: FeatureTable;
  readonly name: string;
}

async function readDatabase(address: string, options: ReadParcelsOptions): Promise<Read> {
  // The client of PostgreSQL is loaded for a database.
  const { postgisFeatures } = await import('./postgis-in.ts');
  const { tableName } = await import('./postgis-connection.ts');
  const { layer } = options;
  const url = `${shown(address)}${layer === undefined ? '' : `/${layer}`}`;
  const table = await postgisFeatures(address, options);
  return { url, table, name: layer === undefined ? fileName(url) : tableName(layer).table };
}

async function readFile(address: string, options: ReadParcelsOptions): Promise<Read> {
  const url = schemeOf(address) === 'file' ? pathOf(address) : address;
  const source = await openSource(url, { signal: options.signal, trust: 'user' });
  return { url, table: await readTable(source, options), name: fileName(url) };
}

function fileName(url: string): string {
  const file = basename(url.replace(/[?#].*$/, ''));
  return basename(file, extname(file));
}

async function readTable(
  source: ByteSource,
  { layer, crs, signal }: ReadParcelsOptions,
): Promise<FeatureTable> {
  const size = await source.size({ signal });
  const start = await source.read({ offset: 0, length: Math.min(16, size) }, { signal });
  const magic = new TextDecoder('latin1').decode(start);
  // The reader of Parquet is loaded (7 MiB) for a file that is one.
  if (magic.startsWith('PAR1')) {
    const { geoparquetFeatures } = await import('./geoparquet.ts');
    return geoparquetFeatures(source, { signal });
  }
  if (magic.startsWith('SQLite format 3')) return readGeopackage(source, layer, signal);
  if (/^(\xef\xbb\xbf)?\s*\{/.test(magic))
    return geojsonFeatures(await readWhole(source, { signal }), source.url, { signal });
  if (magic.startsWith('PK\x03\x04')) {
    const parts = await partsInZip(source, layer, { signal });
    return shapefileFeatures(parts, source.url, { crs, signal });
  }
  if (magic.startsWith('\x00\x00\x27\x0a'))
    return shapefileFeatures(await partsBeside(source, { signal }), source.url, { crs, signal });
  throw new FormatUnsupported(
    `${source.url} is neither GeoJSON nor GeoPackage nor GeoParquet nor a (zipped) shapefile; convert it to one of them`,
  );
}

/** SQLite reads files only: a remote one is fetched into a temporary folder first. */
async function readGeopackage(
  source: ByteSource,
  layer: string | undefined,
  signal: AbortSignal | undefined,
): Promise<FeatureTable> {
  const { geopackageFeatures } = await import('./geopackage.ts');
  if (schemeOf(source.url) === 'file') return geopackageFeatures(pathOf(source.url), layer, { signal });
  const folder = await mkdtemp(join(tmpdir(), 'furrow-gpkg-'));
  try {
    const copy = join(folder, 'copy.gpkg');
    await writeFile(copy, await readWhole(source, { signal }), { signal });
    return await geopackageFeatures(copy, layer, { signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
