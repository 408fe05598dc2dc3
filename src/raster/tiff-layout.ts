import { InvalidFile, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { parseNodata } from './nodata.ts';
import { bytesPerPixel, type DataType, dataTypes } from './pixels.ts';
import { type RarePixels, rarePixels, storedRowBytes } from './rare-pixels.ts';
import type { Directory, TiffFile } from './tiff-directory.ts';
import { compression as codec, tag } from './tiff-tags.ts';

/** How the pixels of one directory lie in the file. A strip is a tile as wide as the image. */
export interface ImageLayout {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly dataType: DataType;
  readonly nodata: number | undefined;
  readonly littleEndian: boolean;
  /** Bands in planes of tiles of their own; otherwise the samples of a pixel stand together. */
  readonly planar: boolean;
  readonly compression: number;
  readonly predictor: 1 | 2 | 3;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly tilesAcross: number;
  readonly tilesDown: number;
  readonly tiled: boolean;
  /** Per tile, planes one after the other; 0 bytes: a sparse tile, all nodata. */
  readonly tileOffsets: Float64Array;
  readonly tileByteCounts: Float64Array;
  /** Undefined where byte order, the built-in codecs and the predictor are all there is between file and samples. */
  readonly rare: RarePixels | undefined;
}

/** An uncompressed strip longer than this is read in parts (GDAL's strip chopping). */
const CHOP_BYTES = 1024 * 1024;

/** Reads and checks the layout of one directory: counts against each other, the file's size and the limits. */
export function imageLayout(file: TiffFile, directory: Directory, url: string): ImageLayout {
  const { numbers, texts } = directory;
  const one = (id: number, missing: number): number => {
    const value = numbers.get(id)?.[0] ?? missing;
    if (!Number.isInteger(value)) throw new InvalidFile(`${url}: tag ${id} says ${value}, no whole number`);
    return value;
  };
  const width = one(tag.imageWidth, 0);
  const height = one(tag.imageLength, 0);
  const bands = one(tag.samplesPerPixel, 1);
  if (!(width >= 1) || !(height >= 1) || !(bands >= 1))
    throw new InvalidFile(`${url}: an image of ${width} x ${height} pixels and ${bands} bands`);
  checkLimit('rasterSide', Math.max(width, height), url);
  checkLimit('rasterBands', bands, url);
  const { dataType, bits, complex } = pixelTypeOf(directory, url);
  const planar = bands > 1 && one(tag.planarConfiguration, 1) === 2;
  const tiled = numbers.has(tag.tileWidth) || numbers.has(tag.tileOffsets);
  const tileWidth = tiled ? one(tag.tileWidth, 0) : width;
  const tileHeight = tiled ? one(tag.tileLength, 0) : Math.min(height, one(tag.rowsPerStrip, height));
  if (!(tileWidth >= 1) || !(tileHeight >= 1))
    throw new InvalidFile(`${url}: tiles of ${tileWidth} x ${tileHeight} pixels`);
  const code = one(tag.compression, 1);
  const base = {
    url,
    width,
    height,
    bands,
    dataType,
    nodata: parseNodata(texts.get(tag.gdalNodata), dataType),
    littleEndian: file.littleEndian,
    planar,
    compression: code,
    predictor: predictorOf(code, one(tag.predictor, 1), dataType, url),
    tiled,
    tileWidth,
    tilesAcross: Math.ceil(width / tileWidth),
    rare: rarePixels(directory, { bits, complex, dataType, compression: code }),
  };
  const offsets = numbers.get(tiled ? tag.tileOffsets : tag.stripOffsets) ?? numbers.get(tag.stripOffsets);
  const counts =
    numbers.get(tiled ? tag.tileByteCounts : tag.stripByteCounts) ?? numbers.get(tag.stripByteCounts);
  const samples = planar ? 1 : bands;
  const rowBytes = tileWidth * samples * bytesPerPixel(dataType);
  const tilesDown = Math.ceil(height / tileHeight);
  const tiles = base.tilesAcross * tilesDown * (planar ? bands : 1);
  if (offsets === undefined || offsets.length < tiles)
    throw new InvalidFile(`${url}: ${offsets?.length ?? 0} tile offsets for ${tiles} tiles`);
  const known =
    counts ?? inferredCounts(code, tiles, tileHeight, height, storedRowBytes(tileWidth * samples, bits), url);
  if (known.length < tiles)
    throw new InvalidFile(`${url}: ${known.length} tile byte counts for ${tiles} tiles`);
  checkTiles(offsets, known, tiles, file.size, url);
  const whole = { ...base, tileHeight, tilesDown, tileOffsets: offsets, tileByteCounts: known };
  const chopped =
    tiled || code !== codec.none || base.rare !== undefined ? whole : chopStrips(whole, rowBytes);
  checkLimit('tileBytes', chopped.tileHeight * rowBytes, url);
  return chopped;
}

interface PixelType {
  readonly dataType: DataType;
  /** As stored: 1 to 64, of one part where pixels are complex. */
  readonly bits: number;
  readonly complex: boolean;
}

/** The type that holds the stored pixels: numbers of 1 to 32 bits take the next larger one, short floats float32 (as GDAL does). */
function pixelTypeOf({ numbers }: Directory, url: string): PixelType {
  const sizes = numbers.get(tag.bitsPerSample) ?? new Float64Array([1]);
  const formats = numbers.get(tag.sampleFormat) ?? new Float64Array([1]);
  const size = sizes[0] ?? 1;
  const format = formats[0] ?? 1;
  if (!sizes.every((value) => value === size) || !formats.every((value) => value === format))
    throw new Unsupported(`${url}: bands of different pixel types`);
  const complex = format === 5 || format === 6;
  const bits = complex ? size / 2 : size;
  const kind = format === 3 || format === 6 ? 'float' : format === 2 || format === 5 ? 'int' : 'uint';
  const wider = kind === 'uint' ? [8, 16, 32, 64] : [bits];
  const short = kind === 'float' && (bits === 16 || bits === 24);
  const name = `${kind}${short ? 32 : wider.find((width) => width >= bits)}`;
  const type = dataTypes.find((candidate) => candidate === name);
  const odd = kind === 'uint' && bits > 32 && bits < 64;
  if (type === undefined || odd || !(Number.isInteger(bits) && bits >= 1))
    throw new Unsupported(`${url}: pixels of ${size} bits (${kind}) cannot be read`);
  return { dataType: type, bits, complex };
}

function predictorOf(code: number, value: number, dataType: DataType, url: string): 1 | 2 | 3 {
  // The tag means nothing without a codec that applies it.
  if (code === codec.none || code === codec.packbits || value === 1) return 1;
  if (value === 2) return 2;
  if (value !== 3) throw new InvalidFile(`${url}: predictor ${value}`);
  if (!dataType.startsWith('float'))
    throw new InvalidFile(`${url}: the floating point predictor on ${dataType}`);
  return 3;
}

function inferredCounts(
  code: number,
  tiles: number,
  tileHeight: number,
  height: number,
  rowBytes: number,
  url: string,
): Float64Array {
  if (code !== codec.none) throw new InvalidFile(`${url}: no tile byte counts`);
  const down = Math.ceil(height / tileHeight);
  return new Float64Array(tiles).map(
    (_, i) => Math.min(tileHeight, height - (i % down) * tileHeight) * rowBytes,
  );
}

function checkTiles(
  offsets: Float64Array,
  counts: Float64Array,
  tiles: number,
  size: number,
  url: string,
): void {
  for (let i = 0; i < tiles; i++) {
    const offset = offsets[i] as number;
    const count = counts[i] as number;
    const whole = Number.isInteger(offset) && Number.isInteger(count) && offset >= 0 && count >= 0;
    if (!whole) throw new InvalidFile(`${url}: tile ${i} has ${count} bytes from ${offset}`);
    if (count !== 0 && offset !== 0 && !(offset + count <= size))
      throw new InvalidFile(
        `${url}: tile ${i} has ${count} bytes from ${offset}, the file ends at ${size}; it is cut short or damaged`,
      );
  }
}

function chopStrips(layout: ImageLayout, rowBytes: number): ImageLayout {
  const { tileHeight, tilesDown, height, tileOffsets, tileByteCounts } = layout;
  const parts = Math.ceil(tileHeight / Math.max(1, Math.floor(CHOP_BYTES / rowBytes)));
  if (parts <= 1) return layout;
  const rows = Math.ceil(tileHeight / parts);
  // Parts of the same height are needed throughout: with several strips only an exact division gives them.
  if (tilesDown > 1 && tileHeight % rows !== 0) return layout;
  const planes = layout.planar ? layout.bands : 1;
  const down = Math.ceil(height / rows);
  const offsets = new Float64Array(down * planes);
  const counts = new Float64Array(down * planes);
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < down; i++) {
      const strip = plane * tilesDown + Math.floor((i * rows) / tileHeight);
      const skipped = ((i * rows) % tileHeight) * rowBytes;
      const left = (tileByteCounts[strip] as number) - skipped;
      const sparse = tileByteCounts[strip] === 0 || tileOffsets[strip] === 0;
      offsets[plane * down + i] = sparse ? 0 : (tileOffsets[strip] as number) + skipped;
      // A strip cut short keeps one byte here, so that reading it fails instead of passing for a sparse tile.
      counts[plane * down + i] = sparse
        ? 0
        : Math.max(1, Math.min(left, Math.min(rows, height - i * rows) * rowBytes));
    }
  }
  return { ...layout, tileHeight: rows, tilesDown: down, tileOffsets: offsets, tileByteCounts: counts };
}
