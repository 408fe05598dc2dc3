import type { BBox } from '../geometry/grid.ts';
import { datasetBands } from './dataset-bands.ts';
import { shownName } from './dataset-named.ts';
import { datasetBounds } from './parcel-rows.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** What is told of a dataset in a list. */
export interface ListedDataset {
  /** By which who asks finds it: plain where that is enough, else `OWNER/NAME`. */
  readonly name: string;
  readonly aoi: string | null;
  readonly year: number | null;
  readonly kind: string | null;
  readonly srid: number | null;
  readonly owner: string;
}

/** What is told of one dataset. */
export interface DatasetFacts extends ListedDataset {
  readonly parcels: number;
  /** Longitude and latitude; null without parcels. */
  readonly bbox: BBox | null;
  /** Parcels by crop, the commonest first; null is the name of those that state none. */
  readonly crops: readonly { readonly crop: string | null; readonly parcels: number }[];
  /** Images that were extracted. */
  readonly images: number;
  /** ISO 8601, UTC; of the first and the last image, null without one. */
  readonly interval: readonly [string | null, string | null];
  /** Bands and indices of its signatures. */
  readonly bands: readonly string[];
}

const listed = `${shownName} as name, d.aoi, d.year, d.kind, d.srid, d.owner`;

/** The datasets that this role may see, by name. */
export async function listFacts(store: Queryable, options: QueryOptions = {}): Promise<ListedDataset[]> {
  return await store.query<ListedDataset & Record<string, unknown>>(
    `select ${listed} from furrow.dataset d order by d.name, d.owner`,
    [],
    options,
  );
}

/** Everything that is told of a dataset that was found; its parcels are counted for it. */
export async function datasetFacts(
  store: Queryable,
  id: number,
  { signal }: QueryOptions = {},
): Promise<DatasetFacts> {
  const [facts] = await store.query<ListedDataset & Record<string, unknown>>(
    `select ${listed} from furrow.dataset d where d.id = $1`,
    [id],
    { signal },
  );
  const crops = await store.query<{ crop: string | null; parcels: number }>(
    `select crop, count(*) as parcels from furrow.parcel where dataset_id = $1 group by crop
      order by parcels desc, crop`,
    [id],
    { signal },
  );
  const [season] = await store.query<{ images: number; first: Date | null; last: Date | null }>(
    `select count(*) as images, min(datetime) as first, max(datetime) as last from furrow.extraction
      where dataset_id = $1 and status = 'done'`,
    [id],
    { signal },
  );
  return {
    name: facts?.name ?? '',
    aoi: facts?.aoi ?? null,
    year: facts?.year ?? null,
    kind: facts?.kind ?? null,
    srid: facts?.srid ?? null,
    owner: facts?.owner ?? '',
    parcels: crops.reduce((sum, { parcels }) => sum + parcels, 0),
    bbox: (await datasetBounds(store, id, { signal })) ?? null,
    crops,
    images: season?.images ?? 0,
    interval: [season?.first?.toISOString() ?? null, season?.last?.toISOString() ?? null],
    bands: await datasetBands(store, id, { signal }),
  };
}
