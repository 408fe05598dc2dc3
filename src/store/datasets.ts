import { DatasetNotFound } from '../errors.ts';
import type { Queryable, QueryOptions, Store } from './store.ts';

/** A dataset of parcels as the store knows it. `srid` is the source's EPSG code; the store's geometries are in 4326. */
export interface Dataset {
  readonly id: number;
  readonly name: string;
  readonly aoi: string | null;
  readonly year: number | null;
  readonly kind: string | null;
  readonly srid: number | null;
  readonly owner: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly parcels: number;
}

const columns = `d.id, d.name, d.aoi, d.year, d.kind, d.srid, d.owner, d.attributes,
  (select count(*) from furrow.parcel p where p.dataset_id = d.id) as parcels`;

/** The datasets that this role may see, by name. */
export async function listDatasets(store: Queryable, options: QueryOptions = {}): Promise<Dataset[]> {
  return await store.query<Dataset & Record<string, unknown>>(
    `select ${columns} from furrow.dataset d order by d.name`,
    [],
    options,
  );
}

/** The dataset of that name. Throws `DatasetNotFound` when there is none or this role may not see it. */
export async function findDataset(
  store: Queryable,
  name: string,
  options: QueryOptions = {},
): Promise<Dataset> {
  const [dataset] = await store.query<Dataset & Record<string, unknown>>(
    `select ${columns} from furrow.dataset d where d.name = $1`,
    [name],
    options,
  );
  if (dataset === undefined)
    throw new DatasetNotFound(
      `the store has no dataset '${name}', or this role may not see it: extracting makes one`,
    );
  return dataset;
}

/** What is left of a dataset that was removed. */
export interface RemovedDataset {
  /**
   * Addresses of the files of its archived months. They stay: where they lie is data, written by whoever might write to the
   * dataset, and of detached months they are the only copy. Nothing in the store names them any more.
   */
  readonly files: readonly string[];
}

/**
 * Removes a dataset with its parcels, signatures, histograms and markers, in one transaction; images stay, and the files of its
 * archive, which are listed for who wants to delete them. Throws `DatasetNotFound`.
 */
export async function removeDataset(
  store: Store,
  name: string,
  options: QueryOptions = {},
): Promise<RemovedDataset> {
  return await store.transaction(async (queryable) => {
    const { id } = await findDataset(queryable, name);
    const files = await queryable.query<{ address: string }>(
      `select a.location || '/' || f.name as address from furrow.archive a join furrow.archive_file f using (dataset_id, month)
        where a.dataset_id = $1 order by a.month, f.name`,
      [id],
    );
    await queryable.query('delete from furrow.signature where dataset_id = $1', [id]);
    await queryable.query('delete from furrow.histogram where dataset_id = $1', [id]);
    await queryable.query('delete from furrow.dataset where id = $1', [id]);
    return { files: files.map(({ address }) => address) };
  }, options);
}
