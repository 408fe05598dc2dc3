import type { Dimension, Label } from '../cube/dimension.ts';
import { cubeToJson, pixelCentres } from '../cube/json-cube.ts';
import { planeCount, planeValues, type RasterCube } from '../cube/raster-cube.ts';
import { ProcessException } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { encodeCog } from '../raster/write-cog.ts';
import { type OutputFormat, outputFormat } from './output-formats.ts';

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
  readonly signal?: AbortSignal | undefined;
}

/**
 * A computed cube as files. GeoTIFF: one file for each date (named after it when there are several), whose bands are the
 * bands of the cube, float with NaN as nodata (booleans: bytes with 255). JSON and CSV: one file. Throws
 * `FormatUnsupported`, `LimitExceeded`, and `DataCubeEmpty` for a cube without a pixel.
 */
export async function encodeCube(
  cube: RasterCube,
  format: OutputFormat | string,
  { stem = 'result', signal }: EncodeOptions = {},
): Promise<EncodedFile[]> {
  const chosen = typeof format === 'string' ? outputFormat(format) : format;
  const extension = chosen.extensions[0] ?? '';
  if (cube.values.length === 0)
    throw new ProcessException('DataCubeEmpty', `the data cube has no pixel to write as ${chosen.name}`);
  const text = (content: string): EncodedFile[] => [
    { name: `${stem}${extension}`, mediaType: chosen.mediaType, bytes: new TextEncoder().encode(content) },
  ];
  if (chosen.name === 'JSON') {
    checkLimit('jsonBytes', cube.values.length * 8, 'a data cube as JSON');
    return text(JSON.stringify(cubeToJson(cube)));
  }
  if (chosen.name === 'CSV') {
    checkLimit('jsonBytes', cube.values.length * 24, 'a data cube as CSV');
    return text(csv(cube));
  }
  const files: EncodedFile[] = [];
  for (const { labels, bands } of slices(cube, (dimension) => dimension.type === 'temporal')) {
    const name = labels.map((label) => `_${fileLabel(label)}`).join('');
    files.push({
      name: `${stem}${isSingle(cube) ? '' : name}${extension}`,
      mediaType: chosen.mediaType,
      bytes: await geotiff(cube, bands, signal),
    });
  }
  return files;
}

interface Slice {
  /** Of the dimensions that tell the slices apart. */
  readonly labels: readonly Label[];
  readonly bands: readonly { readonly name: string; readonly plane: number }[];
}

/** The planes of a cube, sorted by their labels along some dimensions; the labels along the others name the bands. */
function slices(cube: RasterCube, apart: (dimension: Dimension) => boolean): Slice[] {
  const groups = new Map<string, { labels: Label[]; bands: { name: string; plane: number }[] }>();
  for (let plane = 0; plane < planeCount(cube.dimensions); plane += 1) {
    const labels = labelsOf(cube.dimensions, plane);
    const own = labels.filter((_, k) => apart(cube.dimensions[k] as Dimension));
    const name = labels.filter((_, k) => !apart(cube.dimensions[k] as Dimension)).join('_');
    const key = JSON.stringify(own);
    const group = groups.get(key) ?? { labels: own, bands: [] };
    group.bands.push({ name, plane });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The labels of a plane, one for each dimension. */
function labelsOf(dimensions: readonly Dimension[], plane: number): Label[] {
  let rest = plane;
  return dimensions
    .toReversed()
    .map(({ labels }) => {
      const label = labels[rest % labels.length] ?? '';
      rest = Math.floor(rest / labels.length);
      return label;
    })
    .reverse();
}

function isSingle({ dimensions }: RasterCube): boolean {
  return dimensions.every(({ type, labels }) => type !== 'temporal' || labels.length === 1);
}

/** A label as part of a file name: letters, digits, dots, hyphens and underscores only. */
function fileLabel(label: Label): string {
  return String(label).replaceAll(/[^\w.-]/g, '-');
}

function geotiff(
  cube: RasterCube,
  bands: Slice['bands'],
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { width, height, crs, transform } = cube;
  const pixels = bands.map(({ plane }) => planeValues(cube, plane));
  const descriptions = bands.some(({ name }) => name !== '') ? bands.map(({ name }) => name) : undefined;
  if (cube.kind === 'boolean') {
    const bytes = pixels.map((values) =>
      Uint8Array.from(values, (value) => (Number.isNaN(value) ? 255 : value)),
    );
    return encodeCog(
      { width, height, dataType: 'uint8', bands: bytes },
      { crs, transform, nodata: 255, descriptions, signal },
    );
  }
  const dataType = cube.values instanceof Float64Array ? 'float64' : 'float32';
  return encodeCog(
    { width, height, dataType, bands: pixels },
    { crs, transform, nodata: Number.NaN, resampling: 'average', descriptions, signal },
  );
}

/** A table with a row for each pixel and date, and a column for each band; rows without any value are left out. */
function csv(cube: RasterCube): string {
  const quote = (value: string) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const apart = (dimension: Dimension) => dimension.type !== 'bands';
  const groups = slices(cube, apart);
  const columns = groups[0]?.bands.map(({ name }) => (name === '' ? 'value' : name)) ?? [];
  const names = cube.dimensions.filter(apart).map(({ name }) => name);
  const rows = [[...names, cube.y, cube.x, ...columns].map(quote).join(',')];
  const centres = pixelCentres(cube);
  for (const { labels, bands } of groups) {
    const pixels = bands.map(({ plane }) => planeValues(cube, plane));
    const start = labels.map((label) => `${quote(String(label))},`).join('');
    for (let row = 0, i = 0; row < cube.height; row += 1)
      for (let column = 0; column < cube.width; column += 1, i += 1) {
        const values = pixels.map((plane) => plane[i] ?? Number.NaN);
        if (values.every(Number.isNaN)) continue;
        const texts = values.map((value) => (Number.isNaN(value) ? '' : String(value)));
        rows.push(`${start}${centres.y[row]},${centres.x[column]},${texts.join(',')}`);
      }
  }
  return `${rows.join('\n')}\n`;
}
