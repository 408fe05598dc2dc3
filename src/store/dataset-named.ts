import { DatasetNotFound } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** A dataset as far as asking its parcels takes: without counting them. */
export interface NamedDataset {
  readonly id: number;
  readonly name: string;
  /** Of all its parcels: another one after any change. */
  readonly fingerprint: string | null;
}

/** The dataset of that name. Throws `DatasetNotFound` when there is none or this role may not see it. */
export async function datasetNamed(
  store: Queryable,
  name: string,
  { signal }: QueryOptions = {},
): Promise<NamedDataset> {
  const [dataset] = await store.query<NamedDataset & Record<string, unknown>>(
    'select id, name, fingerprint from furrow.dataset where name = $1',
    [name],
    { signal, prepare: true },
  );
  if (dataset === undefined)
    throw new DatasetNotFound(`there is no dataset '${name}', or it may not be seen: /parcels lists them`);
  return dataset;
}
