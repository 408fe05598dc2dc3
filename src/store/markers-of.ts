import type { Queryable, QueryOptions } from './store.ts';

/** An event that a rule found in a parcel's season; days as `YYYY-MM-DD`. */
export interface StoredMarker {
  readonly kind: string;
  readonly from: string;
  readonly at: string;
  readonly to: string;
  readonly value: number | null;
  readonly rule: string;
}

/** The markers of one parcel, by day. */
export async function markersOf(
  store: Queryable,
  dataset: number,
  pid: number,
  { signal }: QueryOptions = {},
): Promise<StoredMarker[]> {
  return await store.query<StoredMarker & Record<string, unknown>>(
    `select kind, day_from as "from", day_at as at, day_to as "to", value, rule from furrow.marker
      where dataset_id = $1 and pid = $2 order by day_from, kind, rule`,
    [dataset, pid],
    { signal },
  );
}
