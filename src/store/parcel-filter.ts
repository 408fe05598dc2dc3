import { InvalidArgument } from '../errors.ts';
import { areaBounds, vertexCount } from '../geometry/area.ts';
import type { BBox } from '../geometry/grid.ts';
import type { Area } from '../geometry/polygon.ts';
import { writeWkb } from '../geometry/wkb.ts';
import { checkLimit } from '../limits.ts';
import type { QueryValue } from './store.ts';

/** Which parcels of a dataset are meant; all conditions hold at once, none means every parcel. */
export interface ParcelFilter {
  readonly pids?: readonly number[] | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Names as declared, letter case as it stands. */
  readonly crops?: readonly string[] | undefined;
  /** Smallest and largest size in hectares, both included; null leaves a side open. */
  readonly hectares?: readonly [least: number | null, most: number | null] | undefined;
  /** `[west, south, east, north]` in degrees: parcels that touch it. */
  readonly bbox?: BBox | undefined;
  /** Longitude and latitude: parcels that touch it, or lie inside as a whole with `whole`. */
  readonly area?: Area | undefined;
  readonly whole?: boolean | undefined;
  /** `[longitude, latitude]`: parcels that hold the point. */
  readonly at?: readonly [longitude: number, latitude: number] | undefined;
}

/**
 * A filter as a condition on `furrow.parcel p`; what it compares with is appended to `values`. The bounding boxes are compared
 * first and by name, because under row-level security only an operator that is marked leakproof may use the spatial index.
 * Throws `InvalidArgument` for coordinates that are no longitude and latitude, `LimitExceeded`.
 */
export function parcelCondition(filter: ParcelFilter, values: QueryValue[]): string {
  const bind = (value: QueryValue): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  const { pids, labels, crops, hectares, bbox, area, whole = false, at } = filter;
  if (pids) conditions.push(`p.pid = any (${bind(pids)}::bigint[])`);
  if (labels) conditions.push(`p.label = any (${bind(labels)}::text[])`);
  if (crops) conditions.push(`p.crop = any (${bind(crops)}::text[])`);
  const [least, most] = hectares ?? [null, null];
  if (least !== null) conditions.push(`p.area >= ${bind(least)}`);
  if (most !== null) conditions.push(`p.area <= ${bind(most)}`);
  const touches = (geometry: string, relation = 'ST_Intersects') =>
    conditions.push(`p.geom && ${geometry} and ${relation}(p.geom, ${geometry})`);
  if (bbox) {
    const corners = checkedBox(bbox).map((degrees) => bind(degrees));
    touches(`ST_MakeEnvelope(${corners.join(', ')}, 4326)`);
  }
  if (area) {
    checkLimit('vertices', vertexCount(area), 'the area that parcels are searched in');
    checkedBox(areaBounds(area));
    touches(
      `ST_MakeValid(ST_GeomFromWKB(${bind(Buffer.from(writeWkb(area)))}, 4326))`,
      whole ? 'ST_CoveredBy' : 'ST_Intersects',
    );
  }
  if (at) {
    checkedBox([...at, ...at]);
    touches(`ST_SetSRID(ST_MakePoint(${bind(at[0])}, ${bind(at[1])}), 4326)`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

function checkedBox(box: BBox): BBox {
  const [west, south, east, north] = box;
  if (!(west >= -180 && east <= 180 && south >= -90 && north <= 90 && west <= east && south <= north))
    throw new InvalidArgument(
      `${box.join(', ')} is no place in longitude and latitude: west, south, east, north in degrees`,
    );
  return box;
}

/** True when the filter asks for parcels by what only their table knows, not by pid alone. */
export function asksTable({ pids: _, ...rest }: ParcelFilter): boolean {
  return Object.values(rest).some((value) => value !== undefined);
}
