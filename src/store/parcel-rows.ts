import type { BBox } from '../geometry/grid.ts';
import { readWkb } from '../geometry/wkb.ts';
import type { Parcel } from '../parcels/parcel.ts';
import { type ParcelFilter, parcelCondition } from './parcel-filter.ts';
import type { Queryable, QueryOptions, QueryValue } from './store.ts';

export interface ParcelRowsOptions extends ParcelFilter, QueryOptions {
  readonly dataset: number;
  /** At most so many, the lowest pids first. */
  readonly most: number;
  /** Only pids above this one. */
  readonly after?: number | undefined;
}

/** A parcel with its outline in longitude and latitude, and the centroid of that outline. */
export interface PlacedParcel extends Parcel {
  readonly centroid: readonly [longitude: number, latitude: number];
}

interface Row extends Record<string, unknown> {
  readonly pid: number;
  readonly label: string;
  readonly crop: string | null;
  readonly area: number;
  readonly attributes: Record<string, unknown>;
  readonly geom: Buffer;
  readonly lon: number;
  readonly lat: number;
}

/** Some parcels of a dataset with outlines, by pid. Throws `InvalidArgument` and `LimitExceeded` for a filter that is none. */
export async function parcelRows(store: Queryable, options: ParcelRowsOptions): Promise<PlacedParcel[]> {
  const { dataset, most, after, signal, ...filter } = options;
  const values: QueryValue[] = [dataset, most, after ?? null];
  const condition = parcelCondition(filter, values);
  const rows = await store.query<Row>(
    `select p.pid, p.label, p.crop, p.area, p.attributes, ST_AsBinary(p.geom) as geom,
        ST_X(c.c) as lon, ST_Y(c.c) as lat
      from furrow.parcel p cross join lateral (select ST_Centroid(p.geom) as c) c
      where p.dataset_id = $1 and ($3::bigint is null or p.pid > $3) and ${condition} order by p.pid limit $2`,
    values,
    { signal },
  );
  return rows.map(({ crop, geom, lon, lat, ...parcel }) => ({
    ...parcel,
    crop: crop ?? undefined,
    geometry: readWkb(geom, `parcel ${parcel.pid}`),
    centroid: [lon, lat],
  }));
}

/** The parcel that a source calls by this identifier: of several the one with the lowest pid. */
export async function parcelOfLabel(
  store: Queryable,
  dataset: number,
  label: string,
  { signal }: QueryOptions = {},
): Promise<PlacedParcel | undefined> {
  const [parcel] = await parcelRows(store, { dataset, labels: [label], most: 1, signal });
  return parcel;
}

/** Its pid alone. */
export async function pidOfLabel(
  store: Queryable,
  dataset: number,
  label: string,
  { signal }: QueryOptions = {},
): Promise<number | undefined> {
  const [row] = await store.query<{ pid: number }>(
    'select pid from furrow.parcel where dataset_id = $1 and label = $2 order by pid limit 1',
    [dataset, label],
    { signal, prepare: true },
  );
  return row?.pid;
}

/** Longitude and latitude of all of a dataset's parcels together; undefined without parcels. */
export async function datasetBounds(
  store: Queryable,
  dataset: number,
  { signal }: QueryOptions = {},
): Promise<BBox | undefined> {
  const [row] = await store.query<Record<'west' | 'south' | 'east' | 'north', number | null>>(
    `select ST_XMin(e) as west, ST_YMin(e) as south, ST_XMax(e) as east, ST_YMax(e) as north
      from (select ST_Extent(geom) as e from furrow.parcel where dataset_id = $1) b`,
    [dataset],
    { signal },
  );
  const sides = [row?.west, row?.south, row?.east, row?.north];
  return sides.every((side) => typeof side === 'number') ? (sides as unknown as BBox) : undefined;
}
