import { InvalidArgument, NoData } from '../errors.ts';
import type { ParcelSummary } from './find-parcels.ts';
import type { Queryable, QueryOptions } from './store.ts';

export interface PeersOptions extends QueryOptions {
  /** From `findDataset`. */
  readonly dataset: number;
  readonly pid: number;
  /** Metres between the outlines, 2,000 when left out; at most 100,000. */
  readonly distance?: number | undefined;
  /** At most so many, the nearest first; 10 when left out, at most 10,000. */
  readonly most?: number | undefined;
  /** Of this crop instead of the parcel's own; null: of any crop. */
  readonly crop?: string | null | undefined;
  /** Peers of at least so many hectares; 0.3 when left out, as the checks-by-monitoring service asks. */
  readonly hectares?: number | undefined;
}

/** `distance` is in metres between the outlines on the WGS 84 ellipsoid, 0 where they touch. */
export interface Peer extends ParcelSummary {
  readonly distance: number;
}

/** The shortest degree of latitude and the equator's degree of longitude, in metres, rounded down (WGS 84). */
const latitudeMetres = 110_500;
const longitudeMetres = 111_300;

/**
 * The parcels of the same crop around a parcel, nearest first; the parcel itself is none of them. Distances are geodesic, so
 * they are right at any latitude; candidates come from the spatial index by boxes in degrees that surely hold the distance.
 * Throws `NoData` for a pid that the dataset does not have and a parcel whose crop nobody stated, `InvalidArgument`.
 */
export async function peers(store: Queryable, options: PeersOptions): Promise<Peer[]> {
  const { dataset, pid, distance = 2000, most = 10, hectares = 0.3, signal } = options;
  if (!(distance >= 0 && distance <= 100_000))
    throw new InvalidArgument(`peers are looked for within 0 to 100,000 m, not ${distance}`);
  if (!(Number.isSafeInteger(most) && most >= 0 && most <= 10_000))
    throw new InvalidArgument(`at most 10,000 peers are given, ${most} were asked for`);
  const [here] = await store.query<{
    crop: string | null;
    west: number;
    south: number;
    east: number;
    north: number;
  }>(
    `select crop, ST_XMin(geom) as west, ST_YMin(geom) as south, ST_XMax(geom) as east, ST_YMax(geom) as north
      from furrow.parcel where dataset_id = $1 and pid = $2`,
    [dataset, pid],
    { signal },
  );
  if (here === undefined) throw new NoData(`the dataset has no parcel with pid ${pid}`);
  const crop = options.crop === undefined ? here.crop : options.crop;
  if (options.crop === undefined && crop === null)
    throw new NoData(`parcel ${pid} states no crop: say whose peers are meant, crop null for any`);
  const [first, second] = boxesAround(here, distance);
  return await store.query<Peer & Record<string, unknown>>(
    `select * from (
        select p.pid, p.label, p.crop, p.area, ST_Distance(p.geom::geography, here.geom::geography) as distance
        from furrow.parcel here, furrow.parcel p
        where here.dataset_id = $1 and here.pid = $2 and p.dataset_id = $1 and p.pid <> $2
          and ($3::text is null or p.crop = $3) and p.area >= $4
          and (p.geom && ST_MakeEnvelope($6, $7, $8, $9, 4326) or p.geom && ST_MakeEnvelope($10, $11, $12, $13, 4326))
      ) near
      where distance <= $5 order by distance, pid limit $14`,
    [dataset, pid, crop, hectares, distance, ...first, ...second, most],
    { signal },
  );
}

type Box = readonly [west: number, south: number, east: number, north: number];

/** One box that holds everything within the distance, or two where it crosses the date line (else the same twice). */
function boxesAround(
  { west, south, east, north }: { west: number; south: number; east: number; north: number },
  distance: number,
): readonly [Box, Box] {
  const up = distance / latitudeMetres;
  const [low, high] = [Math.max(-90, south - up), Math.min(90, north + up)];
  const steepest = Math.max(Math.abs(low), Math.abs(high));
  if (steepest > 89.5)
    return [
      [-180, low, 180, high],
      [-180, low, 180, high],
    ];
  const aside = distance / (longitudeMetres * Math.cos((steepest * Math.PI) / 180));
  const [left, right] = [west - aside, east + aside];
  const box: Box = [Math.max(-180, left), low, Math.min(180, right), high];
  if (left < -180) return [box, [left + 360, low, 180, high]];
  if (right > 180) return [box, [-180, low, right - 360, high]];
  return [box, box];
}
