import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteSource } from '../storage/source.ts';
import { type HeaderOptions, type HeaderReader, headerReader } from './header-reader.ts';
import { descriptive, fieldBytes, tag } from './tiff-tags.ts';

/** One image file directory: the values of the tags we know. */
export interface Directory {
  readonly numbers: ReadonlyMap<number, Float64Array>;
  readonly texts: ReadonlyMap<number, string>;
}

export interface TiffFile {
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  /** Total bytes of the file. */
  readonly size: number;
  readonly directories: readonly Directory[];
}

/** More pages than any raster has; a longer chain is damage or an attack. */
const MOST_DIRECTORIES = 4096;
/** A longer description is left out: it says nothing of the pixels. */
const MOST_DESCRIPTION_BYTES = 64 * 1024;
const wanted: ReadonlySet<number> = new Set(Object.values(tag));

/**
 * Reads the header and the whole chain of directories of a TIFF or BigTIFF of either byte order (TIFF 6.0 section 2;
 * BigTIFF as in libtiff). Throws `InvalidFile` for a cycle or any count or offset outside the file,
 * `LimitExceeded` over `headerBytes`.
 */
export async function readDirectories(source: ByteSource, options: HeaderOptions = {}): Promise<TiffFile> {
  const size = await source.size(options);
  const read = headerReader(source, size, options);
  if (size < 16) throw new InvalidFile(`${source.url}: ${size} bytes are no TIFF`);
  const start = await read(0, 16);
  const littleEndian = start[0] === 0x49 && start[1] === 0x49;
  if (!littleEndian && !(start[0] === 0x4d && start[1] === 0x4d))
    throw new InvalidFile(`${source.url} is no TIFF`);
  const head = viewOf(start);
  const magic = head.getUint16(2, littleEndian);
  const bigTiff = magic === 43;
  if (!bigTiff && magic !== 42)
    throw new InvalidFile(`${source.url}: ${magic} in place of TIFF's 42 or BigTIFF's 43`);
  if (bigTiff && head.getUint16(4, littleEndian) !== 8)
    throw new InvalidFile(`${source.url}: BigTIFF offsets must have 8 bytes`);
  const file = { read, littleEndian, bigTiff, url: source.url, size };
  const directories: Directory[] = [];
  const seen = new Set<number>();
  let offset = bigTiff ? uint64(head, 8, littleEndian) : head.getUint32(4, littleEndian);
  while (offset !== 0) {
    if (seen.has(offset))
      throw new InvalidFile(`${source.url}: the chain of directories runs in a circle at byte ${offset}`);
    if (directories.length >= MOST_DIRECTORIES)
      throw new InvalidFile(`${source.url}: more than ${MOST_DIRECTORIES} directories`);
    seen.add(offset);
    const { directory, next } = await readDirectory(file, offset);
    directories.push(directory);
    offset = next;
  }
  if (directories.length === 0) throw new InvalidFile(`${source.url}: a TIFF without a directory`);
  return { littleEndian, bigTiff, size, directories };
}

interface OpenFile {
  readonly read: HeaderReader;
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  readonly url: string;
  readonly size: number;
}

async function readDirectory(
  file: OpenFile,
  offset: number,
): Promise<{ directory: Directory; next: number }> {
  const { read, littleEndian, bigTiff, url } = file;
  const countBytes = bigTiff ? 8 : 2;
  const entryBytes = bigTiff ? 20 : 12;
  const nextBytes = bigTiff ? 8 : 4;
  const first = viewOf(await read(offset, countBytes));
  const count = bigTiff ? uint64(first, 0, littleEndian) : first.getUint16(0, littleEndian);
  if (count === 0) throw new InvalidFile(`${url}: an empty directory at byte ${offset}`);
  if (offset + count * entryBytes > file.size)
    throw new InvalidFile(
      `${url}: a directory of ${count} entries at byte ${offset}, the file has ${file.size}`,
    );
  checkLimit('headerBytes', count * entryBytes, url);
  const body = viewOf(await read(offset + countBytes, count * entryBytes + nextBytes));
  const numbers = new Map<number, Float64Array>();
  const texts = new Map<number, string>();
  for (let i = 0; i < count; i++) {
    const at = i * entryBytes;
    const id = body.getUint16(at, littleEndian);
    if (!wanted.has(id) || numbers.has(id) || texts.has(id)) continue;
    const type = body.getUint16(at + 2, littleEndian);
    const values = bigTiff ? uint64(body, at + 4, littleEndian) : body.getUint32(at + 4, littleEndian);
    const bytesEach = fieldBytes[type];
    const length = values * (bytesEach ?? 1);
    const inline = bigTiff ? 8 : 4;
    const valueAt = at + (bigTiff ? 12 : 8);
    const offset = bigTiff ? uint64(body, valueAt, littleEndian) : body.getUint32(valueAt, littleEndian);
    const outside = length > inline && offset + length > file.size;
    if (descriptive.has(id) && (bytesEach === undefined || length > MOST_DESCRIPTION_BYTES || outside))
      continue;
    if (bytesEach === undefined) throw new InvalidFile(`${url}: tag ${id} has the field type ${type}`);
    const bytes =
      length <= inline
        ? new Uint8Array(body.buffer, body.byteOffset + valueAt, length)
        : await read(offset, length);
    if (type === 2) texts.set(id, asciiOf(bytes));
    else numbers.set(id, numbersOf(bytes, type, values, littleEndian));
  }
  const end = count * entryBytes;
  const next = bigTiff ? uint64(body, end, littleEndian) : body.getUint32(end, littleEndian);
  return { directory: { numbers, texts }, next };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Beyond 2^53 the value is inexact, which is harmless: every use is checked against the file's size. */
function uint64(view: DataView, at: number, littleEndian: boolean): number {
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  return high * 2 ** 32 + low;
}

function asciiOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder('utf-8').decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function numbersOf(bytes: Uint8Array, type: number, count: number, littleEndian: boolean): Float64Array {
  const view = viewOf(bytes);
  const values = new Float64Array(count);
  const each = fieldBytes[type] ?? 1;
  for (let i = 0; i < count; i++) values[i] = numberAt(view, i * each, type, littleEndian);
  return values;
}

function numberAt(view: DataView, at: number, type: number, littleEndian: boolean): number {
  switch (type) {
    case 3:
      return view.getUint16(at, littleEndian);
    case 4:
    case 13:
      return view.getUint32(at, littleEndian);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, littleEndian);
    case 9:
      return view.getInt32(at, littleEndian);
    case 11:
      return view.getFloat32(at, littleEndian);
    case 12:
      return view.getFloat64(at, littleEndian);
    case 16:
    case 18:
      return uint64(view, at, littleEndian);
    case 17:
      return Number(view.getBigInt64(at, littleEndian));
    default:
      return view.getUint8(at);
  }
}
