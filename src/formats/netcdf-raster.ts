import { pixelCentres } from '../cube/json-cube.ts';
import { planeValues, type RasterCube } from '../cube/raster-cube.ts';
import { ProcessException, throwIfCancelled } from '../errors.ts';
import { isGeographic, metresPerUnit } from '../geometry/crs.ts';
import { gridMapping } from './cf-grid-mapping.ts';
import { slices } from './cube-slices.ts';
import { createNetcdf, type NetcdfAttributes, variableName } from './netcdf-file.ts';
import { addLabels } from './netcdf-labels.ts';
import type { FormatOptions } from './output-formats.ts';

/** Sides of the pieces of a variable that are compressed one by one. */
const CHUNK = 512;
const GRID_MAPPING = 'crs';

/**
 * A raster cube as netCDF-4 by the CF conventions 1.8: a variable for each band over the other dimensions, y and x; coordinates
 * are pixel centres; NaN is `_FillValue` (booleans: bytes with 255). Throws `FormatUnsuitable` for a rotated grid,
 * `LimitExceeded`, `CrsUnknown`, `Cancelled`.
 */
export async function rasterNetcdf(
  cube: RasterCube,
  { level = 4 }: FormatOptions,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  const { width, height, transform, crs } = cube;
  if (transform[1] !== 0 || transform[3] !== 0)
    throw new ProcessException(
      'FormatUnsuitable',
      'netCDF needs rows along x: resample the rotated cube first',
    );
  const outer = cube.dimensions.filter(({ type }) => type !== 'bands');
  const groups = slices(cube.dimensions, ({ type }) => type !== 'bands');
  const file = await createNetcdf(cube.values.byteLength + 8 * (width + height));
  try {
    file.attributes({ Conventions: 'CF-1.8' });
    const taken = new Set([GRID_MAPPING]);
    const named = (name: string): string => {
      const free = variableName(name, taken);
      taken.add(free);
      return free;
    };
    const names = outer.map(({ name }) => named(name));
    const [y, x] = [named(cube.y), named(cube.x)];
    for (const [k, dimension] of outer.entries()) addLabels(file, names[k] ?? '', dimension);
    const centres = pixelCentres(cube);
    const [alongX, alongY] = axes(crs);
    file.dimension(y, Float64Array.from(centres.y), { ...alongY, axis: 'Y' });
    file.dimension(x, Float64Array.from(centres.x), { ...alongX, axis: 'X' });
    file.variable({
      name: GRID_MAPPING,
      dimensions: [],
      values: Int32Array.of(0),
      attributes: { ...gridMapping(crs), GeoTransform: geoTransform(transform) },
    });
    const dimensions = [...names, y, x];
    for (const [k, { name: band }] of (groups[0]?.bands ?? []).entries()) {
      throwIfCancelled(signal, 'writing netCDF');
      const name = named(band === '' ? 'value' : band);
      const planes = groups.map(({ bands }) => planeValues(cube, bands[k]?.plane ?? 0));
      file.variable({
        name,
        dimensions,
        values: gather(planes, cube),
        attributes: {
          long_name: band === '' ? 'value' : band,
          grid_mapping: GRID_MAPPING,
          _FillValue: fillValue(cube),
        },
        chunks: [...outer.map(() => 1), Math.min(CHUNK, height), Math.min(CHUNK, width)],
        level: Number(level),
      });
    }
    return file.finish();
  } finally {
    file.drop();
  }
}

function fillValue({ kind, values }: RasterCube): Uint8Array | Float32Array | Float64Array {
  if (kind === 'boolean') return Uint8Array.of(255);
  return values instanceof Float64Array ? Float64Array.of(Number.NaN) : Float32Array.of(Number.NaN);
}

function gather(
  planes: readonly (Float32Array | Float64Array)[],
  { kind, values, width, height }: RasterCube,
): Uint8Array | Float32Array | Float64Array {
  const pixels = width * height;
  const length = planes.length * pixels;
  if (kind === 'boolean') {
    const bytes = new Uint8Array(length);
    for (const [k, plane] of planes.entries())
      for (let i = 0; i < pixels; i += 1) {
        const value = plane[i] as number;
        bytes[k * pixels + i] = Number.isNaN(value) ? 255 : value;
      }
    return bytes;
  }
  const joined = values instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  for (const [k, plane] of planes.entries()) joined.set(plane, k * pixels);
  return joined;
}

/** Attributes of x and y (CF 4.1, 4.2 and 5.6). */
function axes(crs: string): readonly [x: NetcdfAttributes, y: NetcdfAttributes] {
  if (isGeographic(crs))
    return [
      { standard_name: 'longitude', units: 'degrees_east' },
      { standard_name: 'latitude', units: 'degrees_north' },
    ];
  const units = lengthUnit(metresPerUnit(crs));
  return [
    { standard_name: 'projection_x_coordinate', units },
    { standard_name: 'projection_y_coordinate', units },
  ];
}

/** Lengths by their names in UDUNITS, which CF 3.1 refers to; the two feet differ by two millionths. */
const lengths: readonly (readonly [name: string, metres: number])[] = [
  ['m', 1],
  ['km', 1000],
  ['foot', 0.3048],
  ['US_survey_foot', 1200 / 3937],
];

/** The name of a length, or as many metres (`20.1168 m`). */
function lengthUnit(metres: number): string {
  const known = lengths.find(([, own]) => Math.abs(metres / own - 1) < 1e-8);
  return known?.[0] ?? `${metres} m`;
}

/** In the order of GDAL: origin, steps along columns, origin, steps along rows. */
function geoTransform([a, b, c, d, e, f]: RasterCube['transform']): string {
  return [c, a, b, f, d, e].join(' ');
}
