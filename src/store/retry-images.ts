import { NoData } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

export interface RetryOptions extends QueryOptions {
  readonly dataset: number;
  /** Item ids: these are done again whatever their state, but for those that are not used. All that failed when left out. */
  readonly references?: readonly string[] | undefined;
}

/**
 * Puts images back among those that wait, and gives their item ids, oldest first. Rows of a done image stay until it has been
 * extracted again; who works on one of them now loses it. Throws `NoData` when a reference is no image of the dataset, or is
 * not used for it.
 */
export async function retryImages(store: Queryable, options: RetryOptions): Promise<string[]> {
  const { dataset, references, signal } = options;
  const known = await store.query<{ reference: string; status: string; error: string | null }>(
    `select i.reference, e.status, e.error from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
      where e.dataset_id = $1 and i.reference = any ($2)`,
    [dataset, references ?? []],
    { signal },
  );
  for (const reference of references ?? []) {
    const image = known.find((one) => one.reference === reference);
    if (image === undefined)
      throw new NoData(`'${reference}' is no image of this dataset: furrow images DATASET lists them`);
    if (image.status === 'dropped') throw new NoData(`'${reference}' is not used: ${image.error}`);
  }
  const rows = await store.query<{ reference: string }>(
    `with again as (
        update furrow.extraction e set status = 'waiting', error = null, tries = 0, lease_token = null, lease_until = null,
          finished_with = null
        from furrow.image i where i.dataset_id = e.dataset_id and i.id = e.image_id and e.dataset_id = $1
          and case when $2::text[] is null then e.status = 'failed' else i.reference = any ($2) and e.status <> 'dropped' end
        returning i.reference, e.datetime)
      select reference from again order by datetime, reference`,
    [dataset, references ?? null],
    { signal },
  );
  return rows.map(({ reference }) => reference);
}
