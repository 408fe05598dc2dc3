import { cubeToJson, pixelCentres } from '../cube/json-cube.ts';
import { planeValues, type RasterCube } from '../cube/raster-cube.ts';
import { ProcessException } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { encodeCog } from '../raster/write-cog.ts';
import { fileSuffix, isSingle, isTemporal, type Slice, slices } from './cube-slices.ts';
import { drawPicture } from './draw-picture.ts';
import { type FormatOptions, formatOptions, type OutputFormat, outputFormat } from './output-formats.ts';
import { csvField, csvNumbers } from './table-text.ts';

/** A file of a result, not yet written. */
export interface EncodedFile {
  /** File name without folders. */
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface EncodeOptions {
  /** Start of the file names. */
  readonly stem?: string | undefined;
  /** Options of the format, as `save_result` takes them. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A computed cube as files. GeoTIFF and PNG: one file for each date (named after it when there are several); the bands of a
 * GeoTIFF are the bands of the cube, float with NaN as nodata (booleans: bytes with 255). netCDF, JSON and CSV: one file. Throws
 * `FormatUnsupported`, `FormatUnsuitable`, `ProcessParameterInvalid`, `LimitExceeded`, `Cancelled`, and `DataCubeEmpty` for a
 * cube without a pixel.
 */
export async function encodeCube(
  cube: RasterCube,
  format: OutputFormat | string,
  { stem = 'result', options: given = {}, signal }: EncodeOptions = {},
): Promise<EncodedFile[]> {
  const chosen = typeof format === 'string' ? outputFormat(format) : format;
  const options = formatOptions(chosen, given);
  const extension = chosen.extensions[0] ?? '';
  const { mediaType } = chosen;
  if (cube.values.length === 0)
    throw new ProcessException('DataCubeEmpty', `the data cube has no pixel to write as ${chosen.name}`);
  const file = (bytes: Uint8Array): EncodedFile[] => [{ name: `${stem}${extension}`, mediaType, bytes }];
  switch (chosen.name) {
    case 'JSON':
      checkLimit('jsonBytes', cube.values.length * 8, 'a data cube as JSON');
      return file(new TextEncoder().encode(JSON.stringify(cubeToJson(cube))));
    case 'CSV':
      checkLimit('jsonBytes', cube.values.length * 24, 'a data cube as CSV');
      return file(new TextEncoder().encode(csv(cube)));
    case 'netCDF': {
      const { rasterNetcdf } = await import('./netcdf-raster.ts');
      return file(await rasterNetcdf(cube, options, { signal }));
    }
    case 'GeoJSON':
      throw new ProcessException('FormatUnsuitable', 'GeoJSON holds geometries, and this cube has pixels');
    default: {
      const encode = chosen.name === 'PNG' ? drawPicture : geotiff;
      const files: EncodedFile[] = [];
      for (const { labels, bands } of slices(cube.dimensions, isTemporal)) {
        const suffix = isSingle(cube.dimensions) ? '' : fileSuffix(labels);
        const bytes = await encode(cube, bands, options, signal);
        files.push({ name: `${stem}${suffix}${extension}`, mediaType, bytes });
      }
      return files;
    }
  }
}

function geotiff(
  cube: RasterCube,
  bands: Slice['bands'],
  { compression }: FormatOptions,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { width, height, crs, transform } = cube;
  const pixels = bands.map(({ plane }) => planeValues(cube, plane));
  const descriptions = bands.some(({ name }) => name !== '') ? bands.map(({ name }) => name) : undefined;
  const codec = compression as 'deflate' | 'zstd' | 'lzw' | 'none' | undefined;
  const shared = { crs, transform, descriptions, compression: codec, signal };
  if (cube.kind === 'boolean') {
    const bytes = pixels.map((values) =>
      Uint8Array.from(values, (value) => (Number.isNaN(value) ? 255 : value)),
    );
    return encodeCog({ width, height, dataType: 'uint8', bands: bytes }, { ...shared, nodata: 255 });
  }
  const dataType = cube.values instanceof Float64Array ? 'float64' : 'float32';
  return encodeCog(
    { width, height, dataType, bands: pixels },
    { ...shared, nodata: Number.NaN, resampling: 'average' },
  );
}

/** A table with a row for each pixel and date, and a column for each band; rows without any value are left out. */
function csv(cube: RasterCube): string {
  const apart = cube.dimensions.filter(({ type }) => type !== 'bands');
  const groups = slices(cube.dimensions, ({ type }) => type !== 'bands');
  const columns = groups[0]?.bands.map(({ name }) => (name === '' ? 'value' : name)) ?? [];
  const names = apart.map(({ name }) => name);
  const rows = [[...names, cube.y, cube.x, ...columns].map(csvField).join(',')];
  const centres = pixelCentres(cube);
  for (const { labels, bands } of groups) {
    const pixels = bands.map(({ plane }) => planeValues(cube, plane));
    const start = labels.map((label) => `${csvField(String(label))},`).join('');
    for (let row = 0, i = 0; row < cube.height; row += 1)
      for (let column = 0; column < cube.width; column += 1, i += 1) {
        const values = pixels.map((plane) => plane[i] ?? Number.NaN);
        if (values.every(Number.isNaN)) continue;
        rows.push(`${start}${centres.y[row]},${centres.x[column]},${csvNumbers(values)}`);
      }
  }
  return `${rows.join('\n')}\n`;
}
