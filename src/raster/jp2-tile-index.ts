import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteRange, ByteSource, ReadOptions } from '../storage/source.ts';
import type { Codestream } from './jp2-codestream.ts';
import { readPartHeader, SOT_BYTES } from './jp2-tile-part.ts';
import { tileSeek } from './jp2-tile-seek.ts';

/** Where the parts of each tile of a codestream stand in the file. */
export interface TileIndex {
  /** Looks only as far into the file as this tile needs. Throws `InvalidFile` for a tile that is not there. */
  parts(tile: number, options: ReadOptions): Promise<readonly ByteRange[]>;
  /** Forgets the index that the file states of itself; false when it has none. */
  distrust(): boolean;
}

/**
 * Index of tile parts: the main header's (TLM) where it has one, else a seek where tiles stand in order with one part each, else
 * hops from part to part, 12 bytes each (15444-1 A.4.2). Every part is checked to lie inside the codestream, all hops
 * together to stay under `headerBytes`.
 */
export function openTileIndex(source: ByteSource, image: Codestream): TileIndex {
  const tiles = image.tilesAcross * image.tilesDown;
  const parts = new Map<number, ByteRange[]>();
  const expected = new Map<number, number>();
  let at = image.firstPart;
  let asked = 0;
  let ended = false;
  let orderly = true;
  let stated = readTileLengths(image, tiles);
  let looking: Promise<unknown> = Promise.resolve();

  const account = (bytes: number): void => {
    asked += bytes;
    checkLimit('headerBytes', asked, image.url);
  };
  const seek = tileSeek(source, image, account);

  const complete = (tile: number): boolean => {
    const count = expected.get(tile) ?? 0;
    return count > 0 && (parts.get(tile)?.length ?? 0) >= count;
  };

  const find = async (tile: number, options: ReadOptions): Promise<readonly ByteRange[]> => {
    if (orderly) {
      try {
        const only = await seek(tile, options);
        if (only !== undefined) return [only];
      } catch (error) {
        // What is wrong, and whether, is for the hops to say.
        if (!(error instanceof InvalidFile)) throw error;
      }
      orderly = false;
    }
    while (!ended && !complete(tile)) {
      account(SOT_BYTES);
      const part = await readPartHeader(source, image, at, options);
      if (part === undefined) {
        ended = true;
        break;
      }
      if (part.count > 0) expected.set(part.tile, part.count);
      addPart(parts, part.tile, { offset: at, length: part.length });
      at += part.length;
    }
    const found = parts.get(tile);
    if (found === undefined)
      throw new InvalidFile(`${image.url}: there is no JPEG 2000 tile ${tile} of ${tiles}`);
    return found;
  };

  return {
    parts: (tile, options) => {
      const known = stated?.get(tile);
      if (known !== undefined) return Promise.resolve(known);
      // One looks at a time: several would find the same parts twice.
      const found = looking.then(() => find(tile, options));
      looking = found.catch(() => undefined);
      return found;
    },
    distrust: () => {
      // Reads that are under way have places of it too.
      stated = undefined;
      return image.tileLengths.length > 0;
    },
  };
}

function addPart(parts: Map<number, ByteRange[]>, tile: number, part: ByteRange): void {
  const known = parts.get(tile);
  if (known === undefined) parts.set(tile, [part]);
  else known.push(part);
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
      addPart(parts, tile, { offset: at, length });
      at += length;
    }
  }
  return parts.size === tiles ? parts : undefined;
}
