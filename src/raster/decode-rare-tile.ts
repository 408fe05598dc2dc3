import { InvalidFile, TaskFailed } from '../errors.ts';
import type { ReadOptions } from '../storage/source.ts';
import { type CodecTasks, codecPool } from './codec-pool.ts';
import { decompress } from './decompress.ts';
import { bytesPerPixel } from './pixels.ts';
import { storedRowBytes } from './rare-pixels.ts';
import type { EncodedTile } from './tiff-codec-tasks.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { compression as codec } from './tiff-tags.ts';
import { reverseBits, unpackSamples } from './unpack-samples.ts';

const YCBCR = 6;

/**
 * The samples of one tile of a layout with `rare` pixels, in this machine's order, as many bytes as the whole tile has; rows
 * outside of the image may be 0. Throws `InvalidFile` for damaged data, `Unsupported` for a codec that there is none for,
 * `LimitExceeded` when a codec takes longer than `codecMs`.
 */
export async function decodeRareTile(
  encoded: Uint8Array,
  layout: ImageLayout,
  tile: number,
  options: ReadOptions,
): Promise<Uint8Array> {
  const { rare, tileWidth, tileHeight, tilesAcross, tilesDown, dataType, compression, url } = layout;
  if (rare === undefined) throw new InvalidFile(`${url}: tile ${tile} is not rare`);
  const where = `${url}, tile ${tile}`;
  const samples = layout.planar ? 1 : layout.bands;
  const row = Math.floor((tile % (tilesAcross * tilesDown)) / tilesAcross);
  const needed = Math.min(tileHeight, layout.height - row * tileHeight);
  const bytes = rare.reversedBits ? reverseBits(encoded) : encoded;
  // A copy, as `bytes` may be a part of something larger that would be copied to the worker whole.
  const input: EncodedTile = {
    bytes: Uint8Array.from(bytes),
    width: tileWidth,
    height: tileHeight,
    needed,
    samples,
    dataType,
    where,
  };
  const size = tileWidth * tileHeight * samples * bytesPerPixel(dataType);
  switch (compression) {
    case codec.jpeg: {
      const jpeg = { ...input, tables: rare.jpegTables, ycbcr: rare.photometric === YCBCR };
      return padded(await run('jpeg', jpeg, where, options), size);
    }
    case codec.webp:
      return padded(await run('webp', input, where, options), size);
    case codec.lerc: {
      const around = rare.lercCompression === 1 ? 'deflate' : rare.lercCompression === 2 ? 'zstd' : 'none';
      // LERC falls back to the plain samples, a mask and little else.
      const lerc = { ...input, around, most: size + tileWidth * tileHeight + 4096 } as const;
      return padded(await run('lerc', lerc, where, options), size);
    }
    default: {
      const rowBytes = storedRowBytes(tileWidth * samples, rare.bits);
      const stored = decompress(compression, bytes, rowBytes * needed, rowBytes * tileHeight, where);
      return unpackSamples(stored, layout, rare.bits, samples);
    }
  }
}

async function run<Name extends 'jpeg' | 'webp' | 'lerc'>(
  name: Name,
  input: CodecTasks[Name]['input'],
  where: string,
  { signal }: ReadOptions,
): Promise<Uint8Array> {
  try {
    return await codecPool().run(name, input, { signal });
  } catch (error) {
    // A codec that throws, aborts or takes its worker down met data that it was not made for.
    if (error instanceof TaskFailed)
      throw new InvalidFile(`${where}: damaged ${name} data: ${error.message}`, { cause: error });
    throw error;
  }
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes.subarray(0, size);
  const whole = new Uint8Array(size);
  whole.set(bytes);
  return whole;
}
