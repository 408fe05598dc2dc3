import { readWkb } from '../geometry/wkb.ts';
import type { Parcel, ParcelSet } from '../parcels/parcel.ts';
import { datasetNamed } from './dataset-named.ts';
import type { Queryable, QueryOptions } from './store.ts';

export interface LoadParcelsOptions extends QueryOptions {
  /** Only these; all when left out. Unknown ones are left out of the answer. */
  readonly pids?: readonly number[] | undefined;
}

/** Rows of one answer, so that a country's parcels are never in memory twice. */
const page = 20_000;

interface ParcelRow extends Record<string, unknown> {
  readonly pid: number;
  readonly label: string;
  readonly crop: string | null;
  readonly area: number;
  readonly geom: Buffer;
  readonly attributes: Record<string, unknown>;
}

/**
 * The parcels of a dataset by pid, in `OGC:CRS84` (longitude, latitude). Those of somebody else are called `OWNER/NAME`: what is asked of
 * them or extracted for them later is of that dataset. Throws `DatasetNotFound`, `DatasetAmbiguous`, `StoreFailure`.
 */
export async function loadParcels(
  store: Queryable,
  name: string,
  options: LoadParcelsOptions = {},
): Promise<ParcelSet> {
  const { pids, signal } = options;
  const dataset = await datasetNamed(store, name, { signal });
  const parcels: Parcel[] = [];
  for (;;) {
    const rows = await store.query<ParcelRow>(
      `select pid, label, crop, area, ST_AsBinary(geom) as geom, attributes from furrow.parcel
        where dataset_id = $1 and pid > $2 and ($3::bigint[] is null or pid = any ($3)) order by pid limit $4`,
      [dataset.id, parcels.at(-1)?.pid ?? Number.MIN_SAFE_INTEGER, pids ?? null, page],
      { signal },
    );
    for (const { crop, geom, ...parcel } of rows)
      parcels.push({
        ...parcel,
        crop: crop ?? undefined,
        geometry: readWkb(geom, `parcel ${parcel.pid} of '${name}'`),
      });
    if (rows.length < page) return { name: dataset.lastingName, crs: 'OGC:CRS84', parcels };
  }
}
