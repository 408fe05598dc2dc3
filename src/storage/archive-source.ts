import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { FileNotFound, InvalidArgument, InvalidFile, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ArchiveKind } from './archive-address.ts';
import { memorySource } from './memory-source.ts';
import { sliceSource } from './slice-source.ts';
import type { ByteSource, ReadOptions } from './source.ts';
import { readTarIndex, type TarMember } from './tar-index.ts';
import { keepMember, unpackedMember } from './unpacked-members.ts';
import { LOCAL_BYTES, nameOf, readZipIndex, type ZipMember } from './zip-index.ts';

const inflate = promisify(inflateRaw);

/** Read with a member's local header: the first bytes of the file in it, which tell what it is. */
const HEAD_BYTES = 32 * 1024;
/** Deflate makes no more of a byte. */
const MOST_RATIO = 1032;

export interface OpenMemberOptions extends ReadOptions {
  /** Unpacked bytes are kept for whoever opens the same member of the same version next (`keepMember`). Left out: they are not. */
  readonly keep?: boolean | undefined;
}

/** Indexes of the archives read last, by address and version. */
const indexes = new Map<string, readonly (ZipMember | TarMember)[]>();
const MOST_INDEXED = 200_000;

/**
 * A file inside a zip or tar archive as a source. Members of tar and stored members of zip are read by range; deflated ones are
 * unpacked whole into memory, within `archiveMemberBytes`, and held against their checksum. Without a name the archive's only file is
 * taken. Throws `FileNotFound` when there is no such member, `InvalidFile` for hostile or damaged archives, `Unsupported`.
 */
export async function openMember(
  outer: ByteSource,
  kind: ArchiveKind,
  name: string | undefined,
  { signal, keep = false }: OpenMemberOptions = {},
): Promise<ByteSource> {
  // What is read here is kept, so a caller's own memory is not handed on.
  const options = { signal, keep };
  const members = await indexOf(outer, kind, options);
  const member = choose(members, name, outer.url);
  checkName(member.name, outer.url);
  const url = `${kind}+${archiveUrl(outer.url)}!/${member.name}`;
  const version = `${await outer.version(options)}!${member.name}`;
  if ('headerOffset' in member) return openZipMember(outer, member, url, version, options);
  if (member.refused !== undefined)
    throw new Unsupported(`${url} is ${member.refused} in the archive; unpack it first`);
  return sliceSource(outer, { url, version, offset: member.offset, length: member.bytes });
}

/** The archive's address as it stands before `!`. */
function archiveUrl(url: string): string {
  return isAbsolute(url) ? pathToFileURL(url).href.replaceAll('!', '%21') : url;
}

async function indexOf(
  outer: ByteSource,
  kind: ArchiveKind,
  options: ReadOptions,
): Promise<readonly (ZipMember | TarMember)[]> {
  const key = `${kind} ${outer.url} ${await outer.version(options)}`;
  const known = indexes.get(key);
  const members = known ?? (await (kind === 'zip' ? readZipIndex : readTarIndex)(outer, options));
  indexes.delete(key);
  indexes.set(key, members);
  let sum = [...indexes.values()].reduce((total, { length }) => total + length, 0);
  for (const [oldest, { length }] of indexes) {
    if (sum <= MOST_INDEXED || oldest === key) break;
    indexes.delete(oldest);
    sum -= length;
  }
  return members;
}

function choose<T extends { readonly name: string }>(
  members: readonly T[],
  name: string | undefined,
  url: string,
): T {
  const found = name === undefined ? members : members.filter((member) => member.name === name);
  const [first] = found;
  const names = members.slice(0, 5).map((member) => `'${member.name}'`);
  const holds = members.length > 5 ? `${names.join(', ')} and ${members.length - 5} more` : names.join(', ');
  if (first === undefined)
    throw new FileNotFound(
      `${url} has no member ${name === undefined ? '' : `'${name}'`}; it holds ${holds || 'no files'}`,
    );
  if (found.length === 1) return first;
  if (name === undefined)
    throw new InvalidArgument(`${url} holds ${holds}: say which, as in ${url}!/${members[0]?.name}`);
  throw new InvalidFile(`${url} holds '${name}' ${found.length} times; which one is meant cannot be told`);
}

/** A member that would be unpacked outside its folder has no business in an archive of data. */
function checkName(name: string, url: string): void {
  if (/(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[a-z]:|\0/i.test(name))
    throw new InvalidFile(`${url}: the member '${name}' points outside the archive; it is not read`);
}

async function openZipMember(
  outer: ByteSource,
  member: ZipMember,
  url: string,
  version: string,
  options: OpenMemberOptions,
): Promise<ByteSource> {
  const { method, packedBytes, bytes, headerOffset, nameBytes, end } = member;
  if (member.encrypted) throw new Unsupported(`${url} is encrypted; unpack it with its password first`);
  if (method !== 0 && method !== 8)
    throw new Unsupported(`${url} is packed by zip's method ${method}; stored and deflated members are read`);
  if (method === 8) {
    checkLimit('archiveMemberBytes', bytes, `${url} (it is compressed, so it must be unpacked whole)`);
    checkLimit('archiveMemberBytes', packedBytes, url);
    if (bytes > packedBytes * MOST_RATIO)
      throw new InvalidFile(`${url}: ${packedBytes} packed bytes cannot hold ${bytes}`);
    const known = options.keep ? unpackedMember(`${url} ${version}`) : undefined;
    if (known !== undefined) return memorySource(known, url, version);
  }
  const room = method === 8 ? packedBytes + 1024 : HEAD_BYTES;
  const start = {
    offset: headerOffset,
    length: Math.min(LOCAL_BYTES + nameBytes + room, end - headerOffset),
  };
  const head = Buffer.from(await outer.read(start, options));
  const dataAt = LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28);
  if (
    head.readUInt32LE(0) !== 0x04034b50 ||
    head.readUInt16LE(26) !== nameBytes ||
    nameOf(head.subarray(LOCAL_BYTES, LOCAL_BYTES + nameBytes)) !== member.name ||
    head.readUInt16LE(8) !== method
  )
    throw new InvalidFile(`${url}: the member's own header contradicts the zip directory`);
  const offset = headerOffset + dataAt;
  if (offset + packedBytes > end) throw new InvalidFile(`${url} overlaps what follows it in the archive`);
  const check = (whole: Uint8Array): void => {
    if (whole.length !== bytes || crc32(whole) !== member.crc32)
      throw new InvalidFile(`${url}: its bytes do not match the checksum in the archive`);
  };
  if (method === 0)
    return sliceSource(outer, { url, version, offset, length: bytes, head: head.subarray(dataAt), check });
  const packed =
    dataAt + packedBytes <= head.length
      ? head.subarray(dataAt, dataAt + packedBytes)
      : await outer.read({ offset, length: packedBytes }, options);
  const unpacked = await inflate(packed, { maxOutputLength: Math.max(1, bytes) }).catch((cause: unknown) => {
    throw new InvalidFile(`${url}: its deflated bytes are damaged (${String(cause)})`, { cause });
  });
  check(unpacked);
  if (options.keep && isStrong(version)) keepMember(`${url} ${version}`, unpacked);
  return memorySource(unpacked, url, version);
}

/** Whether other bytes have another version: a strong ETag, a local file's inode, time and size. A date has whole seconds only. */
function isStrong(version: string): boolean {
  return /^("|\d+-\d+(\.\d+)?-\d+!)/.test(version);
}
