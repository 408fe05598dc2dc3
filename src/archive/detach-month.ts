import { InvalidArgument } from '../errors.ts';
import type { QueryOptions, Store } from '../store/store.ts';
import type { ArchivedMonth } from './archive-catalog.ts';
import { checkFiles } from './archive-month.ts';

/**
 * Takes the rows of an archived month out of the store: reads every file back once more, then asks the database to compare the
 * rows with those that were archived and to drop the month's partitions, in one transaction; a process that dies at any point has
 * done all of it or nothing. Gives the number of signatures. Throws `InvalidArgument` for a month that is detached,
 * `InvalidFile` or `FileNotFound` when the files are not what was written, `EgressRefused` for a place that the user did
 * not allow, `StoreFailure` when the month has changed since.
 */
export async function detachMonth(
  store: Store,
  dataset: number,
  archived: ArchivedMonth,
  { signal }: QueryOptions = {},
): Promise<number> {
  const { month, run, location, status } = archived;
  if (status === 'detached')
    throw new InvalidArgument(
      `month ${month.name} was taken out of the store before; it lies in ${location}`,
    );
  await checkFiles(archived, { signal });
  return await store.transaction(
    async (queryable) => {
      // Before the month is locked, as who writes an image does it. What is written from here on stands beside the files.
      await queryable.query(
        `update furrow.extraction set written = false where dataset_id = $1 and written
          and datetime >= $2::date::timestamp at time zone 'UTC' and datetime < $3::date::timestamp at time zone 'UTC'`,
        [dataset, month.first, month.next],
      );
      const [row] = await queryable.query<{ rows: number }>(
        'select furrow.detach_month($1, $2, $3) as rows',
        [dataset, month.first, run],
        { signal },
      );
      return row?.rows ?? 0;
    },
    { signal },
  );
}
