import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Collection } from '../../src/catalog/collection.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import type { ParcelSet } from '../../src/parcels/parcel.ts';
import { parseCsv } from '../support/csv.ts';

/** A published season with what rasterstats says of it, one record a parcel, item and band. */
export interface PublishedSeason {
  readonly collection: Collection;
  readonly parcels: ParcelSet;
  readonly pidOf: ReadonlyMap<string, number>;
  readonly bands: readonly Record<string, string>[];
  readonly ndvi: readonly Record<string, string>[];
}

export async function publishedSeason(folder: string): Promise<PublishedSeason> {
  const parcels = await readParcels(join(folder, 'parcels.gpkg'));
  const pidOf = new Map(parcels.parcels.map(({ pid, attributes }) => [String(attributes.parcel_id), pid]));
  assert.equal(pidOf.size, parcels.parcels.length);
  const reference = join(folder, 'reference');
  return {
    collection: await openCollection(folder),
    parcels,
    pidOf,
    bands: parseCsv(gunzipSync(await readFile(join(reference, 'zonal_bands.csv.gz'))).toString()),
    ndvi: parseCsv(await readFile(join(reference, 'zonal_ndvi.csv'), 'utf8')),
  };
}
