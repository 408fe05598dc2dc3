import { BandNotFound } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

/**
 * The bands and indices of which a dataset has signatures, in the store or in files of its archive, by name. A layout that
 * no row has any more is looked for in all of them: not for every question.
 */
export async function datasetBands(
  store: Queryable,
  id: number,
  { signal }: QueryOptions = {},
): Promise<string[]> {
  const rows = await store.query<{ band: string }>(
    `select distinct b as band from furrow.layout l cross join unnest(l.bands) b
      where l.dataset_id = $1 and l.sensor in (select i.sensor from furrow.image i where i.dataset_id = $1)
        and (exists (select 1 from furrow.archive_file f where f.dataset_id = $1 and f.layout_id = l.id)
          or exists (select 1 from furrow.signature s where s.dataset_id = $1 and s.layout_id = l.id))
      order by band`,
    [id],
    { signal },
  );
  return rows.map(({ band }) => band);
}

/**
 * For a question that found nothing: whether it could have. Letter case does not matter; where nothing was extracted yet, any name may
 * come. Throws `BandNotFound` with the names that the dataset has.
 */
export async function checkBand(
  store: Queryable,
  { id, name }: { readonly id: number; readonly name: string },
  band: string,
  options: QueryOptions = {},
): Promise<void> {
  const bands = await datasetBands(store, id, options);
  if (bands.length === 0 || bands.some((one) => one.toLowerCase() === band.toLowerCase())) return;
  throw new BandNotFound(
    `dataset '${name}' has no band or index '${band.slice(0, 100)}'; it has ${bands.join(', ')}`,
  );
}
