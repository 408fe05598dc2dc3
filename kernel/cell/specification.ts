import { types } from 'node:util';
import { InvalidArgument } from '../errors.ts';
import type { Json, JsonObject } from '../messages.ts';
import { jsonCopy } from './json-copy.ts';
import { isList, isPlainObject } from './still-value.ts';

/** More values than this are not sent unasked: a chart of them would stop the browser. */
const mostUnasked = 500_000;

/**
 * What a plain object describes, by its MIME types: a plotly figure, a Vega or Vega-Lite chart, GeoJSON. Undefined for
 * anything else, and for what is too large to be sent unasked.
 */
export function specificationOf(value: unknown): JsonObject | undefined {
  if (!isPlainObject(value)) return undefined;
  const drawn =
    vegaTypes(value) ?? (isFigure(value) ? [plotlyType] : isGeoJson(value) ? [geoJsonType] : undefined);
  if (drawn === undefined) return undefined;
  try {
    return asEach(drawn, jsonCopy(value, mostUnasked));
  } catch (error) {
    if (error instanceof InvalidArgument) return undefined;
    throw error;
  }
}

export const plotlyType = 'application/vnd.plotly.v1+json';
export const geoJsonType = 'application/geo+json';

/** The same data by each of these MIME types. */
export function asEach(types: readonly string[], data: Json): JsonObject {
  return Object.fromEntries(types.map((type) => [type, data]));
}

/** What JupyterLab draws, to 4.5: charts of later versions too, nearly always. */
const drawnVersion = 5;

/** The type of a Vega-Lite chart that does not say what it is. */
export const vegaLiteType = `application/vnd.vegalite.v${drawnVersion}+json`;

/**
 * The MIME types of a Vega or Vega-Lite chart: of the version that its `$schema` names, and where that is later than what
 * front ends know, of theirs as well.
 */
export function vegaTypes(chart: object): readonly string[] | undefined {
  const schema = data(chart, '$schema');
  if (typeof schema !== 'string') return undefined;
  const [, dialect, version] =
    /^https?:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)[\d.]*\.json#?$/.exec(schema) ?? [];
  if (dialect === undefined) return undefined;
  const type = (of: number): string => `application/vnd.${dialect.replace('-', '')}.v${of}+json`;
  const named = Number(version);
  return named > drawnVersion ? [type(named), type(drawnVersion)] : [type(named)];
}

const traceTypes = new Set(
  (
    'bar barpolar box candlestick carpet choropleth choroplethmap choroplethmapbox cone contour contourcarpet ' +
    'densitymap densitymapbox funnel funnelarea heatmap heatmapgl histogram histogram2d histogram2dcontour icicle ' +
    'image indicator isosurface mesh3d ohlc parcats parcoords pie pointcloud sankey scatter scatter3d scattercarpet ' +
    'scattergeo scattergl scattermap scattermapbox scatterpolar scatterpolargl scattersmith scatterternary splom ' +
    'streamtube sunburst surface table treemap violin volume waterfall'
  ).split(' '),
);

/** `{ data: [traces], layout? }`. A trace without a type is a scatter, which must have points and stand beside a layout. */
function isFigure(value: object): boolean {
  const traces = data(value, 'data');
  const layout = data(value, 'layout');
  if (!isList(traces) || traces.length === 0 || traces.length > 10_000) return false;
  if (layout !== undefined && !isPlainObject(layout)) return false;
  return traces.every((trace: unknown) => {
    if (!isPlainObject(trace)) return false;
    const type = data(trace, 'type');
    if (type === undefined)
      return layout !== undefined && (isNumbers(data(trace, 'x')) || isNumbers(data(trace, 'y')));
    return typeof type === 'string' && traceTypes.has(type);
  });
}

const geometryTypes = new Set([
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
]);

/** Whether an object has the members that RFC 7946 asks for; of a long collection the first features only. */
function isGeoJson(value: unknown, depth = 0): boolean {
  if (!isPlainObject(value) || depth > 5) return false;
  const type = data(value, 'type');
  if (typeof type !== 'string') return false;
  if (geometryTypes.has(type)) return isPositions(data(value, 'coordinates'));
  const parts = data(value, type === 'GeometryCollection' ? 'geometries' : 'features');
  if (type === 'GeometryCollection')
    return isList(parts) && parts.slice(0, 20).every((part) => isGeoJson(part, depth + 1));
  if (type === 'FeatureCollection')
    return (
      isList(parts) &&
      parts
        .slice(0, 20)
        .every((part) => isPlainObject(part) && data(part, 'type') === 'Feature' && isGeoJson(part))
    );
  if (type !== 'Feature') return false;
  const geometry = data(value, 'geometry');
  return geometry === null || isGeoJson(geometry, depth + 1);
}

/** Numbers at the end of the first elements, as deep as a MultiPolygon has them; or no position at all. */
function isPositions(coordinates: unknown): boolean {
  let at: unknown = coordinates;
  for (let depth = 0; depth < 4 && isList(at); depth++) {
    if (at.length === 0) return true;
    at = at[0];
  }
  return typeof at === 'number' && isList(coordinates);
}

function isNumbers(value: unknown): boolean {
  return isList(value) || types.isTypedArray(value);
}

function data(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}
