import type { BBox } from '../geometry/grid.ts';
import type { Queryable, QueryOptions } from './store.ts';

export interface ParcelsInBoxOptions extends QueryOptions {
  readonly dataset: number;
  /** Longitude and latitude. */
  readonly box: BBox;
  /** Degrees: only parcels whose box is wider, or higher, than that. */
  readonly smallest: readonly [width: number, height: number];
  /** At most so many, the largest first. */
  readonly most: number;
}

/** What a tile shows of a parcel; the outline in WKB, longitude and latitude. */
export interface BoxParcel {
  readonly pid: number;
  readonly label: string;
  readonly crop: string | null;
  readonly geom: Buffer;
}

/** The parcels of a dataset whose boxes meet a box, found by the spatial index. */
export async function parcelsInBox(
  store: Queryable,
  { dataset, box, smallest, most, signal }: ParcelsInBoxOptions,
): Promise<BoxParcel[]> {
  return await store.query<BoxParcel & Record<string, unknown>>(
    `select p.pid, p.label, p.crop, ST_AsBinary(p.geom) as geom from furrow.parcel p
      where p.dataset_id = $1 and p.geom && ST_MakeEnvelope($2, $3, $4, $5, 4326)
        and (ST_XMax(p.geom) - ST_XMin(p.geom) > $6::float8 or ST_YMax(p.geom) - ST_YMin(p.geom) > $7::float8)
      order by p.area desc limit $8`,
    [dataset, ...box, ...smallest, most],
    { signal, prepare: true },
  );
}
