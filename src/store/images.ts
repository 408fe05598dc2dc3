import { StoreFailure } from '../errors.ts';
import type { BBox } from '../geometry/grid.ts';
import type { Queryable, QueryOptions, Store } from './store.ts';

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
}

export interface RegisterOptions extends QueryOptions {
  readonly dataset: number;
  /** Says how the rows are made: work that was done by another recipe is done again. */
  readonly recipe: string;
  readonly images: readonly ImageRecord[];
}

const extractionColumns = `e.image_id as image, i.collection, i.reference, e.datetime, e.status, e.tries, e.error, e.rows`;

/**
 * Enters images and the work of extracting them for a dataset, with the partitions for their months, in one transaction.
 * Done work stays done when its recipe is the same; failed and formerly dropped work waits again; rows of work that is
 * dropped now are deleted. Gives the work on these images, oldest first. Throws `StoreFailure`.
 */
export async function registerImages(store: Store, options: RegisterOptions): Promise<Extraction[]> {
  const { dataset, recipe, signal } = options;
  const images = onePerReference(options.images);
  if (images.length === 0) return [];
  return await store.transaction(
    async (queryable) => {
      const ids = await upsertImages(queryable, images);
      const times = images.map(({ datetime }) => datetime);
      await queryable.query(
        `select furrow.ensure_partitions($1,
          (select array_agg(distinct (t at time zone 'UTC')::date) from unnest($2::timestamptz[]) t))`,
        [dataset, times],
      );
      const dropped = await queryable.query<{ image: number | null }>(
        `insert into furrow.extraction as e (dataset_id, image_id, datetime, recipe, status, error)
          select $1, w.image, w.datetime, $2, case when w.reason is null then 'waiting' else 'dropped' end, w.reason
          from unnest($3::int[], $4::timestamptz[], $5::text[]) w(image, datetime, reason) order by w.image
          on conflict (dataset_id, image_id) do update set recipe = excluded.recipe, status = excluded.status,
            error = excluded.error, tries = 0, lease_token = null, lease_until = null, rows = null, finished_at = null
          where case when excluded.status = 'dropped' then e.status <> 'dropped'
            else e.status in ('failed', 'dropped') or e.recipe <> excluded.recipe end
          returning case when status = 'dropped' then image_id end as image`,
        [dataset, recipe, ids, times, images.map((image) => image.dropped ?? null)],
      );
      await forget(
        queryable,
        dataset,
        dropped.map(({ image }) => image).filter((image) => image !== null),
      );
      return await queryable.query<Extraction & Record<string, unknown>>(
        `select ${extractionColumns} from furrow.extraction e join furrow.image i on i.id = e.image_id
          where e.dataset_id = $1 and e.image_id = any ($2) order by e.datetime, e.image_id`,
        [dataset, ids],
      );
    },
    { signal },
  );
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

/** Ids in the order of the images. Images that others registered are used as they stand: row-level security hides them from the update. */
async function upsertImages(queryable: Queryable, images: readonly ImageRecord[]): Promise<number[]> {
  const column = <T>(pick: (image: ImageRecord) => T): T[] => images.map(pick);
  const values = [
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
  const rows = `unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::float8[], $6::float8[], $7::float8[],
    $8::float8[], $9::text[], $10::real[], $11::jsonb[], $12::text[])
    r(collection, reference, sensor, datetime, xmin, ymin, xmax, ymax, platform, cloud, assets, acquisition)`;
  await queryable.query(
    `insert into furrow.image
        (collection, reference, sensor, datetime, footprint, platform, cloud, assets, acquisition)
      select collection, reference, sensor, datetime, ST_MakeEnvelope(xmin, ymin, xmax, ymax, 4326), platform, cloud, assets,
        acquisition
      from ${rows} order by datetime, reference on conflict (collection, reference) do nothing`,
    values,
  );
  await queryable.query(
    `update furrow.image i set sensor = r.sensor, datetime = r.datetime, platform = r.platform, cloud = r.cloud,
        footprint = ST_MakeEnvelope(r.xmin, r.ymin, r.xmax, r.ymax, 4326), assets = r.assets,
        acquisition = r.acquisition
      from ${rows} where i.collection = r.collection and i.reference = r.reference
        and (i.sensor, i.datetime, i.platform, i.cloud, i.assets, i.acquisition)
          is distinct from (r.sensor, r.datetime, r.platform, r.cloud, r.assets, r.acquisition)`,
    values,
  );
  const ids = await queryable.query<{ id: number }>(
    `select i.id from unnest($1::text[], $2::text[]) with ordinality r(collection, reference, number)
      join furrow.image i using (collection, reference) order by r.number`,
    values.slice(0, 2),
  );
  if (ids.length !== images.length)
    throw new StoreFailure(`${images.length - ids.length} images were not stored`);
  return ids.map(({ id }) => id);
}

async function forget(queryable: Queryable, dataset: number, images: readonly number[]): Promise<void> {
  if (images.length === 0) return;
  await queryable.query('delete from furrow.signature where dataset_id = $1 and image_id = any ($2)', [
    dataset,
    images,
  ]);
  await queryable.query('delete from furrow.histogram where dataset_id = $1 and image_id = any ($2)', [
    dataset,
    images,
  ]);
}

/** The work on all images of a dataset, oldest first, with the reasons of what failed or was dropped. */
export async function listExtractions(
  store: Queryable,
  dataset: number,
  options: QueryOptions = {},
): Promise<Extraction[]> {
  return await store.query<Extraction & Record<string, unknown>>(
    `select ${extractionColumns} from furrow.extraction e join furrow.image i on i.id = e.image_id
      where e.dataset_id = $1 order by e.datetime, e.image_id`,
    [dataset],
    options,
  );
}
