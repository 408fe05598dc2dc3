import type { Area } from '../geometry/polygon.ts';
import { checkLimit, limit } from '../limits.ts';

/** One feature of a file, whatever the format. `geometry` throws `InvalidFile` naming the row when it is no area. */
export interface FeatureRow {
  readonly geometry: (where: string) => Area;
  /** As JSON carries them, nested as deep as the file has them: see `checkNesting`. */
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
 * Attributes as JSON can carry them: whole numbers beyond 2^53 and dates become texts, bytes and the like are left out. What is nested
 * deeper than `attributeDepth` stands as it was, for `checkNesting` to refuse.
 */
export function plainAttributes(
  record: Readonly<Record<string, unknown>>,
  without?: string,
): Record<string, unknown> {
  return plainRecord(record, (value, key) => (key === without ? undefined : plainValue(value, 1)));
}

/**
 * Throws `LimitExceeded` naming the first attribute that is nested deeper than `attributeDepth`: what walks it would overflow.
 * `where` names the row.
 */
export function checkNesting(attributes: Readonly<Record<string, unknown>>, where: string): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (typeof value !== 'object' || value === null) continue;
    const most = limit('attributeDepth');
    if (isDeeper(value, most)) checkLimit('attributeDepth', most + 1, `${where}, '${key}'`);
  }
}

function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  const entries: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return entries.some((entry) => typeof entry === 'object' && entry !== null && isDeeper(entry, levels - 1));
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

function plainValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return undefined;
  if (depth > limit('attributeDepth')) return value;
  const plain = (entry: unknown): unknown => plainValue(entry, depth + 1);
  return Array.isArray(value) ? value.map(plain) : plainRecord(value as Record<string, unknown>, plain);
}
