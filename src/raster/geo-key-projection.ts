/** The values of GeoTIFF keys by number: what a projection written out parameter by parameter is made of. */
export interface GeoKeyValues {
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, string>;
}

const key = {
  citation: 1026,
  primeMeridian: 2051,
  ellipsoid: 2056,
  semiMajor: 2057,
  semiMinor: 2058,
  inverseFlattening: 2059,
  angularUnits: 2054,
  meridianLongitude: 2061,
  geodetic: 2048,
  projectedCitation: 3073,
  method: 3075,
  linearUnits: 3076,
  linearUnitSize: 3077,
} as const;
const USER_DEFINED = 32767;
const DEGREE = 9102;
const GREENWICH = 8901;

/** EPSG ellipsoids by PROJ's names. */
const ellipsoids: Readonly<Record<number, string>> = {
  7001: 'airy',
  7004: 'bessel',
  7008: 'clrk66',
  7012: 'clrk80',
  7019: 'GRS80',
  7022: 'intl',
  7024: 'krass',
  7030: 'WGS84',
};
const metresPerUnit: Readonly<Record<number, number>> = { 9001: 1, 9002: 0.3048, 9003: 1200 / 3937 };

/** Keys that may hold a parameter, the first found counts (GeoTIFF 1.1, section 7.5.2 and libgeotiff's geo_normalize.c). */
const parameters = {
  lat_0: [3081, 3089, 3085],
  lat_1: [3078],
  lat_2: [3079],
  lat_ts: [3078, 3081],
  lon_0: [3080, 3088, 3084, 3095],
  pole: [3095, 3080],
  k: [3092, 3093],
  x_0: [3082, 3090, 3086],
  y_0: [3083, 3091, 3087],
} as const;
type Parameter = keyof typeof parameters;

/** Coordinate operation methods of GeoTIFF (key 3075) by PROJ's names and parameters. */
const methods: Readonly<Record<number, readonly [name: string, ...parameters: Parameter[]]>> = {
  1: ['tmerc', 'lat_0', 'lon_0', 'k'],
  7: ['merc', 'lon_0', 'k'],
  8: ['lcc', 'lat_0', 'lon_0', 'lat_1', 'lat_2'],
  9: ['lcc', 'lat_1', 'lon_0', 'k'],
  10: ['laea', 'lat_0', 'lon_0'],
  11: ['aea', 'lat_0', 'lon_0', 'lat_1', 'lat_2'],
  12: ['aeqd', 'lat_0', 'lon_0'],
  15: ['stere', 'lat_ts', 'pole', 'k'],
  16: ['sterea', 'lat_0', 'lon_0', 'k'],
  17: ['eqc', 'lat_ts', 'lat_0', 'lon_0'],
  18: ['cass', 'lat_0', 'lon_0'],
  20: ['mill', 'lon_0'],
  22: ['poly', 'lat_0', 'lon_0'],
  24: ['sinu', 'lon_0'],
  28: ['cea', 'lat_ts', 'lon_0'],
};

/**
 * PROJ text or WKT of a CRS that the file writes out itself: WKT in a citation (as Esri and GDAL do), else method, parameters
 * and ellipsoid. Undefined when there is none, or a method or unit that is not known here. There is no datum shift in it.
 */
export function ownCrs({ numbers, texts }: GeoKeyValues): string | undefined {
  const stated = wktOf(texts.get(key.projectedCitation)) ?? wktOf(texts.get(key.citation));
  if (stated !== undefined) return /EXTENSION\["PROJ4",\s*"(\+proj=[^"]+)"\]/.exec(stated)?.[1] ?? stated;
  if ((numbers.get(key.angularUnits) ?? DEGREE) !== DEGREE) return undefined;
  const figure = figureOf(numbers);
  if (figure === undefined) return undefined;
  const isProjected = numbers.get(1024) === 1;
  if (!isProjected)
    return numbers.get(1024) === 2 && numbers.get(key.geodetic) === USER_DEFINED
      ? `+proj=longlat ${figure} +no_defs`
      : undefined;
  const method = methods[numbers.get(key.method) ?? 0];
  const unit = numbers.get(key.linearUnits) ?? 9001;
  const metres = unit === USER_DEFINED ? numbers.get(key.linearUnitSize) : metresPerUnit[unit];
  if (method === undefined || metres === undefined) return undefined;
  const [name, ...wanted] = method;
  const value = (parameter: Parameter): number | undefined =>
    parameters[parameter].map((id) => numbers.get(id)).find((number) => number !== undefined);
  const words = [`+proj=${name}`];
  for (const parameter of wanted) words.push(...wordsOf(parameter, value(parameter)));
  if (name === 'stere') words.push(`+lat_0=${(value('lat_ts') ?? 90) < 0 ? -90 : 90}`);
  // False eastings are in units of the file, PROJ's are in metres.
  for (const parameter of ['x_0', 'y_0'] as const)
    words.push(`+${parameter}=${(value(parameter) ?? 0) * metres}`);
  words.push(figure, metres === 1 ? '+units=m' : `+to_meter=${metres}`, '+no_defs');
  return words.join(' ');
}

function wordsOf(parameter: Parameter, value: number | undefined): string[] {
  if (value === undefined) return [];
  if (parameter === 'pole') return [`+lon_0=${value}`];
  return [`+${parameter}=${value}`];
}

function wktOf(text: string | undefined): string | undefined {
  return /^(?:ESRI PE String = )?((?:PROJCS|GEOGCS|PROJCRS|GEOGCRS)\[.*\])\|?$/s.exec(
    text?.trim() ?? '',
  )?.[1];
}

function figureOf(numbers: ReadonlyMap<number, number>): string | undefined {
  const meridian = numbers.get(key.meridianLongitude) ?? 0;
  if (meridian === 0 && ![undefined, GREENWICH, USER_DEFINED].includes(numbers.get(key.primeMeridian)))
    return undefined;
  const from = meridian === 0 ? '' : ` +pm=${meridian}`;
  const datum = numbers.get(key.geodetic);
  if (datum === 4326) return `+datum=WGS84${from}`;
  if (datum === 4269) return `+datum=NAD83${from}`;
  const major = numbers.get(key.semiMajor);
  const flattening = numbers.get(key.inverseFlattening);
  const minor = numbers.get(key.semiMinor);
  if (major !== undefined && flattening) return `+a=${major} +rf=${flattening}${from}`;
  if (major !== undefined && minor !== undefined) return `+a=${major} +b=${minor}${from}`;
  const name = ellipsoids[numbers.get(key.ellipsoid) ?? 0];
  return name === undefined ? undefined : `+ellps=${name}${from}`;
}
