import { InvalidFile, Unsupported } from '../errors.ts';
import type { HeaderReader } from './header-reader.ts';

/** Boxes of a JP2 file (ISO/IEC 15444-1 annex I) as far as a raster needs them. */
export interface Jp2Boxes {
  /** Where the contiguous codestream stands in the file. */
  readonly codestream: { readonly offset: number; readonly length: number };
  /** The degenerate GeoTIFF of a GeoJP2 UUID box. */
  readonly geoTiff: Uint8Array | undefined;
  /** GML of a GMLJP2 association box. */
  readonly gml: string | undefined;
  /** Rows of red, green and blue for the values 0, 1, ... of a single band with a palette. */
  readonly palette: readonly (readonly number[])[] | undefined;
}

const GEO_JP2 = 'b14bf8bd083d4b43a5ae8cd7d5a6ce03';
/** Boxes of one level of one file; real files have fewer than twenty. */
const MOST_BOXES = 1024;
const SYCC = 18;

interface Box {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}

/** Whether a file starts as JPEG 2000: the JP2 signature box or a bare codestream. */
export function isJpeg2000(start: Uint8Array): boolean {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length < 12) return false;
  return isCodestream(view) || (view.getUint32(0) === 12 && view.getUint32(4) === 0x6a502020);
}

function isCodestream(view: DataView): boolean {
  return view.getUint32(0) === 0xff4fff51;
}

/**
 * Reads the boxes of a JP2 file, or finds a bare codestream. Palettes keep their indices as pixels (as GDAL does). Throws
 * `InvalidFile` for boxes outside the file or without a codestream, `Unsupported` for sYCC colours and several codestreams.
 */
export async function readBoxes(read: HeaderReader, size: number, url: string): Promise<Jp2Boxes> {
  const start = viewOf(await read(0, 12));
  if (isCodestream(start))
    return {
      codestream: { offset: 0, length: size },
      geoTiff: undefined,
      gml: undefined,
      palette: undefined,
    };
  let codestream: Jp2Boxes['codestream'] | undefined;
  let geoTiff: Uint8Array | undefined;
  let gml: string | undefined;
  let palette: Jp2Boxes['palette'];
  for await (const box of boxesIn(read, 0, size, url)) {
    if (box.type === 'jp2c') {
      codestream ??= box;
      // What follows the codestream may be far away; every writer of georeferenced files puts that before it.
      break;
    }
    if (box.type === 'uuid' && box.length > 16) {
      const id = Buffer.from(await read(box.offset, 16)).toString('hex');
      if (id === GEO_JP2) geoTiff ??= await read(box.offset + 16, box.length - 16);
    } else if (box.type === 'asoc') gml ??= await gmlOf(read, box, url);
    else if (box.type === 'jp2h') palette = await headerPalette(read, box, url);
  }
  if (codestream === undefined) throw new InvalidFile(`${url}: a JP2 file without a codestream`);
  return { codestream, geoTiff, gml, palette };
}

async function* boxesIn(
  read: HeaderReader,
  from: number,
  to: number,
  url: string,
): AsyncGenerator<Box, void, undefined> {
  let at = from;
  for (let count = 0; at + 8 <= to; count++) {
    if (count >= MOST_BOXES) throw new InvalidFile(`${url}: more than ${MOST_BOXES} boxes`);
    const head = viewOf(await read(at, 8));
    const type = Buffer.from(head.buffer, head.byteOffset + 4, 4).toString('latin1');
    const short = head.getUint32(0);
    let header = 8;
    let length = short;
    if (short === 1) {
      header = 16;
      length = at + 16 <= to ? Number(viewOf(await read(at + 8, 8)).getBigUint64(0)) : 0;
    } else if (short === 0) length = to - at;
    if (!(length >= header) || at + length > to)
      throw new InvalidFile(
        `${url}: the box '${type}' at byte ${at} says ${length} bytes, ${to - at} are there; the file is cut short or damaged`,
      );
    yield { type, offset: at + header, length: length - header };
    at += length;
  }
}

/** The XML under the label `gml.root-instance`, or any that holds a rectified grid (GMLJP2 1 and 2). */
async function gmlOf(read: HeaderReader, box: Box, url: string): Promise<string | undefined> {
  const pending = [box];
  for (let at = 0; at < pending.length && at < MOST_BOXES; at++) {
    const { offset, length } = pending[at] as Box;
    for await (const inner of boxesIn(read, offset, offset + length, url)) {
      if (inner.type === 'asoc') pending.push(inner);
      else if (inner.type === 'xml ') {
        const text = Buffer.from(await read(inner.offset, inner.length)).toString('utf8');
        if (text.includes('RectifiedGrid')) return text;
      }
    }
  }
  return undefined;
}

async function headerPalette(read: HeaderReader, box: Box, url: string): Promise<Jp2Boxes['palette']> {
  let palette: Jp2Boxes['palette'];
  for await (const inner of boxesIn(read, box.offset, box.offset + box.length, url)) {
    if (inner.type === 'colr' && inner.length >= 7) {
      const colour = viewOf(await read(inner.offset, 7));
      if (colour.getUint8(0) === 1 && colour.getUint32(3) === SYCC)
        throw new Unsupported(`${url}: JPEG 2000 in sYCC colours; convert it (gdal_translate -of COG)`);
    }
    if (inner.type === 'pclr') palette = readPalette(await read(inner.offset, inner.length), url);
  }
  return palette;
}

function readPalette(bytes: Uint8Array, url: string): readonly (readonly number[])[] {
  const view = viewOf(bytes);
  const entries = bytes.length >= 3 ? view.getUint16(0) : 0;
  const columns = bytes.length >= 3 ? view.getUint8(2) : 0;
  const start = 3 + columns;
  for (let column = 0; column < columns && 3 + column < bytes.length; column++)
    if (view.getUint8(3 + column) > 7)
      throw new Unsupported(`${url}: a JPEG 2000 palette of more than 8 bits`);
  if (entries < 1 || entries > 1024 || columns < 1 || start + entries * columns > bytes.length)
    throw new InvalidFile(`${url}: a palette of ${entries} x ${columns} in ${bytes.length} bytes`);
  return Array.from({ length: entries }, (_, entry) =>
    Array.from(bytes.subarray(start + entry * columns, start + (entry + 1) * columns)),
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
