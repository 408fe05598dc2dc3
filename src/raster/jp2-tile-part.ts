import { InvalidFile } from '../errors.ts';
import type { ByteSource, ReadOptions } from '../storage/source.ts';
import { type Codestream, marker } from './jp2-codestream.ts';

export const SOT_BYTES = 12;

/** The start of a tile part (SOT, 15444-1 A.4.2). */
export interface PartHeader {
  readonly tile: number;
  /** With all its headers and packets. */
  readonly length: number;
  readonly number: number;
  /** Parts of this tile; 0 where this part does not say. */
  readonly count: number;
}

/**
 * Reads the header of the tile part at `offset`; undefined at the end of the codestream. Throws `InvalidFile` when there is no part, or one that
 * does not lie inside the codestream.
 */
export async function readPartHeader(
  source: ByteSource,
  { url, end, tilesAcross, tilesDown }: Codestream,
  offset: number,
  options: ReadOptions,
): Promise<PartHeader | undefined> {
  if (offset + SOT_BYTES + 2 > end) return undefined;
  const bytes = await source.read({ offset, length: SOT_BYTES }, options);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) === marker.eoc) return undefined;
  if (view.getUint16(0) !== marker.sot)
    throw new InvalidFile(`${url}: no JPEG 2000 tile part at byte ${offset}; the file is damaged`);
  const tile = view.getUint16(4);
  const stated = view.getUint32(6);
  const length = stated === 0 ? await lengthOfLast(source, offset, end, options) : stated;
  if (tile >= tilesAcross * tilesDown || length < SOT_BYTES + 2 || offset + length > end)
    throw new InvalidFile(
      `${url}: part of JPEG 2000 tile ${tile} of ${tilesAcross * tilesDown} with ${length} bytes at byte ${offset}, the codestream ends at ${end}; the file is cut short or damaged`,
    );
  return { tile, length, number: view.getUint8(10), count: view.getUint8(11) };
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
