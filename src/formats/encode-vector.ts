import type { Dimension } from '../cube/dimension.ts';
import type { GeometryFeature, JsonValue } from '../cube/geometries.ts';
import { geometryLabels } from '../cube/geometries.ts';
import type { VectorCube } from '../cube/vector-cube.ts';
import { ProcessException } from '../errors.ts';
import { transformArea, transformer } from '../geometry/crs.ts';
import { checkLimit } from '../limits.ts';
import { isTemporal, slices } from './cube-slices.ts';
import type { EncodedFile, EncodeOptions } from './encode-cube.ts';
import { formatOptions, type OutputFormat, outputFormat } from './output-formats.ts';
import { csvField, csvNumbers } from './table-text.ts';

/**
 * A vector cube as one file. JSON: for each date a list of geometries, each a list of its values (bands in their order), the form
 * in which openEO clients read time series; without dates the list alone. CSV: a row for each date and geometry. GeoJSON:
 * geometries in longitude and latitude with a property for each date and band (`2022-05-01~B04`). netCDF: a variable for each band
 * over dates and geometries. Throws `FormatUnsupported`, `FormatUnsuitable`, `ProcessParameterInvalid`, `LimitExceeded`.
 */
export async function encodeVector(
  cube: VectorCube,
  format: OutputFormat | string,
  { stem = 'result', options: given = {}, signal }: EncodeOptions = {},
): Promise<EncodedFile[]> {
  const chosen = typeof format === 'string' ? outputFormat(format) : format;
  const options = formatOptions(chosen, given);
  if (!chosen.gisDataTypes.includes('vector'))
    throw new ProcessException(
      'FormatUnsuitable',
      `${chosen.name} holds pixels, and this cube has geometries: use JSON, CSV, GeoJSON or netCDF`,
    );
  checkLimit('jsonBytes', cube.values.length * 24, `a vector cube as ${chosen.name}`);
  const bytes = async (): Promise<Uint8Array> => {
    switch (chosen.name) {
      case 'CSV':
        return new TextEncoder().encode(csv(cube));
      case 'GeoJSON':
        return new TextEncoder().encode(JSON.stringify(geojson(cube)));
      case 'netCDF': {
        const { vectorNetcdf } = await import('./netcdf-vector.ts');
        return vectorNetcdf(cube, options, { signal });
      }
      default:
        return new TextEncoder().encode(JSON.stringify(nestedValues(cube)));
    }
  };
  return [
    { name: `${stem}${chosen.extensions[0] ?? ''}`, mediaType: chosen.mediaType, bytes: await bytes() },
  ];
}

function featureValue({ values, geometries, kind }: VectorCube, plane: number, feature: number): JsonValue {
  const value = values[plane * geometries.features.length + feature] ?? Number.NaN;
  return Number.isNaN(value) ? null : kind === 'boolean' ? value !== 0 : value;
}

/** For each date the values of every geometry; without a temporal dimension the values alone. */
export function nestedValues(cube: VectorCube): JsonValue {
  const groups = slices(cube.dimensions, isTemporal);
  const rows = (bands: readonly { readonly plane: number }[]): JsonValue[] =>
    cube.geometries.features.map((_, feature) =>
      bands.map(({ plane }) => featureValue(cube, plane, feature)),
    );
  if (!cube.dimensions.some(isTemporal)) return rows(groups[0]?.bands ?? []);
  return Object.fromEntries(groups.map(({ labels, bands }) => [labels.join(' '), rows(bands)]));
}

function csv(cube: VectorCube): string {
  const groups = slices(cube.dimensions, isTemporal);
  const columns = groups[0]?.bands.map(({ name }) => (name === '' ? 'value' : name)) ?? [];
  const dates = cube.dimensions.filter(isTemporal);
  const names = dates.length === 1 ? ['date'] : dates.map(({ name }) => name);
  const lines = [[...names, 'feature_index', ...columns].map(csvField).join(',')];
  const count = cube.geometries.features.length;
  for (const { labels, bands } of groups) {
    const start = labels.map((label) => `${csvField(String(label))},`).join('');
    for (let feature = 0; feature < count; feature += 1) {
      const values = bands.map(({ plane }) => cube.values[plane * count + feature] ?? Number.NaN);
      lines.push(`${start}${feature},${csvNumbers(values)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Dates first in the names of properties, as in the rows of the other formats. */
function columnsOf({ dimensions }: VectorCube): { name: string; plane: number }[] {
  const order = (dimension: Dimension) => !isTemporal(dimension);
  return slices(dimensions, isTemporal, '~').flatMap(({ labels, bands }) =>
    bands.map(({ name, plane }) => ({
      name:
        [...labels.map(String), ...(name === '' && !dimensions.some(order) ? [] : [name])].join('~') ||
        'value',
      plane,
    })),
  );
}

function geojson(cube: VectorCube): JsonValue {
  const columns = columnsOf(cube);
  const labels = geometryLabels(cube.geometries);
  const { crs, features } = cube.geometries;
  return {
    type: 'FeatureCollection',
    features: features.map((feature, index) => ({
      type: 'Feature',
      id: labels[index] ?? index,
      geometry: inDegrees(feature.shape, crs),
      properties: {
        ...feature.properties,
        ...Object.fromEntries(columns.map(({ name, plane }) => [name, featureValue(cube, plane, index)])),
      },
    })),
  };
}

function inDegrees(shape: GeometryFeature['shape'], crs: string): JsonValue {
  if (shape === undefined) return null;
  if (shape.type === 'Polygon' || shape.type === 'MultiPolygon') {
    const { type, coordinates } = transformArea(shape, crs, 'OGC:CRS84');
    return { type, coordinates: coordinates as unknown as JsonValue };
  }
  const place = transformer(crs, 'OGC:CRS84');
  if (shape.type === 'Point') return { type: 'Point', coordinates: place(...shape.coordinates) };
  return { type: 'MultiPoint', coordinates: shape.coordinates.map(([x, y]) => place(x, y)) };
}
