import { throwIfCancelled } from '../errors.ts';
import { type CheckedCog, checkCogImage } from './check-cog.ts';
import type { CogImage, CogOptions } from './cog-options.ts';
import { encodeTile } from './encode-tile.ts';
import { writeBandMetadata } from './gdal-metadata.ts';
import type { PixelArray } from './pixels.ts';
import { reducePixels } from './reduce-pixels.ts';
import { compression as codec, tag } from './tiff-tags.ts';
import { directoryBytes, type TagValue, writeDirectory, writeHeader } from './tiff-writer.ts';
import { geoTags } from './write-geo-tags.ts';

interface Level {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly tiles: readonly Uint8Array[];
}

const CLASSIC_MOST = 2 ** 32 - 2 ** 16;
/** Tiles compressed at once on zlib's threads. */
const PARALLEL_TILES = 4;
const codecs = { none: codec.none, lzw: codec.lzw, deflate: codec.deflate, zstd: codec.zstd } as const;
const photometricGray = 1;
const photometricRgb = 2;
const formats = { u: 1, i: 2, f: 3 } as const;

/**
 * Encodes a cloud-optimized GeoTIFF: all directories first, then the pixels of the overviews from coarse to fine, then
 * the full picture (https://gdal.org/drivers/raster/cog.html). Throws `InvalidArgument` when image and options do not fit.
 */
export async function encodeCog(image: CogImage, options: CogOptions = {}): Promise<Uint8Array> {
  const checked = checkCogImage(image, options);
  const levels: Level[] = [];
  let picture = { width: image.width, height: image.height, bands: image.bands };
  let reached = 1;
  levels.push(await encodeLevel(picture, checked, options.signal));
  for (const factor of checked.factors) {
    // A factor that the last picture's does not divide starts again from the full one.
    const cascades = factor % reached === 0;
    const base = cascades ? picture : image;
    const step = cascades ? factor / reached : factor;
    const reduced = base.bands.map((band) =>
      reducePixels(band, base.width, base.height, step, checked.resampling, checked.nodata),
    );
    picture = {
      width: Math.ceil(base.width / step),
      height: Math.ceil(base.height / step),
      bands: reduced.map(({ pixels }) => pixels),
    };
    reached = factor;
    levels.push(await encodeLevel(picture, checked, options.signal));
  }
  return assemble(levels, image, checked, options);
}

async function encodeLevel(
  picture: { readonly width: number; readonly height: number; readonly bands: readonly PixelArray[] },
  checked: CheckedCog,
  signal: AbortSignal | undefined,
): Promise<Level> {
  const { width, height } = picture;
  const tileWidth = Math.min(checked.tileSize, Math.ceil(width / 16) * 16);
  const tileHeight = Math.min(checked.tileSize, Math.ceil(height / 16) * 16);
  const groups = checked.interleave === 'pixel' ? [picture.bands] : picture.bands.map((band) => [band]);
  const places = groups.flatMap((bands) => {
    const tiles: { bands: readonly PixelArray[]; x: number; y: number }[] = [];
    for (let y = 0; y < height; y += tileHeight)
      for (let x = 0; x < width; x += tileWidth) tiles.push({ bands, x, y });
    return tiles;
  });
  const tiles: Uint8Array[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < places.length; index = next++) {
      throwIfCancelled(signal, 'encoding a COG');
      const place = places[index];
      if (place)
        tiles[index] = await encodeTile(place.bands, width, height, place.x, place.y, {
          ...checked,
          tileWidth,
          tileHeight,
        });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_TILES }, worker));
  return { width, height, tileWidth, tileHeight, tiles };
}

