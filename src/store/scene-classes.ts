import type { Queryable, QueryOptions } from './store.ts';

/** The histogram of a parcel on one image: pixels by class, classes that do not occur left out. */
export interface StoredHistogram {
  readonly image: number;
  readonly hist: Readonly<Record<string, number>>;
}

/** Histograms of scene classes of one parcel in the order of time, as the store itself holds them. */
export async function sceneHistograms(
  store: Queryable,
  dataset: number,
  pid: number,
  { signal }: QueryOptions = {},
): Promise<StoredHistogram[]> {
  return await store.query<StoredHistogram & Record<string, unknown>>(
    `select h.obsid as image, h.hist from furrow.hists h
      join furrow.image i on i.dataset_id = h.dataset_id and i.id = h.obsid
      where h.dataset_id = $1 and h.pid = $2 and h.band = 'SCL' order by i.datetime, i.id`,
    [dataset, pid],
    { signal },
  );
}
