import { FormatUnsupported, ProcessParameterInvalid } from '../errors.ts';
import { colorMapNames } from '../raster/color-maps.ts';

/** An option of a format, described by JSON Schema as `GET /file_formats` lists it. */
export interface FormatParameter {
  readonly description: string;
  readonly type: 'number' | 'integer' | 'string';
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number | string | null;
}

/** What a format can hold, in the words of the openEO API. */
export type GisDataType = 'raster' | 'vector' | 'table' | 'other';

/** A format that results are written in, as `GET /file_formats` of the openEO API lists it. */
export interface OutputFormat {
  readonly name: 'GTiff' | 'COG' | 'PNG' | 'netCDF' | 'JSON' | 'CSV' | 'GeoJSON';
  readonly title: string;
  readonly description: string;
  readonly gisDataTypes: readonly GisDataType[];
  readonly extensions: readonly string[];
  readonly mediaType: string;
  /** By name. */
  readonly parameters: Readonly<Record<string, FormatParameter>>;
}

const geotiff = 'image/tiff; application=geotiff; profile=cloud-optimized';
const compression: FormatParameter = {
  description: 'How the pixels are compressed.',
  type: 'string',
  enum: ['deflate', 'zstd', 'lzw', 'none'],
  default: 'deflate',
};
const level: FormatParameter = {
  description: 'Effort of the compression, from 1 (fast) to 9 (small).',
  type: 'integer',
  minimum: 1,
  maximum: 9,
};

export const outputFormats: readonly OutputFormat[] = [
  {
    name: 'GTiff',
    title: 'GeoTIFF (always cloud-optimized)',
    description: 'A file for each date, whose bands are those of the cube. NaN is nodata.',
    gisDataTypes: ['raster'],
    extensions: ['.tif', '.tiff'],
    mediaType: geotiff,
    parameters: { compression },
  },
  {
    name: 'COG',
    title: 'Cloud-optimized GeoTIFF',
    description: 'The same as GTiff.',
    gisDataTypes: ['raster'],
    extensions: ['.tif', '.tiff'],
    mediaType: geotiff,
    parameters: { compression },
  },
  {
    name: 'PNG',
    title: 'Picture',
    description:
      'A picture for each date: one band by a colour map, or three as red, green and blue. Nodata is transparent.',
    gisDataTypes: ['raster'],
    extensions: ['.png'],
    mediaType: 'image/png',
    parameters: {
      min: { description: 'Value of the first colour; the least one when left out.', type: 'number' },
      max: { description: 'Value of the last colour; the greatest one when left out.', type: 'number' },
      colormap: {
        description: 'Colours of a single band.',
        type: 'string',
        enum: colorMapNames(),
        default: 'gray',
      },
    },
  },
  {
    name: 'netCDF',
    title: 'netCDF-4 by the CF conventions',
    description: 'All dates in one file, a variable for each band; vector cubes by geometry.',
    gisDataTypes: ['raster', 'vector'],
    extensions: ['.nc'],
    mediaType: 'application/netcdf',
    parameters: { level: { ...level, default: 4 } },
  },
  {
    name: 'JSON',
    title: 'Nested arrays',
    description:
      'A raster cube with its dimensions; a vector cube as a list of geometries with a list of bands, for each date.',
    gisDataTypes: ['raster', 'vector', 'table', 'other'],
    extensions: ['.json'],
    mediaType: 'application/json',
    parameters: {},
  },
  {
    name: 'CSV',
    title: 'Table',
    description: 'A row for each pixel or geometry and date, a column for each band.',
    gisDataTypes: ['raster', 'vector', 'table'],
    extensions: ['.csv'],
    mediaType: 'text/csv',
    parameters: {},
  },
  {
    name: 'GeoJSON',
    title: 'GeoJSON',
    description: 'Geometries in longitude and latitude with a property for each date and band.',
    gisDataTypes: ['vector'],
    extensions: ['.geojson'],
    mediaType: 'application/geo+json',
    parameters: {},
  },
];

/** The format of that name, in any letter case. Throws `FormatUnsupported`. */
export function outputFormat(name: string): OutputFormat {
  const found = outputFormats.find((format) => format.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new FormatUnsupported(
    `there is no output format '${name}'; use one of ${outputFormats.map((format) => format.name).join(', ')}`,
  );
}

/** The format that a file's extension stands for. Throws `FormatUnsupported`. */
export function formatOfPath(path: string): OutputFormat {
  const lower = path.toLowerCase();
  const found = outputFormats.find(({ extensions }) =>
    extensions.some((extension) => lower.endsWith(extension)),
  );
  if (found !== undefined) return found;
  const known = new Set(outputFormats.flatMap(({ extensions }) => extensions));
  throw new FormatUnsupported(
    `'${path}': the extension names no format; use ${[...known].join(', ')} or give a format`,
  );
}

/** Options of a format, checked: those that it has, each with a value that it can have. */
export type FormatOptions = Readonly<Record<string, number | string>>;

/** The options of a format as a request gives them; null stands for the default. Throws `ProcessParameterInvalid`. */
export function formatOptions(format: OutputFormat, given: Readonly<Record<string, unknown>>): FormatOptions {
  const options: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(format.parameters, name) ? format.parameters[name] : undefined;
    if (parameter === undefined) {
      const names = Object.keys(format.parameters);
      throw new ProcessParameterInvalid(
        `${format.name} has no option '${name}'; ${names.length === 0 ? 'it has none' : `its options are ${names.join(', ')}`}`,
      );
    }
    if (value === null || value === undefined) continue;
    const problem = optionProblem(parameter, value);
    if (problem !== undefined)
      throw new ProcessParameterInvalid(`option '${name}' of ${format.name} must be ${problem}`);
    options[name] = value as number | string;
  }
  return options;
}

function optionProblem(
  { type, enum: choices, minimum = -Infinity, maximum = Infinity }: FormatParameter,
  value: unknown,
): string | undefined {
  if (type === 'string') {
    if (typeof value === 'string' && (choices === undefined || choices.includes(value))) return undefined;
    return choices === undefined ? 'a text' : `one of ${choices.join(', ')}`;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'a number';
  if (type === 'integer' && !Number.isInteger(value)) return 'a whole number';
  return value < minimum || value > maximum ? `between ${minimum} and ${maximum}` : undefined;
}
