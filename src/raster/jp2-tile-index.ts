import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteRange, ByteSource, ReadOptions } from '../storage/source.ts';
import { type Codestream, marker } from './jp2-codestream.ts';

/** Where the parts of each tile of a codestream stand in the file. */
export interface TileIndex {
  /** Looks only as far into the file as this tile needs. Throws `InvalidFile` for a tile that is not there. */
  parts(tile: number, options: ReadOptions): Promise<readonly ByteRange[]>;
  /** Forgets the index that the file states of itself; false when it has none. */
  distrust(): boolean;
}

const SOT_BYTES = 12;

/**
 * Index of tile parts: the main header's (TLM) where it has one, else found by hopping from part to part, 12 bytes each
 * (15444-1 A.4.2). Every part is checked to lie inside the codestream, all hops together to stay under `headerBytes`.
 */
export function openTileIndex(source: ByteSource, image: Codestream): TileIndex {
  const tiles = image.tilesAcross * image.tilesDown;
  const parts = new Map<number, ByteRange[]>();
  const expected = new Map<number, number>();
  let at = image.firstPart;
  let asked = 0;
  let ended = false;
  let stated = readTileLengths(image, tiles);
  let hopping: Promise<unknown> = Promise.resolve();

  const complete = (tile: number): boolean => {
    const count = expected.get(tile) ?? 0;
    return count > 0 && (parts.get(tile)?.length ?? 0) >= count;
  };

  const hop = async (options: ReadOptions): Promise<void> => {
    if (at + SOT_BYTES + 2 > image.end) {
      ended = true;
      return;
    }
    asked += SOT_BYTES;
    checkLimit('headerBytes', asked, image.url);
    const bytes = await source.read({ offset: at, length: SOT_BYTES }, options);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint16(0) !== marker.sot) {
      ended = true;
      if (view.getUint16(0) === marker.eoc) return;
      throw new InvalidFile(`${image.url}: no JPEG 2000 tile part at byte ${at}; the file is damaged`);
    }
    const tile = view.getUint16(4);
    const stated = view.getUint32(6);
    const length = stated === 0 ? await lengthOfLast(source, at, image.end, options) : stated;
    if (tile >= tiles || length < SOT_BYTES + 2 || at + length > image.end)
      throw new InvalidFile(
        `${image.url}: part of JPEG 2000 tile ${tile} of ${tiles} with ${length} bytes at byte ${at}, the codestream ends at ${image.end}; the file is cut short or damaged`,
      );
    const count = view.getUint8(11);
    if (count > 0) expected.set(tile, count);
    const known = parts.get(tile);
    if (known === undefined) parts.set(tile, [{ offset: at, length }]);
    else known.push({ offset: at, length });
    at += length;
  };

  const find = async (tile: number, options: ReadOptions): Promise<readonly ByteRange[]> => {
    while (!ended && !complete(tile)) await hop(options);
    const found = parts.get(tile);
    if (found === undefined)
      throw new InvalidFile(`${image.url}: there is no JPEG 2000 tile ${tile} of ${tiles}`);
    return found;
  };

  return {
    parts: (tile, options) => {
      const known = stated?.get(tile);
      if (known !== undefined) return Promise.resolve(known);
      // One hops at a time: several would find the same parts twice.
      const found = hopping.then(() => find(tile, options));
      hopping = found.catch(() => undefined);
      return found;
    },
    distrust: () => {
      // Reads that are under way have places of it too.
      stated = undefined;
      return image.tileLengths.length > 0;
    },
  };
}

/** A last part without a length reaches to the end of the codestream. */
async function lengthOfLast(
  source: ByteSource,
  at: number,
  end: number,
  options: ReadOptions,
): Promise<number> {
  const tail = await source.read({ offset: end - 2, length: 2 }, options);
  return end - at - (tail[0] === marker.eoc >> 8 && tail[1] === (marker.eoc & 255) ? 2 : 0);
}

/** What TLM segments say (15444-1 A.7.1); undefined when there are none or they do not fit the file. */
function readTileLengths(image: Codestream, tiles: number): Map<number, ByteRange[]> | undefined {
  if (image.tileLengths.length === 0) return undefined;
  const parts = new Map<number, ByteRange[]>();
  let at = image.firstPart;
  let next = 0;
  for (const segment of [...image.tileLengths].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
    const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
    const sizes = segment[1] ?? 0;
    const tileBytes = (sizes >> 4) & 3;
    const lengthBytes = sizes & 0x40 ? 4 : 2;
    for (let i = 2; i + tileBytes + lengthBytes <= segment.length; i += tileBytes + lengthBytes) {
      const tile = tileBytes === 0 ? next++ : tileBytes === 1 ? view.getUint8(i) : view.getUint16(i);
      const length = lengthBytes === 4 ? view.getUint32(i + tileBytes) : view.getUint16(i + tileBytes);
      if (tile >= tiles || length < SOT_BYTES + 2 || at + length > image.end) return undefined;
      const known = parts.get(tile);
      if (known === undefined) parts.set(tile, [{ offset: at, length }]);
      else known.push({ offset: at, length });
      at += length;
    }
  }
  return parts.size === tiles ? parts : undefined;
}
