import { extname } from 'node:path';
import { FormatUnsupported, InvalidArgument, Unsupported } from '../errors.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { writeFileWhole } from '../storage/write-file.ts';
import { parcelsToGeoJson } from './geojson-out.ts';
import { isPostgresAddress } from './postgres-address.ts';

export interface SaveParcelsOptions {
  /** The table of a database, `schema.table` or `table`; the set's name when left out. */
  readonly layer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The formats of parcels by the extension of the file. */
export const parcelExtensions = ['.geojson', '.json', '.gpkg', '.parquet', '.geoparquet', '.zip'] as const;

/**
 * Writes parcels to a file of this machine, its format by the extension: GeoJSON, GeoPackage, GeoParquet, or a zipped shapefile
 * (`.zip`); or to a new table of a PostGIS database (`postgres://...`). All in longitude and latitude. A file appears whole
 * or not at all. Throws `FormatUnsupported`, `InvalidArgument`, `StorageFailure`, `CrsUnknown`, `Cancelled`.
 */
export async function saveParcelsFile(
  set: ParcelSet,
  address: string,
  { layer = set.name, signal }: SaveParcelsOptions = {},
): Promise<void> {
  if (isPostgresAddress(address)) {
    const { writePostgisTable } = await import('./postgis-out.ts');
    return writePostgisTable(set, address, layer, { signal });
  }
  if (address.trim() === '') throw new InvalidArgument('the path of the file is empty');
  if (schemeOf(address) !== 'file')
    throw new Unsupported(`'${address}': parcels are written to files of this machine or to a database`);
  const encode = await encoderOf(address);
  await writeFileWhole(pathOf(address), await encode(set, { signal }), { signal });
}

type Encode = (
  set: ParcelSet,
  options: { readonly signal?: AbortSignal | undefined },
) => Uint8Array | Promise<Uint8Array>;

async function encoderOf(address: string): Promise<Encode> {
  const extension = extname(address).toLowerCase();
  switch (extension) {
    case '.geojson':
    case '.json':
      return (set) => new TextEncoder().encode(JSON.stringify(parcelsToGeoJson(set)));
    case '.gpkg':
      return (await import('./geopackage-out.ts')).geopackageOfParcels;
    case '.parquet':
    case '.geoparquet':
      return (await import('./geoparquet-out.ts')).geoparquetOfParcels;
    case '.zip':
      return (await import('./shapefile-out.ts')).shapefileOfParcels;
    case '.shp':
      throw new FormatUnsupported(
        `'${address}': a shapefile is several files; name the archive that holds them, as in parcels.zip`,
      );
    default:
      throw new FormatUnsupported(
        `'${address}': the extension names no format of parcels; use ${parcelExtensions.join(', ')}`,
      );
  }
}
