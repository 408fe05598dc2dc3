import { InvalidFile } from '../errors.ts';
import { checkArea } from '../geometry/area.ts';
import { crsName } from '../geometry/crs.ts';
import { type FeatureRow, type FeatureTable, plainAttributes } from './feature-row.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Features of a GeoJSON document: FeatureCollection, Feature, or a bare geometry. Coordinates are longitude and latitude
 * (RFC 7946) unless the old member `crs` names another system (GeoJSON 2008). Throws `InvalidFile` when it is no GeoJSON,
 * `LimitExceeded`.
 */
export function geojsonFeatures(bytes: Uint8Array, file: string): FeatureTable {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidFile(
      `${file} is no GeoJSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const root = objectOf(document);
  const features = root?.type === 'FeatureCollection' ? root.features : [document];
  if (root === undefined || typeof root.type !== 'string' || !Array.isArray(features))
    throw new InvalidFile(`${file} is no GeoJSON: it has no type, or no list of features`);
  return {
    crs: crsOf(root),
    rows: features.map((feature, i) => featureRow(feature, `${file}, row ${i + 1}`)),
  };
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

function featureRow(value: unknown, place: string): FeatureRow {
  const feature = objectOf(value) ?? {};
  const isFeature = feature.type === 'Feature';
  const id = feature.id;
  return {
    geometry: (where) => checkArea(isFeature ? feature.geometry : feature, where),
    attributes: attributesOf(isFeature ? objectOf(feature.properties) : undefined, place),
    id: isFeature && (typeof id === 'string' || typeof id === 'number') ? id : undefined,
  };
}

function attributesOf(properties: JsonObject = {}, place: string): JsonObject {
  const nested = Object.values(properties).some((value) => typeof value === 'object' && value !== null);
  return nested ? plainAttributes(properties, place) : properties;
}
