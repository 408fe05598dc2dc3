import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { FormatUnsupported, InvalidFile } from '../errors.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { openSource } from '../storage/open-source.ts';
import { readWhole } from '../storage/read-json.ts';
import type { ByteSource } from '../storage/source.ts';
import { type FeatureTable, parcelsOf, type RowProblem } from './feature-row.ts';
import { geojsonFeatures } from './geojson-in.ts';

export interface ReadParcelsOptions {
  /** The layer of a GeoPackage that has several. */
  readonly layer?: string | undefined;
  /** The name of the set; the file's own, without ending, when left out. */
  readonly name?: string | undefined;
  /** Refuse the file when any row is no parcel, instead of leaving those rows out. */
  readonly strict?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Parcels of a file, with the rows that were left out. */
export interface ReadParcelSet extends ParcelSet {
  readonly problems: readonly RowProblem[];
}

/**
 * Reads parcels from a GeoJSON, GeoPackage or GeoParquet file, known by its content: path, file, http(s) or s3 address.
 * Coordinates stay in the file's CRS; how pid, label and crop are found is told at `parcelsOf`. Rows without a valid polygon are
 * left out and listed in `problems`. Throws `FormatUnsupported`, `InvalidFile` (with `strict` for any bad row), `LimitExceeded`,
 * `CrsUnknown` and what storage throws.
 */
export async function readParcels(address: string, options: ReadParcelsOptions = {}): Promise<ReadParcelSet> {
  const { signal } = options;
  const url = schemeOf(address) === 'file' ? pathOf(address) : address;
  const source = await openSource(url, { signal, trust: 'user' });
  const table = await readTable(source, options);
  const { parcels, problems } = parcelsOf(table, url);
  if (options.strict && problems[0] !== undefined)
    throw new InvalidFile(
      `${problems.length} rows of ${url} are no parcels; the first: ${problems[0].reason}`,
    );
  return { name: options.name ?? fileName(url), crs: table.crs, parcels, problems };
}

function fileName(url: string): string {
  const file = basename(url.replace(/[?#].*$/, ''));
  return basename(file, extname(file));
}

async function readTable(source: ByteSource, { layer, signal }: ReadParcelsOptions): Promise<FeatureTable> {
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
    return geojsonFeatures(await readWhole(source, { signal }), source.url);
  throw new FormatUnsupported(
    `${source.url} is neither GeoJSON nor GeoPackage nor GeoParquet; convert it to one of them`,
  );
}

/** SQLite reads files only: a remote one is fetched into a temporary folder first. */
async function readGeopackage(
  source: ByteSource,
  layer: string | undefined,
  signal: AbortSignal | undefined,
): Promise<FeatureTable> {
  const { geopackageFeatures } = await import('./geopackage.ts');
  if (schemeOf(source.url) === 'file') return geopackageFeatures(pathOf(source.url), layer);
  const folder = await mkdtemp(join(tmpdir(), 'furrow-gpkg-'));
  try {
    const copy = join(folder, 'copy.gpkg');
    await writeFile(copy, await readWhole(source, { signal }), { signal });
    return await geopackageFeatures(copy, layer);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
