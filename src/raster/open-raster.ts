import type { ByteSource } from '../storage/source.ts';
import { readStart } from './header-reader.ts';
import { type OpenTiffOptions, openTiff } from './open-tiff.ts';
import { openOtherFormat } from './other-formats.ts';
import type { Raster } from './raster.ts';
import { sharedTileCache } from './tile-cache.ts';

/** Opens a raster of any format that is read, told by its first bytes; see `openTiff` and `openOtherFormat` for what is thrown. */
export async function openRaster(source: ByteSource, options: OpenTiffOptions = {}): Promise<Raster> {
  const { signal, tileCache = sharedTileCache } = options;
  const start = await readStart(source, { signal });
  return (
    (await openOtherFormat(source, { signal, start, tileCache })) ?? openTiff(source, { ...options, start })
  );
}