function assemble(
  levels: readonly Level[],
  image: CogImage,
  checked: CheckedCog,
  options: CogOptions,
): Uint8Array {
  const pixelBytes = levels.reduce(
    (sum, { tiles }) => sum + tiles.reduce((bytes, tile) => bytes + tile.length, 0),
    0,
  );
  const tileCount = levels.reduce((sum, { tiles }) => sum + tiles.length, 0);
  const auto = pixelBytes + tileCount * 16 + 2 ** 16 > CLASSIC_MOST;
  const bigTiff = checked.bigTiff === 'auto' ? auto : checked.bigTiff;
  const entriesOf = (level: Level, number: number, offsets: ArrayLike<number>): TagValue[] => [
    ...imageTags(level, image, checked, { reduced: number > 0, rgb: options.rgb === true }, offsets, bigTiff),
    ...(number === 0 ? geoTags(options.crs, options.transform) : []),
    ...(number === 0 ? metadataTags(checked) : []),
  ];
  const places: number[] = [];
  let end = bigTiff ? 16 : 8;
  for (const [number, level] of levels.entries()) {
    places.push(end);
    end += directoryBytes(entriesOf(level, number, new Float64Array(level.tiles.length)), bigTiff);
  }
  const offsets = levels.map(({ tiles }) => new Float64Array(tiles.length));
  for (let number = levels.length - 1; number >= 0; number--) {
    for (const [i, tile] of (levels[number]?.tiles ?? []).entries()) {
      (offsets[number] as Float64Array)[i] = end;
      end += tile.length;
    }
  }
  const file = new Uint8Array(end);
  file.set(writeHeader(bigTiff));
  for (const [number, level] of levels.entries()) {
    const at = places[number] as number;
    file.set(
      writeDirectory(
        entriesOf(level, number, offsets[number] as Float64Array),
        at,
        places[number + 1] ?? 0,
        bigTiff,
      ),
      at,
    );
    for (const [i, tile] of level.tiles.entries())
      file.set(tile, (offsets[number] as Float64Array)[i] as number);
  }
  return file;
}

function imageTags(
  level: Level,
  image: CogImage,
  checked: CheckedCog,
  { reduced, rgb }: { readonly reduced: boolean; readonly rgb: boolean },
  offsets: ArrayLike<number>,
  bigTiff: boolean,
): TagValue[] {
  const bands = image.bands.length;
  const short = (id: number, ...values: number[]): TagValue => ({ tag: id, type: 'short', values });
  const long = (id: number, values: ArrayLike<number>): TagValue => ({ tag: id, type: 'long', values });
  const format = formats[image.dataType[0] as keyof typeof formats];
  const bits = (image.bands[0]?.BYTES_PER_ELEMENT ?? 1) * 8;
  const tags = [
    long(tag.imageWidth, [level.width]),
    long(tag.imageLength, [level.height]),
    short(tag.bitsPerSample, ...new Array<number>(bands).fill(bits)),
    short(tag.compression, codecs[checked.compression]),
    short(tag.photometric, rgb && bands >= 3 ? photometricRgb : photometricGray),
    short(tag.samplesPerPixel, bands),
    short(tag.planarConfiguration, checked.interleave === 'band' ? 2 : 1),
    short(tag.tileWidth, level.tileWidth),
    short(tag.tileLength, level.tileHeight),
    { tag: tag.tileOffsets, type: bigTiff ? ('long8' as const) : ('long' as const), values: offsets },
    long(
      tag.tileByteCounts,
      level.tiles.map((tile) => tile.length),
    ),
    short(tag.sampleFormat, ...new Array<number>(bands).fill(format)),
  ];
  if (reduced) tags.push(long(tag.newSubfileType, [1]));
  if (checked.predictor !== 1) tags.push(short(tag.predictor, checked.predictor));
  const extra = bands - (rgb && bands >= 3 ? 3 : 1);
  if (extra > 0) tags.push(short(tag.extraSamples, ...new Array<number>(extra).fill(0)));
  if (checked.nodata !== undefined)
    tags.push({ tag: tag.gdalNodata, type: 'ascii', text: nodataText(checked.nodata) });
  return tags;
}

function metadataTags(checked: CheckedCog): TagValue[] {
  const text = writeBandMetadata(checked);
  return text === undefined ? [] : [{ tag: tag.gdalMetadata, type: 'ascii', text }];
}

function nodataText(nodata: number): string {
  if (Number.isFinite(nodata)) return String(nodata);
  return Number.isNaN(nodata) ? 'nan' : nodata > 0 ? 'inf' : '-inf';
}
