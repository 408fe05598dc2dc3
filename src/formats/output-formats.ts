import { FormatUnsupported } from '../errors.ts';

/** A format that cubes are written in, as `GET /file_formats` of the openEO API lists it. */
export interface OutputFormat {
  readonly name: 'GTiff' | 'COG' | 'JSON' | 'CSV';
  readonly title: string;
  readonly extensions: readonly string[];
  readonly mediaType: string;
}

const geotiff = 'image/tiff; application=geotiff; profile=cloud-optimized';

export const outputFormats: readonly OutputFormat[] = [
  {
    name: 'GTiff',
    title: 'GeoTIFF (always cloud-optimized)',
    extensions: ['.tif', '.tiff'],
    mediaType: geotiff,
  },
  { name: 'COG', title: 'Cloud-optimized GeoTIFF', extensions: ['.tif', '.tiff'], mediaType: geotiff },
  { name: 'JSON', title: 'Data cube as nested arrays', extensions: ['.json'], mediaType: 'application/json' },
  { name: 'CSV', title: 'One row for each pixel and date', extensions: ['.csv'], mediaType: 'text/csv' },
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
