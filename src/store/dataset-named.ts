import { DatasetAmbiguous, DatasetNotFound } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** A dataset as far as asking its parcels takes: without counting them. */
export interface NamedDataset {
  readonly id: number;
  /** By which who asks finds it: plain where that is enough, else `OWNER/NAME`. */
  readonly name: string;
  /** By which it is found whatever else is made later: plain for an own one, else `OWNER/NAME`. */
  readonly lastingName: string;
  readonly owner: string;
  /** Of all its parcels: another one after any change. */
  readonly fingerprint: string | null;
}

/**
 * A query for the ids of what a name means to who asks; `name` is the place of a bound value. An own dataset of that name comes
 * first, then the one that is `OWNER/NAME`, then all others of that name that may be seen. Names with a '/', which older stores
 * have, mean an own dataset before somebody else's.
 */
export function meantBy(name: string): string {
  return `select m.id from (
      select d.id, case when d.owner = (select furrow.identity()) then 0 else 2 end as rank
        from furrow.dataset d where d.name = ${name}::text
      union all
      select d.id, 1 from furrow.dataset d where position('/' in ${name}::text) > 0 and d.owner || '/' || d.name = ${name}::text
    ) m order by m.rank fetch first 1 row with ties`;
}

/** The name by which who asks finds the dataset of a row `d`: plain where it is his own or the only one that he sees. */
export const shownName = `case when d.owner = (select furrow.identity())
      or position('/' in d.name) = 0 and not exists (select 1 from furrow.dataset o where o.name = d.name and o.id <> d.id)
    then d.name else d.owner || '/' || d.name end`;

/**
 * The one of the rows that `meantBy` gave. Throws `DatasetNotFound`, in the same words whether there is none or it may not be seen,
 * and `DatasetAmbiguous`, which tells of those that are seen.
 */
export function oneMeant<Row extends Pick<NamedDataset, 'name'>>(found: readonly Row[], name: string): Row {
  const [dataset, another] = found;
  if (dataset === undefined)
    throw new DatasetNotFound(
      `there is no dataset '${name}', or it may not be seen: extracting makes one; furrow dataset and /parcels list them`,
    );
  if (another !== undefined)
    throw new DatasetAmbiguous(
      `several datasets are called '${name}': say which (${found.map((one) => one.name).join(', ')})`,
    );
  return dataset;
}

/**
 * The dataset that a name means to who asks: `NAME` the own one, or else the only one that may be seen; `OWNER/NAME` exactly that one.
 * Throws `DatasetNotFound`, `DatasetAmbiguous`.
 */
export async function datasetNamed(
  store: Queryable,
  name: string,
  { signal }: QueryOptions = {},
): Promise<NamedDataset> {
  const found = await store.query<NamedDataset & Record<string, unknown>>(
    `select d.id, ${shownName} as name, d.owner, d.fingerprint,
        case when d.owner = furrow.identity() then d.name else d.owner || '/' || d.name end as "lastingName"
      from furrow.dataset d where d.id in (${meantBy('$1')}) order by d.owner`,
    [name],
    { signal, prepare: true },
  );
  return oneMeant(found, name);
}
