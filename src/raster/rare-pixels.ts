import { bytesPerPixel, type DataType } from './pixels.ts';
import type { Directory } from './tiff-directory.ts';
import { compression as codec, tag } from './tiff-tags.ts';

/** What it takes to make samples of tiles that are more than compressed arrays of a pixel type. */
export interface RarePixels {
  /** Bits of a stored sample. */
  readonly bits: number;
  readonly complex: boolean;
  /** Bits stand in each byte from the least significant on. */
  readonly reversedBits: boolean;
  readonly photometric: number;
  /** Chrominance is stored for blocks of pixels, outside of JPEG. */
  readonly subsampled: boolean;
  readonly jpegTables: Uint8Array | undefined;
  /** What is around a LERC blob: 0 nothing, 1 deflate, 2 zstd. */
  readonly lercCompression: number;
}

const foreign: ReadonlySet<number> = new Set([codec.jpeg, codec.webp, codec.lerc]);
const YCBCR = 6;
const MOST_LSB_FIRST = 2;

/** What is rare about the pixels of a directory; undefined for ordinary ones. */
export function rarePixels(
  { numbers }: Directory,
  pixels: {
    readonly bits: number;
    readonly complex: boolean;
    readonly dataType: DataType;
    readonly compression: number;
  },
): RarePixels | undefined {
  const { bits, complex, dataType, compression } = pixels;
  const photometric = numbers.get(tag.photometric)?.[0] ?? 1;
  const reversedBits = numbers.get(tag.fillOrder)?.[0] === MOST_LSB_FIRST;
  const [across = 2, down = 2] = numbers.get(tag.ycbcrSubsampling) ?? [];
  const subsampled =
    photometric === YCBCR && compression !== codec.jpeg && compression !== codec.webp && across * down > 1;
  const plain = bits === bytesPerPixel(dataType) * 8;
  if (plain && !complex && !reversedBits && !subsampled && !foreign.has(compression)) return undefined;
  const tables = numbers.get(tag.jpegTables);
  return {
    bits,
    complex,
    reversedBits,
    photometric,
    subsampled,
    jpegTables: tables && Uint8Array.from(tables),
    lercCompression: numbers.get(tag.lercParameters)?.[1] ?? 0,
  };
}

/** Bytes of a row of stored samples; rows of samples below a byte start on a whole byte. */
export function storedRowBytes(samples: number, bits: number): number {
  return Math.ceil((samples * bits) / 8);
}
