import { randomUUID } from 'node:crypto';
import { InvalidFile } from '../errors.ts';
import { checkArea } from '../geometry/area.ts';
import { crsName } from '../geometry/crs.ts';
import { checkLimit } from '../limits.ts';
import type { FeatureRow, FeatureTable } from './feature-row.ts';
import { type Between, betweenAt, endOfElement, featuresStart, isComma, likelyEnd } from './json-features.ts';
import { Turns } from './turns.ts';

/** Stands for the list of features in the text around it, which cannot hold the same. */
const standIn = randomUUID();

type JsonObject = Readonly<Record<string, unknown>>;

/** Features are parsed so many bytes at a time: a country's in one call would hold up everything else for seconds. */
const BATCH_BYTES = 64 * 1024;
/** Beyond this a separator is not tried: were it none, so much would have been parsed in vain. */
const MOST_LIKELY_BYTES = 16 * 2 ** 20;

/**
 * Features of a GeoJSON document: FeatureCollection, Feature, or a bare geometry. Coordinates are longitude and latitude
 * (RFC 7946) unless the old member `crs` names another system (GeoJSON 2008). Throws `InvalidFile` when it is no GeoJSON,
 * `LimitExceeded`, `Cancelled`.
 */
export async function geojsonFeatures(
  bytes: Uint8Array,
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<FeatureTable> {
  const list = featuresStart(bytes);
  const { rows, end } = await listed(bytes, list, file, new Turns(`reading ${file}`, signal));
  // Of members of the same name the last counts: another list of features may stand in the rest.
  const text = () => `${textOf(bytes, 0, list)}${list < 0 ? '' : `"${standIn}"`}${textOf(bytes, end)}`;
  const document = parsed(file, text);
  const root = objectOf(document);
  const features = root?.type === 'FeatureCollection' ? root.features : [document];
  if (
    root === undefined ||
    typeof root.type !== 'string' ||
    !(features === standIn || Array.isArray(features))
  )
    throw new InvalidFile(`${file} is no GeoJSON: it has no type, or no list of features`);
  return { crs: crsOf(root), rows: Array.isArray(features) ? features.map(featureRow) : rows };
}

/** The features of the list whose bracket stands at `start`, and what is behind its other bracket. */
async function listed(
  bytes: Uint8Array,
  start: number,
  file: string,
  turns: Turns,
): Promise<{ rows: FeatureRow[]; end: number }> {
  const rows: FeatureRow[] = [];
  if (start < 0) return { rows, end: 0 };
  let between: Between | undefined;
  for (let from = start + 1; ; ) {
    const likely = between && likelyPart(bytes, from, between);
    const { features, to } = likely ?? scannedPart(bytes, from, file, rows.length);
    // What misled once may do so at every feature.
    between = rows.length === 0 ? betweenAt(bytes, to) : likely && between;
    for (const feature of features) rows.push(featureRow(feature));
    checkLimit('parcels', rows.length, file);
    if (!isComma(bytes[to])) return { rows, end: to + 1 };
    from = to + 1;
    if (turns.due()) await turns.take();
  }
}

/** Features, and the comma or bracket behind them. */
interface Part {
  readonly features: readonly unknown[];
  readonly to: number;
}

/** Features up to a comma that looks like the one behind an earlier; undefined where they are not whole. */
function likelyPart(bytes: Uint8Array, from: number, between: Between): Part | undefined {
  const to = likelyEnd(bytes, from + BATCH_BYTES, between);
  if (to < 0 || to - from > MOST_LIKELY_BYTES) return undefined;
  try {
    return { features: JSON.parse(`[${textOf(bytes, from, to)}]`), to };
  } catch {
    return undefined;
  }
}

/** Features up to a comma that is found by counting brackets. */
function scannedPart(bytes: Uint8Array, from: number, file: string, before: number): Part {
  let [to, count] = [endOfElement(bytes, from), 1];
  for (; isComma(bytes[to]) && to - from < BATCH_BYTES; count++) to = endOfElement(bytes, to + 1);
  const features = parsed(file, () => `[${textOf(bytes, from, to)}]`) as unknown[];
  const empty = features.length + before === 0 && !isComma(bytes[to]);
  if (features.length !== count && !empty)
    throw new InvalidFile(`${file} is no GeoJSON: a comma is behind feature ${before + features.length}`);
  return { features, to };
}

function parsed(file: string, text: () => string): unknown {
  try {
    return JSON.parse(text());
  } catch (cause) {
    throw new InvalidFile(
      `${file} is no GeoJSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** A part as text; only at the very start is a byte-order mark none of its letters. */
function textOf(bytes: Uint8Array, from: number, to = bytes.length): string {
  if (to <= from) return '';
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: from > 0 }).decode(bytes.subarray(from, to));
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function crsOf(root: JsonObject): string {
  const name = objectOf(objectOf(root.crs)?.properties)?.name;
  return typeof name === 'string' ? crsName(name) : 'OGC:CRS84';
}

function featureRow(value: unknown): FeatureRow {
  const feature = objectOf(value) ?? {};
  const isFeature = feature.type === 'Feature';
  const id = feature.id;
  return {
    geometry: (where) => checkArea(isFeature ? feature.geometry : feature, where),
    attributes: (isFeature ? objectOf(feature.properties) : undefined) ?? {},
    id: isFeature && (typeof id === 'string' || typeof id === 'number') ? id : undefined,
  };
}
