import { InvalidFile, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { HeaderReader } from './header-reader.ts';
import type { DataType } from './pixels.ts';

/** Markers of ISO/IEC 15444-1 table A.2. */
export const marker = {
  soc: 0xff4f,
  siz: 0xff51,
  cod: 0xff52,
  coc: 0xff53,
  tlm: 0xff55,
  qcd: 0xff5c,
  qcc: 0xff5d,
  rgn: 0xff5e,
  poc: 0xff5f,
  ppm: 0xff60,
  ppt: 0xff61,
  sot: 0xff90,
  sod: 0xff93,
  eoc: 0xffd9,
} as const;

/** What a decoder of one tile needs of the main header besides SIZ. */
const kept: ReadonlySet<number> = new Set([
  marker.cod,
  marker.coc,
  marker.qcd,
  marker.qcc,
  marker.rgn,
  marker.poc,
]);
const MOST_SEGMENTS = 65_536;

/** How one component's samples are cut into precincts and code-blocks; what moves a tile must keep these cuts. */
export interface Coding {
  readonly decompositions: number;
  /** log2 of the code-block's width and height. */
  readonly codeBlock: readonly [x: number, y: number];
  /** Per resolution from the coarsest, log2 of the precinct's width and height. */
  readonly precincts: readonly (readonly [x: number, y: number])[];
}

/** A JPEG 2000 codestream's main header. Coordinates are those of the reference grid. */
export interface Codestream {
  readonly url: string;
  /** Image area: [x0, x1) by [y0, y1). */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly tileX0: number;
  readonly tileY0: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly tilesAcross: number;
  readonly tilesDown: number;
  readonly bits: readonly number[];
  readonly signed: boolean;
  readonly dataType: DataType;
  /** Of every way in which components are coded; usually one. */
  readonly codings: readonly Coding[];
  /** Decompositions of the component that has fewest: so many reduced resolutions there are. */
  readonly decompositions: number;
  readonly reversible: boolean;
  /** The SIZ segment with its marker, and the segments of the main header that a tile of its own needs. */
  readonly siz: Uint8Array;
  readonly segments: readonly Uint8Array[];
  /** TLM segments, in file order, without marker and length. */
  readonly tileLengths: readonly Uint8Array[];
  /** Of the first tile part, and of the end, in the file. */
  readonly firstPart: number;
  readonly end: number;
}

/**
 * Reads the main header of the codestream of `length` bytes at `offset`. Throws `InvalidFile`, `LimitExceeded`, and `Unsupported`
 * by name for samples above 16 bits, components of different sampling or sign, and packed packet headers (PPM).
 */
export async function readCodestream(
  read: HeaderReader,
  offset: number,
  length: number,
  url: string,
): Promise<Codestream> {
  const end = offset + length;
  const segments: Uint8Array[] = [];
  const tileLengths: Uint8Array[] = [];
  let siz: Uint8Array | undefined;
  let at = offset + 2;
  for (let count = 0; ; count++) {
    if (at + 4 > end || count > MOST_SEGMENTS)
      throw new InvalidFile(`${url}: a JPEG 2000 codestream without tiles`);
    const head = viewOf(await read(at, 4));
    const code = head.getUint16(0);
    if (code === marker.sot) break;
    const size = head.getUint16(2);
    if (code < 0xff00 || size < 2 || at + 2 + size > end)
      throw new InvalidFile(`${url}: marker ${code.toString(16)} of ${size} bytes at byte ${at}`);
    if (code === marker.ppm)
      throw new Unsupported(`${url}: JPEG 2000 with packed packet headers (PPM) cannot be read by tiles`);
    if (code === marker.siz) siz = await read(at, 2 + size);
    else if (kept.has(code)) segments.push(await read(at, 2 + size));
    else if (code === marker.tlm) tileLengths.push(await read(at + 4, size - 2));
    at += 2 + size;
  }
  if (siz === undefined) throw new InvalidFile(`${url}: a JPEG 2000 codestream without its size (SIZ)`);
  const image = readSize(siz, url);
  return {
    ...image,
    ...readCodings(segments, image.bits.length, url),
    segments,
    tileLengths,
    firstPart: at,
    end,
  };
}

function readSize(siz: Uint8Array, url: string) {
  const view = viewOf(siz);
  const components = siz.length >= 40 ? view.getUint16(38) : 0;
  if (components < 1 || siz.length < 40 + components * 3)
    throw new InvalidFile(`${url}: a size segment of ${siz.length} bytes for ${components} components`);
  checkLimit('rasterBands', components, url);
  const [x1, y1, x0, y0, tileWidth, tileHeight, tileX0, tileY0] = Array.from({ length: 8 }, (_, i) =>
    view.getUint32(6 + i * 4),
  ) as [number, number, number, number, number, number, number, number];
  if (
    !(
      x0 < x1 &&
      y0 < y1 &&
      tileX0 <= x0 &&
      tileY0 <= y0 &&
      tileX0 + tileWidth > x0 &&
      tileY0 + tileHeight > y0
    )
  )
    throw new InvalidFile(
      `${url}: an image from (${x0}, ${y0}) to (${x1}, ${y1}) with tiles of ${tileWidth} x ${tileHeight} from (${tileX0}, ${tileY0})`,
    );
  checkLimit('rasterSide', Math.max(x1, y1), url);
  const parts = Array.from(
    { length: components },
    (_, i) => [...siz.subarray(40 + i * 3, 43 + i * 3)] as const,
  );
  if (parts.some(([, dx, dy]) => dx !== 1 || dy !== 1))
    throw new Unsupported(`${url}: JPEG 2000 with subsampled components`);
  const bits = parts.map(([depth = 0]) => (depth & 0x7f) + 1);
  const signed = parts.map(([depth = 0]) => depth >= 0x80);
  if (signed.some((one) => one !== signed[0]))
    throw new Unsupported(`${url}: JPEG 2000 components with and without sign`);
  const most = Math.max(...bits);
  if (most > 16) throw new Unsupported(`${url}: JPEG 2000 samples of ${most} bits; up to 16 can be read`);
  const tilesAcross = Math.ceil((x1 - tileX0) / tileWidth);
  const tilesDown = Math.ceil((y1 - tileY0) / tileHeight);
  if (tilesAcross * tilesDown > 65_535)
    throw new InvalidFile(`${url}: ${tilesAcross} x ${tilesDown} JPEG 2000 tiles; there can be 65,535`);
  const dataType: DataType = `${signed[0] ? 'int' : 'uint'}${most <= 8 ? 8 : 16}`;
  return {
    url,
    ...{ x0, y0, x1, y1, tileX0, tileY0, tileWidth, tileHeight, tilesAcross, tilesDown },
    ...{ bits, signed: signed[0] === true, dataType, siz },
  };
}

function readCodings(segments: readonly Uint8Array[], components: number, url: string) {
  const codings: Coding[] = [];
  let reversible: boolean | undefined;
  let overridden = 0;
  let defaults: Coding | undefined;
  for (const segment of segments) {
    const code = viewOf(segment).getUint16(0);
    if (code !== marker.cod && code !== marker.coc) continue;
    const main = code === marker.cod;
    const styleAt = main ? 4 : components < 257 ? 5 : 6;
    const start = main ? 9 : styleAt + 1;
    const coding = readCoding(segment, start, ((segment[styleAt] ?? 0) & 1) === 1, url);
    reversible = (reversible ?? true) && segment[start + 4] === 1;
    if (main) defaults = coding;
    else {
      overridden++;
      codings.push(coding);
    }
  }
  if (defaults === undefined)
    throw new InvalidFile(`${url}: a JPEG 2000 codestream without coding style (COD)`);
  if (overridden > components)
    throw new InvalidFile(`${url}: ${overridden} coding styles for ${components} JPEG 2000 components`);
  if (overridden < components) codings.push(defaults);
  const decompositions = Math.min(...codings.map((coding) => coding.decompositions));
  return { codings, decompositions, reversible: reversible === true };
}

function readCoding(segment: Uint8Array, start: number, ownPrecincts: boolean, url: string): Coding {
  const decompositions = segment[start] ?? 255;
  const codeBlock = [(segment[start + 1] ?? 0) + 2, (segment[start + 2] ?? 0) + 2] as const;
  const sizes = segment.subarray(start + 5);
  if (
    decompositions > 32 ||
    codeBlock[0] > 10 ||
    codeBlock[1] > 10 ||
    segment.length < start + 5 ||
    (ownPrecincts && sizes.length < decompositions + 1)
  )
    throw new InvalidFile(
      `${url}: a JPEG 2000 coding style of ${decompositions} decompositions in ${segment.length} bytes`,
    );
  const precincts = Array.from({ length: decompositions + 1 }, (_, resolution) => {
    const size = ownPrecincts ? (sizes[resolution] as number) : 0xff;
    return [size & 15, size >> 4] as const;
  });
  return { decompositions, codeBlock, precincts };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
