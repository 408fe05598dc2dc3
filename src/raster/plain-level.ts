import { Unsupported } from '../errors.ts';
import type { ByteRange, ByteSource, ReadOptions } from '../storage/source.ts';
import { decodeRareTile } from './decode-rare-tile.ts';
import { bytesPerPixel } from './pixels.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { compression, compressionName } from './tiff-tags.ts';

/** One resolution of a file: where the bytes are and how they lie. */
export interface Level {
  readonly source: ByteSource;
  readonly layout: ImageLayout;
}

/**
 * The same pixels as uncompressed samples in this machine's order: reading a tile decodes it, in a codec worker where the
 * codec is not our own. Whoever reads a level this way needs to know nothing of rare codecs, packed bits and short floats.
 * Ordinary levels are given back as they are. Reading throws `Unsupported` for complex pixels and other codecs, and
 * what decoding throws.
 */
export function plainLevel(source: ByteSource, layout: ImageLayout): Level {
  if (layout.rare === undefined) return { source, layout };
  const { tileWidth, tileHeight, planar, bands, dataType, tileOffsets, tileByteCounts } = layout;
  const tileBytes = tileWidth * tileHeight * (planar ? 1 : bands) * bytesPerPixel(dataType);
  const tiles = layout.tilesAcross * layout.tilesDown * (planar ? bands : 1);
  // Places in a file that does not exist: decoded tiles one after the other, from byte 1 on, as 0 means sparse.
  const offsets = new Float64Array(tiles);
  const counts = new Float64Array(tiles);
  for (let tile = 0; tile < tiles; tile++) {
    if (tileOffsets[tile] === 0 || tileByteCounts[tile] === 0) continue;
    offsets[tile] = 1 + tile * tileBytes;
    counts[tile] = tileBytes;
  }

  const decodeTiles = async (wanted: readonly number[], options: ReadOptions): Promise<Uint8Array[]> => {
    refuse(layout);
    const encoded = await source.readMany(
      wanted.map((tile) => ({
        offset: tileOffsets[tile] as number,
        length: tileByteCounts[tile] as number,
      })),
      // Places in the caller's list are not those of this one.
      { ...options, arrived: undefined },
    );
    return Promise.all(
      encoded.map((bytes, i) => decodeRareTile(bytes, layout, wanted[i] as number, options)),
    );
  };
  const tilesOf = ({ offset, length }: ByteRange): number[] => {
    const first = Math.floor((offset - 1) / tileBytes);
    return Array.from({ length: Math.ceil((offset - 1 + length) / tileBytes) - first }, (_, i) => first + i);
  };
  const readMany: ByteSource['readMany'] = async (ranges, options = {}) => {
    const wanted = [...new Set(ranges.flatMap(tilesOf))];
    const decoded = await decodeTiles(wanted, options);
    const byTile = new Map(wanted.map((tile, i) => [tile, decoded[i] ?? new Uint8Array(0)]));
    return ranges.map((range) => {
      const parts = tilesOf(range).map((tile) => byTile.get(tile) ?? new Uint8Array(0));
      const [first] = parts;
      const bytes = parts.length === 1 && first ? first : Buffer.concat(parts);
      const from = (range.offset - 1) % tileBytes;
      return bytes.subarray(from, from + range.length);
    });
  };
  return {
    source: {
      url: source.url,
      size: async () => 1 + tiles * tileBytes,
      version: (options) => source.version(options),
      read: async (range, options) => (await readMany([range], options))[0] ?? new Uint8Array(0),
      readMany,
    },
    layout: {
      ...layout,
      rare: undefined,
      littleEndian: true,
      compression: compression.none,
      predictor: 1,
      tileOffsets: offsets,
      tileByteCounts: counts,
    },
  };
}

function refuse({ rare, url, dataType, compression }: ImageLayout): void {
  if (rare?.complex)
    throw new Unsupported(
      `${url}: complex pixels (pairs of ${dataType}) cannot be read; write magnitude or phase to a file of its own`,
    );
  if (rare?.subsampled)
    throw new Unsupported(
      `${url}: subsampled YCbCr pixels in ${compressionName(compression)} cannot be read; convert the file to RGB`,
    );
}
