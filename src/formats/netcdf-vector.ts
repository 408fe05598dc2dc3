import { geometryLabels, type Shape } from '../cube/geometries.ts';
import type { VectorCube } from '../cube/vector-cube.ts';
import { throwIfCancelled } from '../errors.ts';
import { areaBounds } from '../geometry/area.ts';
import { transformer } from '../geometry/crs.ts';
import { isTemporal, slices } from './cube-slices.ts';
import { createNetcdf, variableName } from './netcdf-file.ts';
import { addLabels } from './netcdf-labels.ts';
import type { FormatOptions } from './output-formats.ts';

const FEATURE = 'feature';

/**
 * A vector cube as netCDF-4, time series of features (CF 1.8, 9.3.1): a variable for each band over the geometries and the other
 * dimensions, with names and places (middle of the bounds, longitude and latitude) of the geometries. Throws
 * `LimitExceeded`, `CrsUnknown`, `Cancelled`.
 */
export async function vectorNetcdf(
  cube: VectorCube,
  { level = 4 }: FormatOptions,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  const count = cube.geometries.features.length;
  const outer = cube.dimensions.filter(({ type }) => type !== 'bands');
  const groups = slices(cube.dimensions, ({ type }) => type !== 'bands');
  const file = await createNetcdf(cube.values.byteLength + count * 64);
  try {
    const series = outer.some(isTemporal);
    file.attributes({ Conventions: 'CF-1.8', ...(series && { featureType: 'timeSeries' }) });
    file.dimension(
      FEATURE,
      Int32Array.from({ length: count }, (_, index) => index),
    );
    const taken = new Set([FEATURE, 'feature_names', 'lon', 'lat']);
    const named = (name: string): string => {
      const free = variableName(name, taken);
      taken.add(free);
      return free;
    };
    const names = outer.map(({ name }) => named(name));
    for (const [k, dimension] of outer.entries()) addLabels(file, names[k] ?? '', dimension);
    file.variable({
      name: 'feature_names',
      dimensions: [FEATURE],
      values: geometryLabels(cube.geometries).map(String),
      attributes: { long_name: 'name of the geometry', ...(series && { cf_role: 'timeseries_id' }) },
    });
    const places = cube.geometries.features.map(({ shape }) => middleOf(shape));
    const toDegrees = transformer(cube.geometries.crs, 'OGC:CRS84');
    const degrees = places.map((place) =>
      place === undefined ? [Number.NaN, Number.NaN] : toDegrees(...place),
    );
    const fill = { _FillValue: Float64Array.of(Number.NaN) };
    file.variable({
      name: 'lon',
      dimensions: [FEATURE],
      values: Float64Array.from(degrees, ([x]) => x ?? Number.NaN),
      attributes: { standard_name: 'longitude', units: 'degrees_east', ...fill },
    });
    file.variable({
      name: 'lat',
      dimensions: [FEATURE],
      values: Float64Array.from(degrees, ([, y]) => y ?? Number.NaN),
      attributes: { standard_name: 'latitude', units: 'degrees_north', ...fill },
    });
    const dimensions = [FEATURE, ...names];
    for (const [k, { name: band }] of (groups[0]?.bands ?? []).entries()) {
      throwIfCancelled(signal, 'writing netCDF');
      const name = named(band === '' ? 'value' : band);
      const values = new Float64Array(count * groups.length);
      for (const [g, { bands }] of groups.entries())
        for (let feature = 0; feature < count; feature += 1)
          values[feature * groups.length + g] =
            cube.values[(bands[k]?.plane ?? 0) * count + feature] ?? Number.NaN;
      file.variable({
        name,
        dimensions,
        values,
        attributes: {
          long_name: band === '' ? 'value' : band,
          coordinates: 'feature_names lat lon',
          ...fill,
        },
        chunks: [count, ...outer.map(({ labels }) => labels.length)],
        level: Number(level),
      });
    }
    return file.finish();
  } finally {
    file.drop();
  }
}

/** The middle of the bounds; undefined for an empty geometry. */
function middleOf(shape: Shape | undefined): [x: number, y: number] | undefined {
  if (shape === undefined) return undefined;
  if (shape.type === 'Point') return [shape.coordinates[0], shape.coordinates[1]];
  const [xmin, ymin, xmax, ymax] =
    shape.type === 'MultiPoint'
      ? areaBounds({ type: 'Polygon', coordinates: [shape.coordinates] })
      : areaBounds(shape);
  return [(xmin + xmax) / 2, (ymin + ymax) / 2];
}
