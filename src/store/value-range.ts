import { InvalidArgument } from '../errors.ts';
import { clearScl } from '../parcels/quality.ts';
import { listLayouts } from './layouts.ts';
import { type ParcelFilter, parcelCondition } from './parcel-filter.ts';
import type { Queryable, QueryOptions, QueryValue } from './store.ts';

export interface ValueRangeOptions extends ParcelFilter, QueryOptions {
  /** From `findDataset`. */
  readonly dataset: number;
  /** Name of a band or index as extracted; letter case does not matter. */
  readonly band: string;
  /** `mean`, `p50`, ...; `median` is `p50`. `mean` when left out. */
  readonly stat?: string | undefined;
  /** Both included; one may be left out. */
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  /** ISO 8601: from (included) to (excluded). */
  readonly from: string;
  readonly to: string;
  /** Only where at least this share of the parcel shows the ground, 0 to 1; 1 where an image has no classes. */
  readonly clearAtLeast?: number | undefined;
  /** Rows of the answer at most; all when left out. */
  readonly rows?: number | undefined;
}

/** A parcel on an image on which the statistic lies in the range. */
export interface ValueInRange {
  readonly pid: number;
  readonly image: number;
  readonly reference: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  /** Valid pixels. */
  readonly n: number;
  readonly value: number;
  /** Share of the parcel that shows the ground, 0 to 1. */
  readonly clear: number;
}

/**
 * Parcels whose statistic lies in a range, by parcel, then time; NaN lies in none. Looks at the months that the store itself
 * holds. Throws `InvalidArgument` for a range or time that is none, `StoreFailure`.
 */
export async function valuesInRange(store: Queryable, options: ValueRangeOptions): Promise<ValueInRange[]> {
  const { dataset, band, from, to, clearAtLeast = 0, rows, signal } = options;
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = options;
  if (!(least <= most)) throw new InvalidArgument(`no value lies between ${least} and ${most}`);
  for (const [name, time] of Object.entries({ from, to }))
    if (Number.isNaN(Date.parse(time)))
      throw new InvalidArgument(`${name} must be a date or time in ISO 8601, not '${time}'`);
  const stat = statName(options.stat);
  const places = (await listLayouts(store, dataset)).flatMap(({ id, bands, stats }) => {
    const at = bands.findIndex((name) => name.toLowerCase() === band.toLowerCase());
    const within = stats.indexOf(stat);
    return at < 0 || within < 0 ? [] : [{ id, place: at * stats.length + within + 1 }];
  });
  if (places.length === 0) return [];
  const values: QueryValue[] = [
    dataset,
    places.map(({ id }) => id),
    places.map(({ place }) => place),
    new Date(from).toISOString(),
    new Date(to).toISOString(),
    least,
    most,
    clearScl,
    clearAtLeast,
    rows ?? null,
  ];
  const condition = parcelCondition(options, values);
  const found = await store.query<ValueInRange & { datetime: Date } & Record<string, unknown>>(
    `select s.pid, s.image_id as image, i.reference, i.datetime, s.n, s.v[w.place] as value, coalesce(c.clear, 1) as clear
      from unnest($2::smallint[], $3::int[]) w(layout_id, place)
      join furrow.signature s using (layout_id) join furrow.image i on i.dataset_id = s.dataset_id and i.id = s.image_id
      join furrow.parcel p on p.dataset_id = s.dataset_id and p.pid = s.pid
      left join lateral (
        select sum(k.pixels) filter (where k.class - 1 = any ($8::int[]))::float8 / nullif(sum(k.pixels), 0) as clear
        from furrow.histogram h cross join lateral unnest(h.counts) with ordinality k(pixels, class)
        where h.dataset_id = $1 and h.day = s.day and h.pid = s.pid and h.image_id = s.image_id and h.band = 'SCL'
      ) c on true
      where s.dataset_id = $1 and i.datetime >= $4 and i.datetime < $5
        and s.day >= ($4::timestamptz at time zone 'UTC')::date and s.day <= ($5::timestamptz at time zone 'UTC')::date
        and s.n > 0 and s.v[w.place] between $6::float8 and $7::float8 and s.v[w.place] <> 'NaN'
        and coalesce(c.clear, 1) >= $9::float8 and ${condition}
      order by s.pid, i.datetime, s.image_id limit $10::bigint`,
    values,
    { signal },
  );
  return found.map((row) => ({ ...row, datetime: row.datetime.toISOString() }));
}

/** The name of a statistic in a layout: `median` stands for `p50`. */
export function statName(stat = 'mean'): string {
  return stat === 'median' ? 'p50' : stat;
}
