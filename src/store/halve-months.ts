import { DatabaseError } from 'pg';
import { StoreFailure } from '../errors.ts';
import { moment } from './series-statement.ts';
import type { Queryable, QueryOptions } from './store.ts';

interface Span extends QueryOptions {
  readonly dataset: number;
  /** ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Only images whose rows lie in the store: those of archived months are read elsewhere. */
const imagesOfMonths = `select to_char(datetime at time zone 'UTC', 'YYYY-MM-01') as day, count(*)::integer as images
  from furrow.extraction where dataset_id = $1 and written
    and datetime >= coalesce($2::timestamptz, '-infinity') and datetime < coalesce($3::timestamptz, 'infinity')
  group by 1 order by 1`;

/** The larger half of the images may be this many times the smaller one; beyond it the second connection does too little. */
const mostUneven = 3;

/**
 * The first day (`YYYY-MM-DD`) of the month that cuts a dataset's images of a time into two halves of about as many each. Halves
 * that are cut so share no partition, hence no page, and each server process reads its files in their order. Undefined where no
 * month does. Throws `InvalidArgument` for a time that is none.
 */
export async function halvingMonth(
  store: Queryable,
  { dataset, from, to, signal }: Span,
): Promise<string | undefined> {
  const values = [dataset, moment(from, 'from'), moment(to, 'to')];
  const months = await store
    .query<{ day: string; images: number }>(imagesOfMonths, values, { signal })
    .catch((error: unknown) => {
      // A role may read signatures without the work that made them.
      if (isForbidden(error)) return [];
      throw error;
    });
  const all = months.reduce((sum, { images }) => sum + images, 0);
  let before = 0;
  let best: { readonly day: string; readonly larger: number } | undefined;
  for (const { day, images } of months) {
    const larger = Math.max(before, all - before);
    if (before > 0 && larger < (best?.larger ?? Number.POSITIVE_INFINITY)) best = { day, larger };
    before += images;
  }
  return best !== undefined && best.larger <= (all - best.larger) * mostUneven ? best.day : undefined;
}

function isForbidden(error: unknown): boolean {
  const cause = error instanceof StoreFailure ? error.cause : undefined;
  return cause instanceof DatabaseError && cause.code === '42501';
}
