import { crsName } from '../geometry/crs.ts';
import { epsgText } from '../geometry/crs-table.ts';
import type { NetcdfAttributes } from './netcdf-file.ts';

interface Ellipsoid {
  readonly name: string;
  readonly datum: string;
  readonly a: number;
  /** 0 for a sphere. */
  readonly inverseFlattening: number;
}

const WGS84: Ellipsoid = {
  name: 'WGS 84',
  datum: 'WGS_1984',
  a: 6_378_137,
  inverseFlattening: 298.257223563,
};
const GRS80: Ellipsoid = {
  name: 'GRS 1980',
  datum: 'GRS_1980',
  a: 6_378_137,
  inverseFlattening: 298.257222101,
};

interface Projection {
  /** CF conventions 1.8, appendix F. */
  readonly cf: NetcdfAttributes;
  /** Name of the method and its parameters as WKT 1 has them. */
  readonly wkt?: readonly [method: string, parameters: Readonly<Record<string, number>>] | undefined;
}

/**
 * Attributes of a grid mapping variable: for longitude and latitude, transverse Mercator (UTM) and Lambert's two projections CF
 * parameters and WKT, for others the name of the CRS alone. Throws `CrsUnknown`.
 */
export function gridMapping(crs: string): NetcdfAttributes {
  const name = crsName(crs);
  const code = name === 'OGC:CRS84' ? 4326 : Number(/^EPSG:(\d+)$/.exec(name)?.[1]);
  const text = epsgText(code);
  const ellipsoid = text === undefined ? undefined : ellipsoidOf(text);
  const projection = text === undefined ? undefined : projectionOf(text);
  if (ellipsoid === undefined || projection === undefined) return { spatial_ref: name };
  const wkt = wktOf(code, ellipsoid, projection);
  return {
    ...projection.cf,
    semi_major_axis: ellipsoid.a,
    inverse_flattening: ellipsoid.inverseFlattening,
    crs_wkt: wkt,
    spatial_ref: wkt,
  };
}

function ellipsoidOf(text: string): Ellipsoid | undefined {
  if (text.includes('+datum=WGS84') || text.includes('+nadgrids=@null')) return WGS84;
  return text.includes('+ellps=GRS80') && !text.includes('+towgs84') ? GRS80 : undefined;
}

function projectionOf(text: string): Projection | undefined {
  const values = new Map(
    [...text.matchAll(/\+(\w+)=([^\s]+)/g)].map(([, key, value]) => [key ?? '', value ?? '']),
  );
  const number = (key: string, otherwise = 0): number => Number(values.get(key) ?? otherwise);
  const origin = { latitude_of_projection_origin: number('lat_0') };
  const offsets = { false_easting: number('x_0'), false_northing: number('y_0') };
  switch (values.get('proj')) {
    case 'longlat':
      return { cf: { grid_mapping_name: 'latitude_longitude' } };
    case 'utm':
      return transverseMercator(number('zone') * 6 - 183, 0, 0.9996, {
        false_easting: 500_000,
        false_northing: text.includes('+south') ? 10_000_000 : 0,
      });
    case 'tmerc':
      return transverseMercator(number('lon_0'), number('lat_0'), number('k', 1), offsets);
    case 'laea':
      return {
        cf: {
          grid_mapping_name: 'lambert_azimuthal_equal_area',
          longitude_of_projection_origin: number('lon_0'),
          ...origin,
          ...offsets,
        },
        wkt: [
          'Lambert_Azimuthal_Equal_Area',
          { latitude_of_center: number('lat_0'), longitude_of_center: number('lon_0'), ...offsets },
        ],
      };
    case 'lcc':
      return {
        cf: {
          grid_mapping_name: 'lambert_conformal_conic',
          standard_parallel: Float64Array.of(number('lat_1'), number('lat_2')),
          longitude_of_central_meridian: number('lon_0'),
          ...origin,
          ...offsets,
        },
        wkt: [
          'Lambert_Conformal_Conic_2SP',
          {
            latitude_of_origin: number('lat_0'),
            central_meridian: number('lon_0'),
            standard_parallel_1: number('lat_1'),
            standard_parallel_2: number('lat_2'),
            ...offsets,
          },
        ],
      };
    default:
      return undefined;
  }
}

function transverseMercator(
  meridian: number,
  latitude: number,
  factor: number,
  offsets: { readonly false_easting: number; readonly false_northing: number },
): Projection {
  return {
    cf: {
      grid_mapping_name: 'transverse_mercator',
      longitude_of_central_meridian: meridian,
      latitude_of_projection_origin: latitude,
      scale_factor_at_central_meridian: factor,
      ...offsets,
    },
    wkt: [
      'Transverse_Mercator',
      { latitude_of_origin: latitude, central_meridian: meridian, scale_factor: factor, ...offsets },
    ],
  };
}

/** WKT 1 (OGC 01-009), which readers of netCDF of any age take; the EPSG number stands in it. */
function wktOf(code: number, { name, datum, a, inverseFlattening }: Ellipsoid, { wkt }: Projection): string {
  const geographic = (own: string) =>
    `GEOGCS["${wkt === undefined ? `EPSG:${code}` : name}",DATUM["${datum}",SPHEROID["${name}",${a},${inverseFlattening}]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]${own}]`;
  const authority = `,AUTHORITY["EPSG","${code}"]`;
  if (wkt === undefined) return geographic(authority);
  const [method, parameters] = wkt;
  const written = Object.entries(parameters).map(([key, value]) => `PARAMETER["${key}",${value}]`);
  return `PROJCS["EPSG:${code}",${geographic('')},PROJECTION["${method}"],${written.join(',')},UNIT["metre",1]${authority}]`;
}
