import { basename, dirname, extname, join } from 'node:path';
import type { RasterCube } from '../cube/raster-cube.ts';
import { InvalidArgument, Unsupported } from '../errors.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { writeFileWhole } from '../storage/write-file.ts';
import { encodeCube } from './encode-cube.ts';
import { formatOfPath, outputFormat } from './output-formats.ts';

export interface SaveCubeOptions {
  /** GTiff, COG, JSON or CSV; by the extension of the path when left out. */
  readonly format?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a computed cube and gives the paths of its files: the one asked for, or, when a GeoTIFF would have several dates,
 * one for each date with the date before the extension (`ndvi_2022-05.tif`). Each file appears whole or not at all. Throws
 * `FormatUnsupported`, `InvalidArgument`, `DataCubeEmpty`, `StorageFailure` and `Cancelled`.
 */
export async function saveCube(
  cube: RasterCube,
  path: string,
  { format, signal }: SaveCubeOptions = {},
): Promise<string[]> {
  if (schemeOf(path) !== 'file')
    throw new Unsupported(`'${path}': results are written to files of this machine only`);
  const target = pathOf(path);
  const extension = extname(target);
  const stem = basename(target, extension);
  if (path.trim() === '' || /[/\\]$/.test(path) || stem === '')
    throw new InvalidArgument(`'${path}' names no file`);
  const chosen = format === undefined ? formatOfPath(target) : outputFormat(format);
  const files = await encodeCube(cube, chosen, { stem, signal });
  const written: string[] = [];
  for (const { name, bytes } of files) {
    const own = extension === '' ? name : `${basename(name, extname(name))}${extension}`;
    const place = join(dirname(target), own);
    await writeFileWhole(place, bytes, { signal });
    written.push(place);
  }
  return written;
}
