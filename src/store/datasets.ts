import { PermissionsInsufficient } from '../errors.ts';
import { datasetNamed, meantBy, oneMeant, shownName } from './dataset-named.ts';
import type { Queryable, QueryOptions, Store } from './store.ts';

/** A dataset of parcels as the store knows it. `srid` is the source's EPSG code; the store's geometries are in 4326. */
export interface Dataset {
  readonly id: number;
  /** By which who asks finds it: plain where that is enough, else `OWNER/NAME`. */
  readonly name: string;
  readonly aoi: string | null;
  readonly year: number | null;
  readonly kind: string | null;
  readonly srid: number | null;
  readonly owner: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly parcels: number;
}

const columns = `d.id, ${shownName} as name, d.aoi, d.year, d.kind, d.srid, d.owner, d.attributes,
  (select count(*) from furrow.parcel p where p.dataset_id = d.id) as parcels`;

/** The datasets that this role may see, by name. */
export async function listDatasets(store: Queryable, options: QueryOptions = {}): Promise<Dataset[]> {
  return await store.query<Dataset & Record<string, unknown>>(
    `select ${columns} from furrow.dataset d order by d.name, d.owner`,
    [],
    options,
  );
}

/** The dataset that a name means to who asks, as `datasetNamed` tells. Throws `DatasetNotFound`, `DatasetAmbiguous`. */
export async function findDataset(
  store: Queryable,
  name: string,
  options: QueryOptions = {},
): Promise<Dataset> {
  const found = await store.query<Dataset & Record<string, unknown>>(
    `select ${columns} from furrow.dataset d where d.id in (${meantBy('$1')}) order by d.owner`,
    [name],
    options,
  );
  return oneMeant(found, name);
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
 * Removes a dataset with its parcels, images, signatures, histograms and markers, in one transaction; the files of its archive stay,
 * and are listed for who wants to delete them. Throws `DatasetNotFound`, `DatasetAmbiguous`, `PermissionsInsufficient`.
 */
export async function removeDataset(
  store: Store,
  name: string,
  options: QueryOptions = {},
): Promise<RemovedDataset> {
  return await store.transaction(async (queryable) => {
    const { id, owner } = await datasetNamed(queryable, name);
    const files = await queryable.query<{ address: string }>(
      `select a.location || '/' || f.name as address from furrow.archive a join furrow.archive_file f using (dataset_id, month)
        where a.dataset_id = $1 order by a.month, f.name`,
      [id],
    );
    await queryable.query('delete from furrow.signature where dataset_id = $1', [id]);
    await queryable.query('delete from furrow.histogram where dataset_id = $1', [id]);
    const gone = await queryable.query('delete from furrow.dataset where id = $1 returning id', [id]);
    // Who may write to it could delete its signatures, above, and not the dataset.
    if (gone.length === 0)
      throw new PermissionsInsufficient(`dataset '${name}' belongs to '${owner}', who alone may remove it`);
    return { files: files.map(({ address }) => address) };
  }, options);
}
