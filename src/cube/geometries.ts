import { type FurrowError, InvalidFile, ProcessParameterInvalid, Unsupported } from '../errors.ts';
import { checkArea } from '../geometry/area.ts';
import { crsName } from '../geometry/crs.ts';
import type { Area, Position } from '../geometry/polygon.ts';
import { checkLimit } from '../limits.ts';

/** Plain data, as JSON holds it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Where one geometry of a vector cube lies: areas hold pixel centres, points the pixels that they lie in. */
export type Shape =
  | Area
  | { readonly type: 'Point'; readonly coordinates: Position }
  | { readonly type: 'MultiPoint'; readonly coordinates: readonly Position[] };

export interface GeometryFeature {
  readonly id?: string | number | undefined;
  readonly properties: Readonly<Record<string, JsonValue>>;
  /** Undefined for an empty geometry, which has no pixel. */
  readonly shape: Shape | undefined;
}

/** The labels of a dimension of type geometry, with the CRS of their coordinates. */
export interface GeometrySet {
  readonly crs: string;
  readonly features: readonly GeometryFeature[];
}

type JsonObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for an object whose type is one of GeoJSON's. */
export function isGeoJson(value: unknown): boolean {
  return isObject(value) && (shapeTypes.has(String(value.type)) || containers.has(String(value.type)));
}

const containers = new Set(['Feature', 'FeatureCollection']);
const shapeTypes = new Set([
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
]);

/**
 * Geometries of GeoJSON as a process graph gives it: a geometry, a Feature or a FeatureCollection; longitude and latitude unless
 * its member `crs` (GeoJSON 2008, also inside of a single geometry) names another system. Throws `ProcessParameterInvalid`,
 * `Unsupported` for lines and collections of geometries, `CrsUnknown`, `LimitExceeded`.
 */
export function geometriesOf(json: unknown, process: string): GeometrySet {
  const invalid = (message: string): FurrowError => new ProcessParameterInvalid(`${process}: ${message}`);
  if (!isObject(json) || !isGeoJson(json)) throw invalid('geometries must be GeoJSON or a vector cube');
  const listed = json.type === 'FeatureCollection' ? json.features : [json];
  if (!Array.isArray(listed) || listed.length === 0)
    throw invalid('a FeatureCollection needs at least one feature');
  checkLimit('parcels', listed.length, process);
  const features = listed.map((entry: unknown, index): GeometryFeature => {
    const where = `${process}: geometry ${index}`;
    if (!isObject(entry)) throw invalid(`feature ${index} is no object`);
    if (entry.type !== 'Feature') return { properties: {}, shape: shapeOf(entry, where) };
    const { id, properties } = entry;
    return {
      ...((typeof id === 'string' || typeof id === 'number') && { id }),
      properties: isObject(properties) ? (properties as Readonly<Record<string, JsonValue>>) : {},
      shape: shapeOf(entry.geometry, where),
    };
  });
  return { crs: statedCrs(json), features };
}

function statedCrs(json: JsonObject): string {
  const inner = isObject(json.geometry) ? json.geometry : undefined;
  const first = Array.isArray(json.features) && isObject(json.features[0]) ? json.features[0] : undefined;
  for (const holder of [json, inner, first && isObject(first.geometry) ? first.geometry : undefined]) {
    const stated = holder?.crs;
    if (!isObject(stated) || !isObject(stated.properties)) continue;
    const { name, code } = stated.properties;
    if (typeof name === 'string') return crsName(name);
    if (typeof code === 'number' || typeof code === 'string') return crsName(`EPSG:${code}`);
  }
  return 'OGC:CRS84';
}

function shapeOf(geometry: unknown, where: string): Shape | undefined {
  if (geometry === null || geometry === undefined) return undefined;
  const { type, coordinates } = isObject(geometry) ? geometry : {};
  if (
    typeof type === 'string' &&
    shapeTypes.has(type) &&
    Array.isArray(coordinates) &&
    coordinates.length === 0
  )
    return undefined;
  if (type === 'Point') return { type, coordinates: positionOf(coordinates, where) };
  if (type === 'MultiPoint' && Array.isArray(coordinates)) {
    checkLimit('vertices', coordinates.length, where);
    return { type, coordinates: coordinates.map((position: unknown) => positionOf(position, where)) };
  }
  if (type !== 'Polygon' && type !== 'MultiPolygon' && typeof type === 'string' && shapeTypes.has(type))
    throw new Unsupported(`${where} is a ${type}; polygons and points are taken`);
  try {
    return checkArea(geometry, where);
  } catch (error) {
    if (error instanceof InvalidFile) throw new ProcessParameterInvalid(error.message, { cause: error });
    throw error;
  }
}

function positionOf(value: unknown, where: string): Position {
  const [x, y]: unknown[] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof x === 'number' && typeof y === 'number' && Number.isFinite(x) && Number.isFinite(y))
    return [x, y];
  throw new ProcessParameterInvalid(`${where}: a position is two finite numbers`);
}

/** Whether both are the same geometries in the same order. */
export function sameGeometries(one: GeometrySet, other: GeometrySet): boolean {
  if (one === other) return true;
  if (one.crs !== other.crs || one.features.length !== other.features.length) return false;
  return one.features.every(
    ({ shape }, index) => JSON.stringify(shape) === JSON.stringify(other.features[index]?.shape),
  );
}

/** What a geometry is called as a label: its id, else its number. */
export function geometryLabels({ features }: GeometrySet): (string | number)[] {
  return features.map(({ id }, index) => id ?? index);
}
