import { StoreFailure } from '../errors.ts';
import type { BBox } from '../geometry/grid.ts';
import type { Queryable, QueryOptions, QueryValue, Store } from './store.ts';

/** An image of a collection; `reference` is the item's id, `footprint` its box in longitude and latitude. */
export interface ImageRecord {
  readonly collection: string;
  readonly reference: string;
  readonly sensor: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly footprint: BBox;
  readonly platform?: string | undefined;
  /** Percent of the scene, as its producer says. */
  readonly cloud?: number | undefined;
  /** The pass that it shows; images of one pass count once per parcel in a season. */
  readonly acquisition?: string | undefined;
  /** Band name to address. */
  readonly assets: Readonly<Record<string, string>>;
  /** Why this image is not used (another processing of it is newer, ...); kept on the row of the work. */
  readonly dropped?: string | undefined;
  /** Fingerprint of what the catalog says of the image: work on another version is done again. */
  readonly version?: string | undefined;
  /** Fingerprint of the files themselves, where somebody looked: work on other files is done again. */
  readonly files?: string | undefined;
  /** Why this image was chosen, or not, beside others of its acquisition; for people. */
  readonly choice?: string | undefined;
}

export type ExtractionStatus = 'waiting' | 'claimed' | 'done' | 'failed' | 'dropped';

/** The state of the work on one image for one dataset. */
export interface Extraction {
  readonly image: number;
  readonly collection: string;
  readonly reference: string;
  readonly datetime: Date;
  readonly status: ExtractionStatus;
  readonly tries: number;
  /** Why it failed or was dropped. */
  readonly error: string | null;
  readonly rows: number | null;
  /** Why this image is used, or not, beside others of its acquisition. */
  readonly choice: string | null;
  readonly finished: Date | null;
}

/** Work as it stands after registering. */
export interface RegisteredImage extends Extraction {
  /** Rows that it had before and that are gone, because it is dropped now; 0 for others. */
  readonly removed: number;
}

export interface RegisterOptions extends QueryOptions {
  readonly dataset: number;
  /** Says how the rows are made: work that was done by another recipe is done again. */
  readonly recipe: string;
  readonly images: readonly ImageRecord[];
  /**
   * Which failed images wait again: `all` (the default), `storage` only those whose files could not be reached, `none`.
   */
  readonly retry?: 'all' | 'storage' | 'none' | undefined;
}

const extractionColumns = `e.image_id as image, i.collection, i.reference, e.datetime, e.status, e.tries, e.error, e.rows,
  e.choice, e.finished_at as finished`;

/** Failures that say nothing about the image. */
const ofStorage = '^(StorageFailure|ObjectChanged):';

const failedAgain = {
  all: `e.status = 'failed'`,
  storage: `e.status = 'failed' and e.error ~ '${ofStorage}'`,
  none: 'false',
} as const;

/** Whether work as it stands (`e`) is to be done anew, given what is registered now (`n`); unknown versions are no others. */
const outdated = (
  retry: keyof typeof failedAgain,
) => `case when n.status = 'dropped' then e.status <> 'dropped'
  else e.status = 'dropped' or e.recipe <> n.recipe or e.version <> n.version or e.files <> n.files
    or ${failedAgain[retry]} end`;

const wanted = `select w.*, $2::text as recipe, case when w.error is null then 'waiting' else 'dropped' end as status
  from unnest($3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[])
    w(image, datetime, error, version, files, choice)`;

/**
 * Enters images and the work of extracting them for a dataset, with the partitions for their months, in one transaction.
 * Done work stays done when recipe, version and files are the same; failed (see `retry`) and formerly dropped work waits
 * again; rows of work that is dropped now are deleted. Rows that stay as they are are not even locked, so that any number
 * of workers may start while others work. Gives the work on these images, oldest first. Throws `StoreFailure`.
 */
