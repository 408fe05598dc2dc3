import { InvalidFile, LimitExceeded } from '../errors.ts';
import { hectares } from '../geometry/hectares.ts';
import type { Area } from '../geometry/polygon.ts';
import { checkLimit } from '../limits.ts';
import type { Parcel } from '../parcels/parcel.ts';

/** One feature of a file, whatever the format. `geometry` throws `InvalidFile` naming the row when it is no area. */
export interface FeatureRow {
  readonly geometry: (where: string) => Area;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The identifier that the format itself gives a feature. */
  readonly id?: string | number | undefined;
}

/** Features of one layer. */
export interface FeatureTable {
  /** Of the geometries: `EPSG:n`, `OGC:CRS84`, or a text known to crs.ts. */
  readonly crs: string;
  readonly rows: readonly FeatureRow[];
}

/** A row that is no parcel; rows count from 1. */
export interface RowProblem {
  readonly row: number;
  readonly reason: string;
}

/** Attributes that hold a parcel's own identifier, the first that is there. */
const labelNames = ['label', 'parcel_id', 'name', 'id'];
/** Attributes that hold its crop or land use, the first that is there. */
const cropNames = ['crop', 'crop_name', 'crop_type', 'lulc_name', 'land_cover'];

/**
 * Parcels from features. `pid` is the attribute `pid` when it is a whole number, not negative and unique in every row, else the
 * row's number from 1. `label` is the first of label, parcel_id, name, id (attribute), the feature's id, the pid; `crop` the first of
 * crop, crop_name, crop_type, lulc_name, land_cover; attribute names in any case. Rows without a valid area are left out and
 * listed. Throws `InvalidFile` when no row is a parcel, `LimitExceeded`, `CrsUnknown`.
 */
export function parcelsOf(
  { crs, rows }: FeatureTable,
  file: string,
): { parcels: Parcel[]; problems: RowProblem[] } {
  checkLimit('parcels', rows.length, file);
  const pids = ownPids(rows);
  const problems: RowProblem[] = [];
  const parcels: Parcel[] = [];
  for (const [i, { geometry, attributes, id }] of rows.entries()) {
    const where = `${file}, row ${i + 1}`;
    let area: Area;
    try {
      area = geometry(where);
    } catch (error) {
      if (!(error instanceof InvalidFile || error instanceof LimitExceeded)) throw error;
      problems.push({ row: i + 1, reason: error.message });
      continue;
    }
    const pid = pids?.[i] ?? i + 1;
    parcels.push({
      pid,
      label: textOf(attributes, labelNames) ?? (id === undefined ? String(pid) : String(id)),
      crop: textOf(attributes, cropNames),
      area: hectares(area, crs),
      geometry: area,
      attributes,
    });
  }
  if (parcels.length === 0)
    throw new InvalidFile(
      problems[0]?.reason ?? `${file} holds no feature: a set of parcels needs at least one polygon`,
    );
  return { parcels, problems };
}

function ownPids(rows: readonly FeatureRow[]): number[] | undefined {
  const pids = rows.map(({ attributes }) => attributeOf(attributes, 'pid'));
  const usable = pids.every((pid): pid is number => Number.isSafeInteger(pid) && (pid as number) >= 0);
  return usable && new Set(pids).size === pids.length ? pids : undefined;
}

function attributeOf(attributes: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const key = Object.keys(attributes).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : attributes[key];
}

function textOf(attributes: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributeOf(attributes, name);
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
  }
  return undefined;
}

/** A value that JSON can carry: whole numbers beyond 2^53 and dates become texts; undefined for bytes and the like. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null) return plainAttributes(value as Record<string, unknown>);
  return value;
}

export function plainAttributes(
  record: Readonly<Record<string, unknown>>,
  without?: string,
): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    const plain = key === without ? undefined : plainValue(value);
    if (plain !== undefined) attributes[key] = plain;
  }
  return attributes;
}
