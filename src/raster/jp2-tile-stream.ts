import { InvalidFile, Unsupported } from '../errors.ts';
import { type Codestream, type Coding, marker } from './jp2-codestream.ts';
import { SOT_BYTES } from './jp2-tile-part.ts';

/** A rectangle on the reference grid. */
export interface TileBounds {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A codestream of one tile alone; `right` and `bottom` are its far corner there. */
export interface TileStream {
  readonly stream: Uint8Array;
  readonly right: number;
  readonly bottom: number;
}

/** Where the sizes of SIZ stand in a codestream: after SOC, marker, length and capabilities. */
const SIZ_SIZES = 8;

/** Where tile `index` lies, inside the image (ISO/IEC 15444-1 B.3). */
export function tileBounds(image: Codestream, index: number): TileBounds {
  const column = index % image.tilesAcross;
  const row = Math.floor(index / image.tilesAcross);
  const left = image.tileX0 + column * image.tileWidth;
  const top = image.tileY0 + row * image.tileHeight;
  return {
    x0: Math.max(left, image.x0),
    y0: Math.max(top, image.y0),
    x1: Math.min(left + image.tileWidth, image.x1),
    y1: Math.min(top + image.tileHeight, image.y1),
  };
}

/**
 * Makes a codestream that holds one tile alone from its parts as they stand in the file: SIZ is rewritten to the tile, which
 * becomes number 0, and the tile moves as near to the origin as its cuts allow (the codec's work grows with the distance).
 * Throws `InvalidFile` for parts of another tile, `Unsupported` for a tile with a coding style of its own.
 */
export function tileStream(image: Codestream, index: number, parts: readonly Uint8Array[]): TileStream {
  const { x0, y0, x1, y1 } = tileBounds(image, index);
  const left = nearestOrigin(image.codings, x0, x1, 0);
  const top = nearestOrigin(image.codings, y0, y1, 1);
  const right = left + x1 - x0;
  const bottom = top + y1 - y0;
  const siz = new Uint8Array(image.siz);
  const size = new DataView(siz.buffer);
  for (const [i, value] of [right, bottom, left, top, x1 - x0, y1 - y0, left, top].entries())
    size.setUint32(6 + i * 4, value);
  const renumbered = parts.map((part) => {
    checkPart(part, image.url, index);
    const copy = new Uint8Array(part);
    const view = new DataView(copy.buffer);
    view.setUint16(4, 0);
    view.setUint32(6, copy.length);
    return copy;
  });
  const pieces = [bytesOf(marker.soc), siz, ...image.segments, ...renumbered, bytesOf(marker.eoc)];
  const stream = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    stream.set(piece, at);
    at += piece.length;
  }
  return { stream, right, bottom };
}

function checkPart(part: Uint8Array, url: string, index: number): void {
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
  const wrong =
    part.length < SOT_BYTES + 2 ||
    view.getUint16(0) !== marker.sot ||
    view.getUint16(4) !== index ||
    ![0, part.length].includes(view.getUint32(6));
  if (wrong)
    throw new InvalidFile(
      `${url}: there is no part of JPEG 2000 tile ${index} where the file's index says so`,
    );
  for (let at = SOT_BYTES; ; ) {
    const code = at + 2 <= part.length ? view.getUint16(at) : 0;
    if (code === marker.sod) return;
    const size = at + 4 <= part.length ? view.getUint16(at + 2) : 0;
    if (code < 0xff00 || size < 2)
      throw new InvalidFile(`${url}: the header of JPEG 2000 tile ${index} is damaged`);
    if (code === marker.cod || code === marker.coc)
      throw new Unsupported(`${url}: JPEG 2000 tile ${index} has a coding style of its own`);
    at += 2 + size;
  }
}

/**
 * The smallest origin for the range [from, to) along one axis at which its subbands have the same samples and the same cuts
 * into precincts and code-blocks as where it stands (ISO/IEC 15444-1 B.5 to B.7).
 */
