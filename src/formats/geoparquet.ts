import { parquetMetadataAsync } from 'hyparquet';
import { FurrowError, InvalidFile, Unsupported } from '../errors.ts';
import { crsName } from '../geometry/crs.ts';
import { readWkb } from '../geometry/wkb.ts';
import { checkLimit } from '../limits.ts';
import type { ByteSource } from '../storage/source.ts';
import { type FeatureRow, type FeatureTable, plainAttributes } from './feature-row.ts';
import { parquetCodecs } from './parquet-codecs.ts';
import { rowGroups } from './row-groups.ts';
import { Turns } from './turns.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Features of a GeoParquet file (1.0, 1.1): the primary geometry column in WKB, its CRS from PROJJSON. Throws `InvalidFile` for a
 * file that is none, `Unsupported` for native geometry encodings, `LimitExceeded`, `Cancelled`.
 */
export async function geoparquetFeatures(
  source: ByteSource,
  options: SignalOption = {},
): Promise<FeatureTable> {
  try {
    return await readFeatures(source, options);
  } catch (error) {
    if (error instanceof FurrowError) throw error;
    throw new InvalidFile(
      `${source.url} is no readable GeoParquet: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function readFeatures(source: ByteSource, { signal }: SignalOption): Promise<FeatureTable> {
  const size = await source.size({ signal });
  const file = {
    byteLength: size,
    slice: async (start: number, end = size): Promise<ArrayBuffer> => {
      const [from, to] = [start < 0 ? size + start : start, end < 0 ? size + end : end];
      checkLimit('readBytes', to - from, source.url);
      const bytes = await source.read({ offset: from, length: to - from }, { signal });
      return bytes.slice().buffer;
    },
  };
  // Geometry stays bytes: it is checked and counted here, not in the Parquet reader.
  const raw = { geoparquet: false, parsers: { geometryFromBytes: keep, geographyFromBytes: keep } } as const;
  const metadata = await parquetMetadataAsync(file, raw);
  checkLimit('parcels', Number(metadata.num_rows), source.url);
  const { column, crs } = geometryColumn(metadata.key_value_metadata ?? [], source.url);
  const compressors = parquetCodecs(source.url);
  const turns = new Turns(`reading ${source.url}`, signal);
  const rows: FeatureRow[] = [];
  const options = { compressors, utf8: false, ...raw };
  for await (const group of rowGroups(file, metadata, options, { url: source.url, turns })) {
    for (const row of group) {
      rows.push(featureRow(row, column));
      if (turns.due()) await turns.take();
    }
  }
  return { crs, rows };
}

function featureRow(row: Readonly<Record<string, unknown>>, column: string): FeatureRow {
  return {
    geometry: (where) => {
      const wkb = row[column];
      if (!(wkb instanceof Uint8Array)) throw new InvalidFile(`${where}: there is no geometry`);
      return readWkb(wkb, where);
    },
    attributes: plainAttributes(row, column),
  };
}

function keep(bytes: Uint8Array): Uint8Array {
  return bytes;
}

interface GeoMetadata {
  readonly primary_column?: unknown;
  readonly columns?: Readonly<
    Record<string, { readonly encoding?: unknown; readonly crs?: unknown } | undefined>
  >;
}

function geometryColumn(
  metadata: readonly { readonly key: string; readonly value?: string | undefined }[],
  url: string,
): { column: string; crs: string } {
  const text = metadata.find(({ key }) => key === 'geo')?.value;
  if (text === undefined)
    throw new InvalidFile(
      `${url} is Parquet without GeoParquet metadata ('geo'): nothing says which column is the geometry`,
    );
  const geo = JSON.parse(text) as GeoMetadata;
  const column = geo.primary_column;
  const stated = typeof column === 'string' ? geo.columns?.[column] : undefined;
  if (typeof column !== 'string' || stated === undefined)
    throw new InvalidFile(`${url} names no primary geometry column`);
  if (stated.encoding !== 'WKB')
    throw new Unsupported(
      `${url}: the geometry encoding '${String(stated.encoding)}' is not built yet, only WKB`,
    );
  // No crs means longitude and latitude; null means unknown, which nothing could be computed with.
  if (stated.crs === null) throw new InvalidFile(`${url} says that the CRS of its geometry is unknown`);
  return { column, crs: typeof stated.crs === 'object' ? crsName(stated.crs as object) : 'OGC:CRS84' };
}
