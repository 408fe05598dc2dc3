import { InvalidFile, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteSource, ReadOptions } from './source.ts';

/** A file in a zip archive as its central directory states it. */
export interface ZipMember {
  readonly name: string;
  /** 0 stored, 8 deflated; others are not read. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
  readonly nameBytes: number;
  /** Where the next member or the central directory starts: no byte of this one lies beyond. */
  readonly end: number;
}

const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const ENTRY_BYTES = 46;
export const LOCAL_BYTES = 30;
const MOST_COMMENT = 65_535;
const MOST_32 = 0xffff_ffff;

/**
 * The files of a zip archive, from its central directory (PKWARE APPNOTE 6.3.10, zip64 too), in two reads at most. Throws
 * `InvalidFile` for a directory that contradicts itself or the archive's size and for members that overlap (the trick of zip
 * bombs), `LimitExceeded`, `Unsupported` for archives in several volumes.
 */
export async function readZipIndex(source: ByteSource, options: ReadOptions = {}): Promise<ZipMember[]> {
  const size = await source.size(options);
  const tailOffset = Math.max(0, size - END_BYTES - MOST_COMMENT - LOCATOR_BYTES - END64_BYTES);
  const tail = viewOf(await source.read({ offset: tailOffset, length: size - tailOffset }, options));
  const end = await findEnd(source, size, tail, tailOffset, options);
  const { url } = source;
  if (end.offset + end.length > end.before)
    throw new InvalidFile(
      `${url}: the zip directory of ${end.length} bytes from ${end.offset} overlaps its end`,
    );
  checkLimit('archiveEntries', end.count, url);
  checkLimit('archiveIndexBytes', end.length, url);
  if (end.count * ENTRY_BYTES > end.length)
    throw new InvalidFile(
      `${url}: ${end.count} entries cannot stand in a zip directory of ${end.length} bytes`,
    );
  const at = end.offset - tailOffset;
  const directory =
    at >= 0
      ? new DataView(tail.buffer, tail.byteOffset + at, end.length)
      : viewOf(await source.read({ offset: end.offset, length: end.length }, options));
  return withoutOverlaps(readEntries(directory, end.count, url), end.offset, url).filter(
    ({ name }) => !name.endsWith('/'),
  );
}

interface End {
  readonly count: number;
  readonly offset: number;
  readonly length: number;
  /** The directory ends here at the latest. */
  readonly before: number;
}

async function findEnd(
  source: ByteSource,
  size: number,
  tail: DataView,
  tailOffset: number,
  options: ReadOptions,
): Promise<End> {
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && !(tail.getUint32(at, true) === 0x06054b50 && commentFits(tail, at))) at--;
  if (at < 0)
    throw new InvalidFile(`${source.url} is no zip archive, or is cut short: its directory is missing`);
  const before = tailOffset + at;
  if (tail.getUint16(at + 4, true) !== tail.getUint16(at + 6, true)) throw volumes(source.url);
  const end = {
    count: tail.getUint16(at + 10, true),
    length: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
    before,
  };
  const locator = at - LOCATOR_BYTES;
  if (locator < 0 || tail.getUint32(locator, true) !== 0x07064b50) return end;
  const place = whole(tail, locator + 8, source.url);
  if (place + END64_BYTES > before - LOCATOR_BYTES)
    throw new InvalidFile(`${source.url}: its zip64 directory is said to end at ${place} of ${size} bytes`);
  const inTail = place - tailOffset;
  const end64 =
    inTail >= 0
      ? new DataView(tail.buffer, tail.byteOffset + inTail, END64_BYTES)
      : viewOf(await source.read({ offset: place, length: END64_BYTES }, options));
  if (end64.getUint32(0, true) !== 0x06064b50)
    throw new InvalidFile(`${source.url}: its zip64 directory does not stand at ${place}`);
  if (end64.getUint32(16, true) !== end64.getUint32(20, true)) throw volumes(source.url);
  return {
    count: whole(end64, 32, source.url),
    length: whole(end64, 40, source.url),
    offset: whole(end64, 48, source.url),
    before: place,
  };
}

function commentFits(tail: DataView, at: number): boolean {
  return at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength;
}

function readEntries(directory: DataView, count: number, url: string): ZipMember[] {
  const members: ZipMember[] = [];
  let at = 0;
  for (let number = 0; number < count; number++) {
    if (at + ENTRY_BYTES > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50)
      throw new InvalidFile(`${url}: entry ${number} of its zip directory is damaged`);
    const nameBytes = directory.getUint16(at + 28, true);
    const extraBytes = directory.getUint16(at + 30, true);
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + directory.getUint16(at + 32, true);
    if (next > directory.byteLength)
      throw new InvalidFile(`${url}: entry ${number} of its zip directory is cut short`);
    const flags = directory.getUint16(at + 8, true);
    const extra = at + ENTRY_BYTES + nameBytes;
    const sizes = [24, 20, 42].map((place) => directory.getUint32(at + place, true));
    const [bytes = 0, packedBytes = 0, headerOffset = 0] = sizes.includes(MOST_32)
      ? zip64Sizes(directory, extra, extra + extraBytes, sizes, url)
      : sizes;
    const method = directory.getUint16(at + 10, true);
    const encrypted = (flags & 1) === 1;
    members.push({
      name: nameOf(new Uint8Array(directory.buffer, directory.byteOffset + at + ENTRY_BYTES, nameBytes)),
      method,
      encrypted,
      crc32: directory.getUint32(at + 16, true),
      packedBytes,
      bytes,
      headerOffset,
      nameBytes,
      end: 0,
    });
    if (method === 0 && !encrypted && bytes !== packedBytes)
      throw new InvalidFile(`${url}: entry ${number} of its zip directory states two lengths`);
    at = next;
  }
  return members;
}

/** The fields that are full in the entry, from its zip64 block, in their order. */
function zip64Sizes(
  view: DataView,
  from: number,
  to: number,
  sizes: readonly number[],
  url: string,
): number[] {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let place = at + 4;
    const last = Math.min(to, place + view.getUint16(at + 2, true));
    return sizes.map((size) => {
      if (size !== MOST_32) return size;
      if (place + 8 > last) throw new InvalidFile(`${url}: a zip64 entry is cut short`);
      place += 8;
      return whole(view, place - 8, url);
    });
  }
  return [...sizes];
}

/** Members in the order of their bytes, each with its end; none may reach into the next. */
function withoutOverlaps(members: ZipMember[], directoryOffset: number, url: string): ZipMember[] {
  const ordered = members.toSorted((one, other) => one.headerOffset - other.headerOffset);
  return ordered.map((member, i) => {
    const end = ordered[i + 1]?.headerOffset ?? directoryOffset;
    if (member.headerOffset + LOCAL_BYTES + member.nameBytes + member.packedBytes > end)
      throw new InvalidFile(
        `${url}: the member '${member.name}' overlaps what follows; such an archive is not read`,
      );
    return { ...member, end };
  });
}

/** UTF-8, with or without the flag that says so; else as Latin-1, so that every name can be told. */
export function nameOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function whole(view: DataView, at: number, url: string): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new InvalidFile(`${url}: a zip64 number is ${value}`);
  return Number(value);
}

function volumes(url: string): Unsupported {
  return new Unsupported(`${url}: zip archives in several volumes are not read; join them first`);
}
