import { promisify } from 'node:util';
import { constants, deflate, zstdCompress } from 'node:zlib';
import { difference, shuffle } from './apply-predictor.ts';
import { encodeLzw } from './lzw-encode.ts';
import type { PixelArray } from './pixels.ts';

export type Compression = 'deflate' | 'zstd' | 'lzw' | 'none';

export interface TileEncoding {
  readonly compression: Compression;
  readonly predictor: 1 | 2 | 3;
  /** The codec's own level: deflate 1-9, zstd 1-22. */
  readonly level: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

const deflateAsync = promisify(deflate);
const zstdAsync = promisify(zstdCompress);

/**
 * Encodes the tile whose first pixel is (x, y), of one band or of several side by side. Pixels beyond the image repeat
 * its last column and row, which costs next to nothing compressed and is never shown.
 */
export async function encodeTile(
  bands: readonly PixelArray[],
  width: number,
  height: number,
  x: number,
  y: number,
  encoding: TileEncoding,
): Promise<Uint8Array> {
  const { tileWidth, tileHeight, predictor, compression, level } = encoding;
  const size = (bands[0]?.BYTES_PER_ELEMENT ?? 1) as 1 | 2 | 4 | 8;
  let bytes = new Uint8Array(tileWidth * tileHeight * size * bands.length);
  for (const [sample, pixels] of bands.entries())
    gather(pixels, width, height, x, y, bytes, sample, bands.length, encoding);
  if (predictor === 2) difference(bytes, size, tileWidth, bands.length);
  else if (predictor === 3)
    bytes = new Uint8Array(shuffle(bytes, size === 8 ? 8 : 4, tileWidth, bands.length));
  switch (compression) {
    case 'deflate':
      return deflateAsync(bytes, { level });
    case 'zstd':
      // The checksum, four bytes a tile, tells readers of damage that zstd alone would decode to other pixels.
      return zstdAsync(bytes, {
        params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
      });
    case 'lzw':
      return encodeLzw(bytes);
    case 'none':
      return bytes;
  }
}

/** Copies one band's pixels of the tile to every `samples`-th place, as words of the sample's size, so that no bit changes. */
function gather(
  pixels: PixelArray,
  width: number,
  height: number,
  x: number,
  y: number,
  tile: Uint8Array,
  sample: number,
  samples: number,
  { tileWidth, tileHeight }: TileEncoding,
): void {
  const units = pixels.BYTES_PER_ELEMENT === 8 ? 2 : 1;
  const source = wordsOf(pixels.buffer, pixels.byteOffset, pixels.byteLength, pixels.BYTES_PER_ELEMENT);
  const target = wordsOf(tile.buffer, tile.byteOffset, tile.byteLength, pixels.BYTES_PER_ELEMENT);
  const columns = Math.min(tileWidth, width - x);
  const row = tileWidth * samples * units;
  for (let line = 0; line < tileHeight; line++) {
    if (y + line >= height) break;
    const from = ((y + line) * width + x) * units;
    const to = line * row;
    if (samples === 1) {
      target.set(source.subarray(from, from + columns * units), to);
      for (let i = columns * units; i < row; i++) target[to + i] = target[to + i - units] as number;
      continue;
    }
    for (let column = 0; column < tileWidth; column++) {
      const at = from + Math.min(column, columns - 1) * units;
      const o = to + (column * samples + sample) * units;
      target[o] = source[at] as number;
      if (units === 2) target[o + 1] = source[at + 1] as number;
    }
  }
  const lines = Math.min(tileHeight, height - y);
  // Later bands overwrite only their own places, so the last row may be repeated once the last band is in.
  if (sample === samples - 1)
    for (let line = lines; line < tileHeight; line++)
      target.copyWithin(line * row, (lines - 1) * row, lines * row);
}

function wordsOf(
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
  size: number,
): Uint8Array | Uint16Array | Uint32Array {
  if (size === 1) return new Uint8Array(buffer, offset, length);
  if (size === 2) return new Uint16Array(buffer, offset, length / 2);
  return new Uint32Array(buffer, offset, length / 4);
}
