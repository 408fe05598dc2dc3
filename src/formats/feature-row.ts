import type { Area } from '../geometry/polygon.ts';
import { checkLimit } from '../limits.ts';

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

/**
 * Attributes as JSON can carry them: whole numbers beyond 2^53 and dates become texts, bytes and the like are left out. `where`
 * names the row. Throws `LimitExceeded` for one that is nested deeper than `attributeDepth`: what walks it would overflow.
 */
export function plainAttributes(
  record: Readonly<Record<string, unknown>>,
  where: string,
  without?: string,
): Record<string, unknown> {
  return plainRecord(record, (value, key) => {
    if (key === without) return undefined;
    return typeof value === 'object' && value !== null
      ? plainObject(value, 1, `${where}, '${key}'`)
      : plainValue(value);
  });
}

function plainRecord(
  record: Readonly<Record<string, unknown>>,
  plain: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(record)) {
    const value = plain(record[key], key);
    if (value !== undefined) entries.push([key, value]);
  }
  // Not by assignment: `__proto__` may be the name of a column.
  return Object.fromEntries(entries);
}

function plainObject(value: object, depth: number, where: string): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return undefined;
  checkLimit('attributeDepth', depth, where);
  const plain = (entry: unknown): unknown =>
    typeof entry === 'object' && entry !== null ? plainObject(entry, depth + 1, where) : plainValue(entry);
  return Array.isArray(value) ? value.map(plain) : plainRecord(value as Record<string, unknown>, plain);
}

function plainValue(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
