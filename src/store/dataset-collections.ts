import type { Queryable, QueryOptions } from './store.ts';

/** The ids of the collections whose images a dataset was extracted from. */
export async function datasetCollections(
  store: Queryable,
  dataset: number,
  { signal }: QueryOptions = {},
): Promise<string[]> {
  const rows = await store.query<{ collection: string }>(
    `select distinct i.collection from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
      where e.dataset_id = $1 order by i.collection`,
    [dataset],
    { signal },
  );
  return rows.map(({ collection }) => collection);
}
