import { InvalidArgument, Unsupported } from '../errors.ts';
import type { ByteSource, ReadOptions } from '../storage/source.ts';
import { readBandMetadata } from './gdal-metadata.ts';
import { crsOf, transformOf } from './geo-keys.ts';
import type { PickRequest } from './picks.ts';
import type { PixelArray } from './pixels.ts';
import type { Raster, RasterInfo, WindowRequest } from './raster.ts';
import { readWindow } from './read-window.ts';
import { type Directory, readDirectories, type TiffFile } from './tiff-directory.ts';
import { type ImageLayout, imageLayout } from './tiff-layout.ts';
import { compressionName, tag } from './tiff-tags.ts';
import { sharedTileCache, type TileCache } from './tile-cache.ts';
import { picksTiles, pickTiles } from './visit-tiles.ts';

const REDUCED = 1;
const MASK = 4;

/**
 * Opens a TIFF, BigTIFF or COG: the first directory is the image, directories marked as reduced are its overviews, and
 * alpha is a band like the others. Pixels are read by `read`, as stored. Throws `InvalidFile`, `LimitExceeded`, and
 * `Unsupported` by name for pixel types that have no array (complex, below 8 bits, half floats) and other formats.
 * A codec that is not built in is refused at the first read, so that the header stays usable, and so is a file whose
 * internal mask alone says which pixels are data.
 */
export async function openRaster(
  source: ByteSource,
  { signal, tileCache = sharedTileCache }: ReadOptions & { readonly tileCache?: TileCache | undefined } = {},
): Promise<Raster> {
  const file = await readDirectories(source, { signal });
  const [main, ...others] = file.directories;
  if (main === undefined) throw new Unsupported(`${source.url}: no image`);
  const full = imageLayout(file, main, source.url);
  const overviews = others
    .filter((directory) => isOverview(directory))
    .map((directory) => overviewLayout(file, directory, full))
    .filter((layout) => layout !== undefined)
    .sort((a, b) => b.width * b.height - a.width * a.height);
  const levels = [full, ...overviews];
  const info = infoOf(main, levels, full);
  const masked = full.nodata === undefined && others.some((directory) => subfileType(directory) & MASK);
  const version = await source.version({ signal });

  const read = async ({ bands, window, level = 0, signal }: WindowRequest = {}): Promise<PixelArray[]> => {
    const layout = levels[level];
    if (layout === undefined) throw new InvalidArgument(`${source.url}: level ${level} of ${levels.length}`);
    if (masked)
      throw new Unsupported(
        `${source.url} says by an internal mask which pixels are data, and masks cannot be read yet; write a nodata value in its place (gdalwarp -dstnodata VALUE)`,
      );
    return readWindow(
      source,
      layout,
      bands ?? Array.from({ length: layout.bands }, (_, band) => band),
      window ?? { x: 0, y: 0, width: layout.width, height: layout.height },
      { cache: tileCache, key: `${source.url}|${version}|${level}` },
      signal,
    );
  };
  const pick = async (request: PickRequest): Promise<void> => {
    const layout = levels[request.level ?? 0];
    if (layout === undefined)
      throw new InvalidArgument(`${source.url}: level ${request.level} of ${levels.length}`);
    await pickTiles(source, layout, request);
  };
  return { info, read, ...(!masked && levels.every(picksTiles) && { pick }) };
}

function subfileType({ numbers }: Directory): number {
  // Before TIFF 6.0 the value 2 of the older tag said the same.
  return numbers.get(tag.newSubfileType)?.[0] ?? (numbers.get(tag.oldSubfileType)?.[0] === 2 ? REDUCED : 0);
}

function isOverview(directory: Directory): boolean {
  const type = subfileType(directory);
  return (type & REDUCED) !== 0 && (type & MASK) === 0;
}

/** The layout when it is a smaller picture of the same bands; reduced images of another kind (previews, also of unreadable pixels) are no level. */
function overviewLayout(file: TiffFile, directory: Directory, full: ImageLayout): ImageLayout | undefined {
  const layout = readableLayout(file, directory, full.url);
  if (layout === undefined) return undefined;
  const same = layout.bands === full.bands && layout.dataType === full.dataType;
  const smaller =
    layout.width <= full.width &&
    layout.height <= full.height &&
    layout.width * layout.height < full.width * full.height;
  // Some writers repeat the nodata tag in overviews, some do not.
  return same && smaller ? { ...layout, nodata: full.nodata } : undefined;
}

function readableLayout(file: TiffFile, directory: Directory, url: string): ImageLayout | undefined {
  try {
    return imageLayout(file, directory, url);
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

function infoOf(main: Directory, levels: readonly ImageLayout[], full: ImageLayout): RasterInfo {
  return {
    url: full.url,
    width: full.width,
    height: full.height,
    bands: full.bands,
    dataType: full.dataType,
    nodata: full.nodata,
    crs: crsOf(main),
    transform: transformOf(main),
    compression: compressionName(full.compression),
    predictor: full.predictor,
    interleave: full.planar || full.bands === 1 ? 'band' : 'pixel',
    levels: levels.map(({ width, height, tileWidth, tileHeight }) => ({
      width,
      height,
      tileWidth,
      tileHeight,
    })),
    ...readBandMetadata(main.texts.get(tag.gdalMetadata), full.bands),
  };
}