export function nearestOrigin(codings: readonly Coding[], from: number, to: number, axis: 0 | 1): number {
  const step = 2 ** Math.max(...codings.map(({ decompositions }) => decompositions));
  const named = codings
    .flatMap((coding) => gridsOf(coding, axis))
    .map((grid) => [nameOf(grid), grid] as const);
  // Each once: a header may name thousands of components, coded in thousands of ways.
  const grids = [...new Map(named).values()];
  const wanted = grids.map((grid) => cutsOf(grid, from, to));
  for (let origin = from % step; origin < from; origin += step)
    if (grids.every((grid, i) => cutsOf(grid, origin, origin + to - from) === wanted[i])) return origin;
  return from;
}

/** Samples at (2^scale) of the reference grid, minus a shift, cut every `period`. */
interface CutGrid {
  readonly scale: number;
  readonly shift: number;
  readonly period: number;
}

function nameOf({ scale, shift, period }: CutGrid): string {
  return `${scale} ${shift} ${period}`;
}

function gridsOf({ decompositions, codeBlock, precincts }: Coding, axis: 0 | 1): CutGrid[] {
  return precincts.flatMap((precinct, resolution) => {
    const scale = decompositions - resolution;
    const size = precinct[axis];
    const whole = { scale, shift: 0, period: 2 ** size };
    if (resolution === 0) return [whole, { scale, shift: 0, period: 2 ** Math.min(codeBlock[axis], size) }];
    // A precinct of one sample has no half in a subband.
    const period = 2 ** Math.max(0, Math.min(codeBlock[axis], size - 1));
    return [whole, ...[0, 2 ** scale].map((shift) => ({ scale: scale + 1, shift, period }))];
  });
}

/** The first cut inside the range, counted from its first sample; -1: there is none. The others follow from it. */
function cutsOf({ scale, shift, period }: CutGrid, from: number, to: number): number {
  const first = Math.ceil((from - shift) / 2 ** scale);
  const last = Math.ceil((to - shift) / 2 ** scale);
  const cut = (Math.floor(first / period) + 1) * period;
  return cut < last ? cut - first : -1;
}

/**
 * Wraps a one-tile codestream into a JP2 file whose palette box maps component `component` alone, unchanged, to the
 * one channel of the image (15444-1 I.5.3.4 and I.5.3.5): so a decoder that gives one component gives any.
 */
export function componentWrapper(
  tile: { readonly stream: Uint8Array; readonly bits: readonly number[]; readonly signed: boolean },
  component: number,
  channelBits: number,
): Uint8Array {
  const { stream, bits, signed } = tile;
  const depth = (channelBits - 1) | (signed ? 0x80 : 0);
  const siz = new DataView(stream.buffer, stream.byteOffset + SIZ_SIZES, 16);
  const [right, bottom, left, top] = [0, 4, 8, 12].map((at) => siz.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ];
  const sizes = [...bytesOf32(bottom - top), ...bytesOf32(right - left)];
  const header = [
    box('ihdr', [...sizes, bits.length >> 8, bits.length & 255, depth, 7, 0, 0]),
    box('colr', [1, 0, 0, 0, 0, 0, 17]),
    box('pclr', [0, 1, 1, depth, ...new Array<number>(channelBits > 8 ? 2 : 1).fill(0)]),
    box('cmap', [component >> 8, component & 255, 0, 0]),
  ].flat();
  const start = [
    ...box('jP  ', [0x0d, 0x0a, 0x87, 0x0a]),
    ...box('ftyp', [...Buffer.from('jp2 '), 0, 0, 0, 0, ...Buffer.from('jp2 ')]),
    ...box('jp2h', header),
    // A length of 0: to the end of the file.
    ...[0, 0, 0, 0, ...Buffer.from('jp2c')],
  ];
  const file = new Uint8Array(start.length + stream.length);
  file.set(start);
  file.set(stream, start.length);
  return file;
}

function box(type: string, content: readonly number[]): number[] {
  const length = content.length + 8;
  return [0, 0, length >> 8, length & 255, ...Buffer.from(type, 'latin1'), ...content];
}

function bytesOf32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function bytesOf(code: number): Uint8Array {
  return Uint8Array.of(code >> 8, code & 255);
}
