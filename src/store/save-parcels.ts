import { createHash } from 'node:crypto';
import { InvalidArgument, StoreFailure, throwIfCancelled } from '../errors.ts';
import { transformArea } from '../geometry/crs.ts';
import { writeWkb } from '../geometry/wkb.ts';
import { checkLimit } from '../limits.ts';
import type { Parcel, ParcelSet } from '../parcels/parcel.ts';
import { datasetToSave } from './dataset-to-save.ts';
import type { Queryable, QueryOptions, Store } from './store.ts';
import { binaryArray } from './values.ts';

export interface SaveParcelsOptions extends QueryOptions {
  /** Year of the declaration. */
  readonly year?: number | undefined;
  readonly kind?: string | undefined;
  readonly aoi?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

export interface SavedParcels {
  readonly dataset: number;
  readonly parcels: number;
  /** False when the store already held exactly these parcels. */
  readonly changed: boolean;
}

/** Any number of our own: whoever saves a dataset holds this advisory lock with the hash of its name, without the owner, until the commit. */
const lock = 6083752;

/** Rows of one insert: bounds the size of a message to the store. */
const batch = 2000;

/**
 * Stores a set of parcels as the dataset that its name means (`datasetToSave`: the own one, or `OWNER/NAME`), in one transaction: an
 * existing dataset gets these parcels in place of its own, its signatures stay, and so do area, year, kind and attributes that are not
 * stated. Geometries are transformed to longitude and latitude (4326). Throws `InvalidArgument` for an empty name or a pid twice,
 * `CrsUnknown`, `DatasetAmbiguous`, `DatasetNotFound`, `PermissionsInsufficient`.
 */
export async function saveParcels(
  store: Store,
  set: ParcelSet,
  options: SaveParcelsOptions = {},
): Promise<SavedParcels> {
  const { year = null, kind = null, aoi = null, attributes = {}, signal, onProgress } = options;
  if (set.name === '') throw new InvalidArgument('a dataset needs a name');
  checkLimit('parcels', set.parcels.length, `dataset '${set.name}'`);
  const pids = new Set(set.parcels.map(({ pid }) => pid));
  if (pids.size !== set.parcels.length)
    throw new InvalidArgument(
      `dataset '${set.name}': ${set.parcels.length - pids.size} parcels have the pid of another`,
    );
  const fingerprint = parcelFingerprint(set);
  const srid = /^EPSG:(\d+)$/.exec(set.crs)?.[1] ?? 4326;

  return await store.transaction(
    async (queryable) => {
      // Of several that save a new dataset, the second would not see yet that it is there.
      await queryable.query('select pg_advisory_xact_lock($1, hashtext($2))', [
        lock,
        set.name.slice(set.name.lastIndexOf('/') + 1),
      ]);
      const before = await datasetToSave(queryable, set.name);
      const facts = [aoi, year, kind, srid, attributes, fingerprint];
      const [row] =
        before.id === undefined
          ? await queryable.query<{ id: number }>(
              `insert into furrow.dataset (name, aoi, year, kind, srid, attributes, fingerprint)
                values ($1, $2, $3, $4, $5, $6, $7) returning id`,
              [before.name, ...facts],
            )
          : await queryable.query<{ id: number }>(
              `update furrow.dataset set aoi = coalesce($2, aoi), year = coalesce($3, year), kind = coalesce($4, kind), srid = $5,
                  attributes = attributes || $6, fingerprint = $7
                where id = $1 returning id`,
              [before.id, ...facts],
            );
      if (row === undefined) throw new StoreFailure(`dataset '${set.name}' was not stored`);
      const parcels = set.parcels.length;
      if (before.fingerprint === fingerprint) return { dataset: row.id, parcels, changed: false };
      await queryable.query('delete from furrow.parcel where dataset_id = $1', [row.id]);
      for (let at = 0; at < parcels; at += batch) {
        throwIfCancelled(signal, `saving dataset '${set.name}'`);
        await insertParcels(queryable, row.id, set, set.parcels.slice(at, at + batch));
        onProgress?.(Math.min(at + batch, parcels), parcels);
      }
      return { dataset: row.id, parcels, changed: true };
    },
    { signal },
  );
}

async function insertParcels(
  queryable: Queryable,
  dataset: number,
  { crs }: ParcelSet,
  parcels: readonly Parcel[],
): Promise<void> {
  await queryable.query(
    `insert into furrow.parcel (dataset_id, pid, label, crop, area, geom, attributes)
      select $1, p.pid, p.label, p.crop, p.area, ST_GeomFromWKB(p.geom, 4326), p.attributes
      from unnest($2::bigint[], $3::text[], $4::text[], $5::float8[], $6::bytea[], $7::jsonb[])
        p(pid, label, crop, area, geom, attributes)`,
    [
      dataset,
      binaryArray(
        'int8',
        parcels.map(({ pid }) => pid),
      ),
      parcels.map(({ label }) => label),
      parcels.map(({ crop }) => crop ?? null),
      binaryArray(
        'float8',
        parcels.map(({ area }) => area),
      ),
      parcels.map(({ geometry }) => Buffer.from(writeWkb(transformArea(geometry, crs, 'EPSG:4326')))),
      parcels.map(({ attributes }) => JSON.stringify(attributes)),
    ],
  );
}

/** SHA-256 over everything that is stored of a set, in the order of the set. */
function parcelFingerprint({ crs, parcels }: ParcelSet): string {
  const hash = createHash('sha256').update(crs);
  for (const { pid, label, crop, area, geometry, attributes } of parcels)
    hash.update(JSON.stringify([pid, label, crop ?? null, area, attributes])).update(writeWkb(geometry));
  return hash.digest('hex');
}