export async function registerImages(store: Store, options: RegisterOptions): Promise<RegisteredImage[]> {
  const { dataset, recipe, retry = 'all', signal } = options;
  const images = onePerReference(options.images);
  if (images.length === 0) return [];
  return await store.transaction(
    async (queryable) => {
      const column = (pick: (image: ImageRecord) => string | undefined) =>
        images.map((image) => pick(image) ?? null);
      const times = column(({ datetime }) => datetime);
      await queryable.query(
        `select furrow.ensure_partitions($1,
          (select array_agg(distinct (t at time zone 'UTC')::date) from unnest($2::timestamptz[]) t))`,
        [dataset, times],
      );
      const ids = await upsertImages(queryable, dataset, images);
      const values = [
        dataset,
        recipe,
        ids,
        times,
        column((image) => image.dropped),
        column((image) => image.version),
        column((image) => image.files),
        column((image) => image.choice ?? image.dropped),
      ];
      const rowsBefore = await rowsOfDropped(queryable, values);
      const dropped = await queryable.query<{ image: number | null }>(
        `insert into furrow.extraction as e
            (dataset_id, image_id, datetime, recipe, status, error, version, files, choice)
          select $1, n.image, n.datetime, n.recipe, n.status, n.error, n.version, n.files, n.choice
          from (${wanted}) n left join furrow.extraction e on e.dataset_id = $1 and e.image_id = n.image
          where e.image_id is null or ${outdated(retry)} order by n.image
          on conflict (dataset_id, image_id) do update set recipe = excluded.recipe, status = excluded.status,
            error = excluded.error, version = excluded.version, files = excluded.files, choice = excluded.choice,
            tries = 0, lease_token = null, lease_until = null, rows = null, finished_at = null, finished_with = null
          where ${outdated(retry).replaceAll(/\bn\./g, 'excluded.')}
          returning case when status = 'dropped' then image_id end as image`,
        values,
      );
      await queryable.query(
        `update furrow.extraction e set choice = n.choice, version = coalesce(n.version, e.version),
            files = coalesce(n.files, e.files), error = case e.status when 'dropped' then n.error else e.error end
          from (${wanted}) n where e.dataset_id = $1 and e.image_id = n.image
            and (e.choice is distinct from n.choice or e.version is distinct from coalesce(n.version, e.version)
              or e.files is distinct from coalesce(n.files, e.files)
              or e.status = 'dropped' and e.error is distinct from n.error)`,
        values,
      );
      const gone = await forget(
        queryable,
        dataset,
        dropped.map(({ image }) => image).filter((image) => image !== null),
      );
      const states = await queryable.query<Extraction & Record<string, unknown>>(
        `select ${extractionColumns} from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
          where e.dataset_id = $1 and e.image_id = any ($2) order by e.datetime, e.image_id`,
        [dataset, ids],
      );
      return states.map((state) => ({
        ...state,
        removed: gone.get(state.image) ?? rowsBefore.get(state.image) ?? 0,
      }));
    },
    { signal },
  );
}

/** Rows of the images that are used still and are to be dropped, in the store or in the archive; locked, so that they stay so many. */
async function rowsOfDropped(
  queryable: Queryable,
  values: readonly QueryValue[],
): Promise<Map<number, number>> {
  const rows = await queryable.query<{ image: number; rows: number }>(
    `select e.image_id as image, e.rows from (${wanted}) n
      join furrow.extraction e on e.dataset_id = $1 and e.image_id = n.image
      where n.status = 'dropped' and e.status <> 'dropped' and e.rows > 0
      order by e.image_id for update of e`,
    values,
  );
  return new Map(rows.map(({ image, rows: count }) => [image, count]));
}

/** The last of those that are one image; one that is used counts before one that is dropped. */
function onePerReference(images: readonly ImageRecord[]): ImageRecord[] {
  const found = new Map<string, ImageRecord>();
  for (const image of images) {
    const key = `${image.collection}\n${image.reference}`;
    const before = found.get(key);
    if (before === undefined || before.dropped !== undefined || image.dropped === undefined)
      found.set(key, image);
  }
  return [...found.values()];
}

