import { InvalidArgument, Unsupported } from '../errors.ts';
import type { ByteSource } from '../storage/source.ts';
import type { HeaderOptions } from './header-reader.ts';
import type { PickRequest } from './picks.ts';
import { bytesPerPixel, type PixelArray } from './pixels.ts';
import { type Level, plainLevel } from './plain-level.ts';
import type { Raster, WindowRequest } from './raster.ts';
import { readWindow } from './read-window.ts';
import { alphaBand } from './tiff-colors.ts';
import { type Directory, readDirectories, type TiffFile } from './tiff-directory.ts';
import { tiffInfo } from './tiff-info.ts';
import { type ImageLayout, imageLayout } from './tiff-layout.ts';
import { type MaskLevels, maskReader } from './tiff-masks.ts';
import { tag } from './tiff-tags.ts';
import { sharedTileCache, type TileCache } from './tile-cache.ts';
import { picksTiles, pickTiles } from './visit-tiles.ts';

const REDUCED = 1;
const MASK = 4;

export interface OpenTiffOptions extends HeaderOptions {
  readonly tileCache?: TileCache | undefined;
  /** The `.msk` file beside the image. */
  readonly sidecar?: ByteSource | undefined;
}

/**
 * Opens a TIFF, BigTIFF or COG: the first directory is the image, directories marked as reduced are its overviews, those
 * marked as masks its mask; alpha is a band like the others, and a mask for those. Pixels are read by `read`, as stored.
 * Throws `InvalidFile`, `LimitExceeded`, and `Unsupported` by name for pixel types that have no array. Complex pixels and
 * codecs that there is no decoder for are refused at the first read, so that the header stays usable.
 */
export async function openTiff(
  source: ByteSource,
  { signal, start, tileCache = sharedTileCache, sidecar }: OpenTiffOptions = {},
): Promise<Raster> {
  const file = await readDirectories(source, { signal, start });
  const [main, ...others] = file.directories;
  if (main === undefined) throw new Unsupported(`${source.url}: no image`);
  const full = imageLayout(file, main, source.url);
  const overviews = others
    .filter((directory) => isOverview(directory))
    .map((directory) => overviewLayout(file, directory, full))
    .filter((layout) => layout !== undefined)
    .sort((a, b) => b.width * b.height - a.width * a.height);
  const stored = [full, ...overviews];
  const levels = stored.map((layout) => plainLevel(source, layout));
  const masks =
    (sidecar && (await sidecarMasks(sidecar, full, signal))) ?? internalMasks(source, file, others, full);
  const info = tiffInfo(file, main, stored, masks !== undefined);
  const version = await source.version({ signal });
  const maskVersion = masks && sidecar ? await sidecar.version({ signal }) : version;
  const alpha = full.nodata === undefined ? alphaBand(info.colorInterpretation ?? []) : undefined;
  const telling = masks ?? (alpha === undefined ? undefined : { levels, band: alpha });

  const levelOf = (level: number): Level => {
    const known = levels[level];
    if (known === undefined) throw new InvalidArgument(`${source.url}: level ${level} of ${levels.length}`);
    return known;
  };
  const read = async ({ bands, window, level = 0, signal }: WindowRequest = {}): Promise<PixelArray[]> => {
    const { source: bytes, layout } = levelOf(level);
    return readWindow(
      bytes,
      layout,
      bands ?? Array.from({ length: layout.bands }, (_, band) => band),
      window ?? { x: 0, y: 0, width: layout.width, height: layout.height },
      { cache: tileCache, key: `${source.url}|${version}|${level}` },
      signal,
    );
  };
  const pick = async (request: PickRequest): Promise<void> => {
    const { source: bytes, layout } = levelOf(request.level ?? 0);
    await pickTiles(bytes, layout, request);
  };
  return {
    info,
    read,
    ...(levels.every(({ layout }) => picksTiles(layout)) && { pick }),
    ...(telling && { readMask: maskReader(levels, telling, tileCache, maskVersion) }),
  };
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
  const same =
    layout.bands === full.bands &&
    layout.dataType === full.dataType &&
    storedBits(layout) === storedBits(full);
  const smaller =
    layout.width <= full.width &&
    layout.height <= full.height &&
    layout.width * layout.height < full.width * full.height;
  // Some writers repeat the nodata tag in overviews, some do not.
  return same && smaller ? { ...layout, nodata: full.nodata } : undefined;
}

function storedBits({ rare, dataType }: ImageLayout): number {
  return rare?.bits ?? bytesPerPixel(dataType) * 8;
}

function readableLayout(file: TiffFile, directory: Directory, url: string): ImageLayout | undefined {
  try {
    return imageLayout(file, directory, url);
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/** Masks in directories of their own; undefined when none covers the full image. */
function internalMasks(
  source: ByteSource,
  file: TiffFile,
  directories: readonly Directory[],
  full: ImageLayout,
): MaskLevels | undefined {
  const layouts = directories
    .filter((directory) => (subfileType(directory) & MASK) !== 0)
    .map((directory) => imageLayout(file, directory, source.url));
  return maskLevels(source, layouts, full);
}

async function sidecarMasks(
  source: ByteSource,
  full: ImageLayout,
  signal: AbortSignal | undefined,
): Promise<MaskLevels | undefined> {
  const file = await readDirectories(source, { signal });
  const layouts = file.directories.map((directory) => imageLayout(file, directory, source.url));
  return maskLevels(source, layouts, full);
}

function maskLevels(
  source: ByteSource,
  layouts: readonly ImageLayout[],
  { width, height }: ImageLayout,
): MaskLevels | undefined {
  if (!layouts.some((layout) => layout.width === width && layout.height === height)) return undefined;
  const sorted = [...layouts].sort((a, b) => b.width * b.height - a.width * a.height);
  // Sparse tiles of a mask are 0, whatever its nodata tag says.
  return { levels: sorted.map((layout) => ({ source, layout: { ...layout, nodata: undefined } })), band: 0 };
}
