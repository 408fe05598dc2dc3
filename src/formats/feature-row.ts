import type { Area } from '../geometry/polygon.ts';

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
  const plain = Object.entries(record).flatMap(([key, value]) => {
    const found = key === without ? undefined : plainValue(value);
    return found === undefined ? [] : [[key, found] as const];
  });
  // Not by assignment: `__proto__` may be the name of a column.
  return Object.fromEntries(plain);
}
