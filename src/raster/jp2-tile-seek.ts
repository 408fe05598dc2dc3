import type { ByteRange, ByteSource, ReadOptions } from '../storage/source.ts';
import type { Codestream } from './jp2-codestream.ts';
import { type PartHeader, readPartHeader, SOT_BYTES } from './jp2-tile-part.ts';

/** Finds the one part of a tile in a file whose tiles stand in order, one part each; undefined where it turns out otherwise. */
export type TileSeek = (tile: number, options: ReadOptions) => Promise<ByteRange | undefined>;

/** Up to so many tiles are hopped over; beyond, one read near the place costs less than as many round trips. */
const MOST_HOPS = 6;
const MOST_JUMPS = 4;
const LEAST_JUMP_BYTES = 64 * 1024;
const MOST_JUMP_BYTES = 4 * 1024 * 1024;
/** SOT with its length; packets cannot hold these bytes (15444-1 B.10.1 and C.5: nothing above FF8F). */
const pattern = Buffer.from([0xff, 0x90, 0x00, 0x0a]);

/**
 * Seeks tiles without an index: a tile far from the known ones is looked for by its marker in one read of about a tile's length where
 * tiles of even size would have it, then by hops. A Sentinel-2 granule's last tile takes 3 reads in place of 121.
 */
export function tileSeek(source: ByteSource, image: Codestream, account: (bytes: number) => void): TileSeek {
  const tiles = image.tilesAcross * image.tilesDown;
  /** Where tiles are known to begin. */
  const starts = new Map<number, number>([[0, image.firstPart]]);
  const found = new Map<number, ByteRange>();

  const hop = async (tile: number, options: ReadOptions): Promise<boolean> => {
    const offset = starts.get(tile) as number;
    account(SOT_BYTES);
    const part = await readPartHeader(source, image, offset, options);
    if (part === undefined || part.tile !== tile || !isWhole(part)) return false;
    found.set(tile, { offset, length: part.length });
    starts.set(tile + 1, offset + part.length);
    return true;
  };

  const jump = async (tile: number, from: number, options: ReadOptions): Promise<void> => {
    let [next, end] = [tiles, image.end];
    for (const [other, offset] of starts) if (other > tile && other < next) [next, end] = [other, offset];
    const begin = starts.get(from) as number;
    const even = (end - begin) / (next - from);
    const length = Math.floor(Math.min(MOST_JUMP_BYTES, Math.max(LEAST_JUMP_BYTES, even * 1.25)));
    const offset = Math.max(begin + SOT_BYTES, Math.floor(begin + (tile - from) * even - length * 0.75));
    // In a damaged file the places of tiles can contradict each other; hops will find that.
    if (offset >= end) return;
    const chunk = await source.read({ offset, length: Math.min(length, end - offset) }, options);
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
      if (at + SOT_BYTES > bytes.length) break;
      const other = bytes.readUInt16BE(at + 4);
      const size = bytes.readUInt32BE(at + 6);
      const whole = bytes[at + 10] === 0 && bytes[at + 11] === 1 && offset + at + size <= image.end;
      if (whole && other > from && other < next) starts.set(other, offset + at);
    }
  };

  return async (tile, options) => {
    const known = found.get(tile);
    if (known !== undefined) return known;
    let jumps = 0;
    for (;;) {
      let from = tile;
      if (!starts.has(tile)) {
        from = 0;
        for (const other of starts.keys()) if (other < tile && other > from) from = other;
      }
      if (tile - from > MOST_HOPS && jumps < MOST_JUMPS) {
        jumps++;
        await jump(tile, from, options);
      } else {
        if (!(await hop(from, options))) return undefined;
        if (from === tile) return found.get(tile);
      }
    }
  };
}

function isWhole({ number, count }: PartHeader): boolean {
  return number === 0 && count === 1;
}
