import type { Queryable, QueryOptions } from './store.ts';

/** An image of a month that was taken out of the store. */
export interface ArchivedImage {
  readonly image: number;
  /** `YYYY-MM`. */
  readonly month: string;
  /** Where the month's files lie. */
  readonly location: string;
  /** It was extracted since: its rows stand in the store, not in the files. */
  readonly beside: boolean;
}

/** The extracted images of a dataset's detached months, by month, then image. Throws `StoreFailure`. */
export async function archivedImages(
  store: Queryable,
  dataset: number,
  { signal }: QueryOptions = {},
): Promise<ArchivedImage[]> {
  return await store.query<ArchivedImage & Record<string, unknown>>(
    `select e.image_id as image, to_char(a.month, 'YYYY-MM') as month, a.location, e.written as beside
      from furrow.archive a join furrow.extraction e on e.dataset_id = a.dataset_id
        and e.datetime >= a.month::timestamp at time zone 'UTC'
        and e.datetime < (a.month + interval '1 month') at time zone 'UTC'
      where a.dataset_id = $1 and a.status = 'detached' and e.status = 'done' and coalesce(e.rows, 0) > 0
      order by a.month, e.image_id`,
    [dataset],
    { signal },
  );
}

/** A month in the archive of which the store has images, too. */
export interface DividedMonth {
  /** `YYYY-MM`. */
  readonly month: string;
  readonly location: string;
  /** Images whose rows stand in the store beside the files. */
  readonly images: number;
}

/** Detached months that images were extracted for since, oldest first. Throws `StoreFailure`. */
export async function dividedMonths(
  store: Queryable,
  dataset: number,
  options: QueryOptions = {},
): Promise<DividedMonth[]> {
  const beside = (await archivedImages(store, dataset, options)).filter((image) => image.beside);
  return [...Map.groupBy(beside, ({ month }) => month).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ month: first.month, location: first.location, images: 1 + others.length }],
  );
}
