import type { Queryable, QueryOptions } from '../store/store.ts';
import { type Month, monthOf } from './month.ts';

/** The months of a dataset that have partitions in the store, oldest first; by the partitions' names, no row is read. */
export async function storedMonths(
  store: Queryable,
  dataset: number,
  { signal }: QueryOptions = {},
): Promise<Month[]> {
  const rows = await store.texts(
    `select substring(c.relname from '\\d{4}_\\d{2}$') from pg_class c
      where c.relnamespace = 'furrow'::regnamespace and c.relispartition and c.relkind = 'r'
        and c.relname ~ ('^signature_' || $1::int || '_\\d{4}_\\d{2}$') order by 1`,
    [dataset],
    { signal },
  );
  return rows.map(([name]) => monthOf((name ?? '').replace('_', '-')));
}