/** Ids in the order of the images, which are the dataset's own: another one may say something else of an image of that name. */
async function upsertImages(
  queryable: Queryable,
  dataset: number,
  images: readonly ImageRecord[],
): Promise<number[]> {
  const column = <T>(pick: (image: ImageRecord) => T): T[] => images.map(pick);
  const values = [
    dataset,
    column((image) => image.collection),
    column((image) => image.reference),
    column((image) => image.sensor),
    column((image) => image.datetime),
    ...[0, 1, 2, 3].map((side) => column((image) => image.footprint[side] ?? null)),
    column((image) => image.platform ?? null),
    column((image) => image.cloud ?? null),
    column((image) => JSON.stringify(image.assets)),
    column((image) => image.acquisition ?? null),
  ];
  const rows = `unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::float8[], $7::float8[], $8::float8[],
    $9::float8[], $10::text[], $11::real[], $12::jsonb[], $13::text[])
    r(collection, reference, sensor, datetime, xmin, ymin, xmax, ymax, platform, cloud, assets, acquisition)`;
  // A row that is there already would use up a number, conflict or not.
  await queryable.query(
    `insert into furrow.image
        (dataset_id, collection, reference, sensor, datetime, footprint, platform, cloud, assets, acquisition)
      select $1, collection, reference, sensor, datetime, ST_MakeEnvelope(xmin, ymin, xmax, ymax, 4326), platform, cloud, assets,
        acquisition
      from ${rows}
      where not exists (select 1 from furrow.image i
        where i.dataset_id = $1 and i.collection = r.collection and i.reference = r.reference)
      order by datetime, reference on conflict (dataset_id, collection, reference) do nothing`,
    values,
  );
  await queryable.query(
    `update furrow.image i set sensor = r.sensor, datetime = r.datetime, platform = r.platform, cloud = r.cloud,
        footprint = ST_MakeEnvelope(r.xmin, r.ymin, r.xmax, r.ymax, 4326), assets = r.assets,
        acquisition = r.acquisition
      from ${rows} where i.dataset_id = $1 and i.collection = r.collection and i.reference = r.reference
        and (i.sensor, i.datetime, i.platform, i.cloud, i.assets, i.acquisition)
          is distinct from (r.sensor, r.datetime, r.platform, r.cloud, r.assets, r.acquisition)`,
    values,
  );
  const ids = await queryable.query<{ id: number }>(
    `select i.id from unnest($2::text[], $3::text[]) with ordinality r(collection, reference, number)
      join furrow.image i using (collection, reference) where i.dataset_id = $1 order by r.number`,
    values.slice(0, 3),
  );
  if (ids.length !== images.length)
    throw new StoreFailure(`${images.length - ids.length} images were not stored`);
  return ids.map(({ id }) => id);
}

/** Deletes the rows of images; gives how many each had. */
async function forget(
  queryable: Queryable,
  dataset: number,
  images: readonly number[],
): Promise<Map<number, number>> {
  const gone = new Map<number, number>();
  if (images.length === 0) return gone;
  for (const table of ['signature', 'histogram'])
    for (const { image, rows } of await queryable.query<{ image: number; rows: number }>(
      `with gone as (delete from furrow.${table} where dataset_id = $1 and image_id = any ($2) returning image_id)
        select image_id as image, count(*) as rows from gone group by image_id`,
      [dataset, images],
    ))
      gone.set(image, (gone.get(image) ?? 0) + rows);
  return gone;
}

export interface ListOptions extends QueryOptions {
  /** Only images in these states. */
  readonly statuses?: readonly ExtractionStatus[] | undefined;
  /** Only these images, by the item's id. */
  readonly references?: readonly string[] | undefined;
}

/** The work on the images of a dataset, oldest first, with the reasons of what failed or was dropped. */
export async function listExtractions(
  store: Queryable,
  dataset: number,
  { statuses, references, signal }: ListOptions = {},
): Promise<Extraction[]> {
  return await store.query<Extraction & Record<string, unknown>>(
    `select ${extractionColumns} from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
      where e.dataset_id = $1 and ($2::text[] is null or e.status = any ($2)) and ($3::text[] is null or i.reference = any ($3))
      order by e.datetime, e.image_id`,
    [dataset, statuses ?? null, references ?? null],
    { signal },
  );
}

/** The rows that stand in the store of images, also of such as wait to be extracted anew; by image, without those that have none. */
export async function standingRows(
  store: Queryable,
  dataset: number,
  images: readonly number[],
  options: QueryOptions = {},
): Promise<Map<number, number>> {
  if (images.length === 0) return new Map();
  const rows = await store.query<{ image: number; rows: number }>(
    `select image_id as image, count(*) as rows from (
        select image_id from furrow.signature where dataset_id = $1 and image_id = any ($2)
        union all select image_id from furrow.histogram where dataset_id = $1 and image_id = any ($2)) r
      group by image_id`,
    [dataset, [...images]],
    options,
  );
  return new Map(rows.map(({ image, rows: count }) => [image, count]));
}

/** What is known of work that is done by a recipe: its version and files, by the item's id. */
export async function doneExtractions(
  store: Queryable,
  {
    dataset,
    collection,
    recipe,
  }: { readonly dataset: number; readonly collection: string; readonly recipe: string },
  options: QueryOptions = {},
): Promise<Map<string, { readonly version: string | null; readonly files: string | null }>> {
  const rows = await store.query<{ reference: string; version: string | null; files: string | null }>(
    `select i.reference, e.version, e.files from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
      where e.dataset_id = $1 and i.collection = $2 and e.recipe = $3 and e.status = 'done'`,
    [dataset, collection, recipe],
    options,
  );
  return new Map(rows.map(({ reference, ...known }) => [reference, known]));
}
