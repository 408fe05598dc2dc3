import { InvalidArgument } from '../errors.ts';
import { type ParcelFilter, parcelCondition } from './parcel-filter.ts';
import type { Queryable, QueryOptions, QueryValue } from './store.ts';

/** A parcel without its outline. */
export interface ParcelSummary {
  readonly pid: number;
  readonly label: string;
  readonly crop: string | null;
  /** Hectares. */
  readonly area: number;
}

export interface FindParcelsOptions extends ParcelFilter, QueryOptions {
  /** From `findDataset`. */
  readonly dataset: number;
  /** At most so many, the lowest pids first; all when left out. */
  readonly most?: number | undefined;
  /** Only pids above this one: the last of the page before. */
  readonly after?: number | undefined;
}

/** The parcels that a filter means, by pid. Throws `InvalidArgument`, `LimitExceeded`, `StoreFailure`. */
export async function findParcels(store: Queryable, options: FindParcelsOptions): Promise<ParcelSummary[]> {
  const { dataset, most, after, signal, ...filter } = options;
  if (most !== undefined && !(Number.isSafeInteger(most) && most >= 0))
    throw new InvalidArgument(`at most ${most} parcels cannot be asked for: it takes a whole number`);
  const values: QueryValue[] = [dataset, after ?? null, most ?? null];
  const condition = parcelCondition(filter, values);
  return await store.query<ParcelSummary & Record<string, unknown>>(
    `select p.pid, p.label, p.crop, p.area from furrow.parcel p
      where p.dataset_id = $1 and ($2::bigint is null or p.pid > $2) and ${condition}
      order by p.pid limit $3::bigint`,
    values,
    { signal },
  );
}
