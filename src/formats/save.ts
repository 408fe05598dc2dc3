import { basename, dirname, extname, join } from 'node:path';
import type { RasterCube } from '../cube/raster-cube.ts';
import type { VectorCube } from '../cube/vector-cube.ts';
import { InvalidArgument, Unsupported } from '../errors.ts';
import { pathOf, schemeOf, splitS3 } from '../storage/address.ts';
import { writeObject } from '../storage/write-object.ts';
import { type EncodedFile, encodeCube } from './encode-cube.ts';
import { encodeVector } from './encode-vector.ts';
import { formatOfPath, type OutputFormat, outputFormat } from './output-formats.ts';

export interface SaveCubeOptions {
  /** GTiff, COG, PNG, netCDF, JSON, CSV or GeoJSON; by the extension of the path when left out. */
  readonly format?: string | undefined;
  /** Options of the format, as `save_result` takes them. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a computed cube to a path or to `s3://bucket/key` and gives the paths of its files: the one asked for, or, when a GeoTIFF
 * or PNG would have several dates, one for each date with the date before the extension (`ndvi_2022-05.tif`). Each file appears whole
 * or not at all. A bucket is one that the user named, or lies at an endpoint of theirs. Throws `FormatUnsupported`,
 * `InvalidArgument`, `DataCubeEmpty`, `StorageFailure`, `Unsupported` for other schemes, and `Cancelled`.
 */
export function saveCube(cube: RasterCube, path: string, options: SaveCubeOptions = {}): Promise<string[]> {
  return saveFiles(path, options, (chosen, stem) => encodeCube(cube, chosen, { stem, ...options }));
}

/** The same for a vector cube. Throws as well `FormatUnsuitable` for formats of pixels. */
export function saveVector(cube: VectorCube, path: string, options: SaveCubeOptions = {}): Promise<string[]> {
  return saveFiles(path, options, (chosen, stem) => encodeVector(cube, chosen, { stem, ...options }));
}

async function saveFiles(
  path: string,
  { format, signal }: SaveCubeOptions,
  encode: (format: OutputFormat, stem: string) => Promise<EncodedFile[]>,
): Promise<string[]> {
  const folder = folderOf(path);
  const target = folder.object ? splitS3(path).key : pathOf(path);
  const extension = extname(target);
  const stem = basename(target, extension);
  if (path.trim() === '' || /[/\\]$/.test(path) || stem === '')
    throw new InvalidArgument(`'${path}' names no file`);
  const chosen = format === undefined ? formatOfPath(target) : outputFormat(format);
  const files = await encode(chosen, stem);
  const written: string[] = [];
  for (const { name, bytes } of files) {
    const own = extension === '' ? name : `${basename(name, extname(name))}${extension}`;
    const place = folder.with(own);
    await writeObject(place, bytes, { signal });
    written.push(place);
  }
  return written;
}

/** What a path lies in, and the address of another file there: keys are plain text, which joining paths would change. */
function folderOf(path: string): { readonly object: boolean; readonly with: (name: string) => string } {
  const scheme = schemeOf(path);
  if (scheme === 's3') {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    return { object: true, with: (name) => `${folder}${name}` };
  }
  if (scheme !== 'file')
    throw new Unsupported(`'${path}': results are written to files of this machine and to s3://bucket/key`);
  const folder = dirname(pathOf(path));
  return { object: false, with: (name) => join(folder, name) };
}
