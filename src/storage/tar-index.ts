import { InvalidFile, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteSource, ReadOptions } from './source.ts';

/** A file in a tar archive. */
export interface TarMember {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** Why its bytes do not stand in one piece in the archive: a link, a sparse file. */
  readonly refused?: string | undefined;
}

const BLOCK = 512;
/** Read at a hop: the headers of small members come together, and a big one costs no more. */
const HOP_BYTES = 16 * 1024;
/** A name or a block of pax records is no longer. */
const MOST_NAME_BYTES = 1024 * 1024;

/**
 * The files of a tar archive (POSIX ustar and pax, GNU's long names and large sizes), by hopping from header to header. A later
 * member of the same name replaces an earlier one, as in unpacking. Throws `InvalidFile` for damaged or cut archives,
 * `LimitExceeded`, `Unsupported` for compressed ones.
 */
export async function readTarIndex(source: ByteSource, options: ReadOptions = {}): Promise<TarMember[]> {
  const size = await source.size(options);
  const { url } = source;
  let window = { offset: 0, bytes: new Uint8Array(0) };
  const take = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset + length > size) throw new InvalidFile(`${url}: the tar archive is cut short at byte ${size}`);
    if (offset < window.offset || offset + length > window.offset + window.bytes.length) {
      const wanted = Math.min(Math.max(length, HOP_BYTES), size - offset);
      window = { offset, bytes: new Uint8Array(await source.read({ offset, length: wanted }, options)) };
    }
    return window.bytes.subarray(offset - window.offset, offset - window.offset + length);
  };

  const members = new Map<string, TarMember>();
  let longName: string | undefined;
  let shared: PaxRecords = {};
  let own: PaxRecords = {};
  let hops = 0;
  let named = 0;
  for (let at = 0; at + BLOCK <= size; ) {
    const header = await take(at, BLOCK);
    if (header.every((byte) => byte === 0)) return [...members.values()];
    if (at === 0 && header[0] === 0x1f && header[1] === 0x8b)
      throw new Unsupported(
        `${url} is a compressed tar archive, of which no part can be read by range; unpack it`,
      );
    checkLimit('archiveEntries', ++hops, url);
    checkHeader(header, at, url);
    const type = String.fromCharCode(header[156] || 0x30);
    const stated = own.size ?? shared.size;
    const bytes =
      type === '1'
        ? 0 // a hard link has no bytes of its own, whatever size it states
        : stated !== undefined && !'xgLK'.includes(type)
          ? decimal(stated, url)
          : numberAt(header, 124, 12, url);
    let data = at + BLOCK;
    // The map of an old GNU sparse file goes on in blocks of its own.
    for (let more = type === 'S' ? header[482] : 0; more; data += BLOCK)
      more = (await take(data, BLOCK))[504];
    if (data + bytes > size)
      throw new InvalidFile(`${url}: a member at byte ${at} has ${bytes} bytes; the archive ends at ${size}`);
    at = data + Math.ceil(bytes / BLOCK) * BLOCK;
    if ('xgLK'.includes(type)) {
      if (bytes > MOST_NAME_BYTES)
        throw new InvalidFile(`${url}: a name in the tar archive has ${bytes} bytes`);
      checkLimit('archiveIndexBytes', (named += bytes), url);
      const text = await take(data, bytes);
      if (type === 'L') longName = textOf(text);
      else if (type === 'x') own = paxRecords(text, url);
      else if (type === 'g') shared = { ...shared, ...paxRecords(text, url) };
      continue;
    }
    const records = { ...shared, ...own };
    const name = (records.sparseName ?? records.path ?? longName ?? ustarName(header)).replace(
      /^(\.\/)+/,
      '',
    );
    const sparse = type === 'S' || records.sparse === true;
    longName = undefined;
    own = {};
    if (type === '5' || name.endsWith('/')) continue;
    const refused = sparse
      ? 'a sparse file'
      : '07'.includes(type)
        ? undefined
        : `no regular file (type '${type}')`;
    members.delete(name);
    members.set(name, { name, offset: data, bytes, refused });
  }
  return [...members.values()];
}

function checkHeader(header: Uint8Array, at: number, url: string): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] as number);
  if (numberAt(header, 148, 8, url) !== sum)
    throw new InvalidFile(
      at === 0 ? `${url} is no tar archive` : `${url}: the tar header at byte ${at} is damaged`,
    );
}

/** Octal digits, or a big-endian number where the first bit is set (GNU). */
function numberAt(header: Uint8Array, at: number, length: number, url: string): number {
  const first = header[at] as number;
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + (header[at + i] as number);
    if (Number.isSafeInteger(value)) return value;
    throw new InvalidFile(`${url}: a tar header holds an impossible number`);
  }
  const text = textOf(header.subarray(at, at + length)).trim();
  if (!/^[0-7]*$/.test(text))
    throw new InvalidFile(`${url}: a tar header holds '${text}' in place of a number`);
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function decimal(text: string, url: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidFile(`${url}: a tar header states the size '${text}'`);
}

function ustarName(header: Uint8Array): string {
  const name = textOf(header.subarray(0, 100));
  // GNU's own format has times where ustar has the rest of the name.
  const posix = textOf(header.subarray(257, 265)).startsWith('ustar') && header[262] === 0;
  const prefix = posix ? textOf(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Text up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Of pax records those that say where and what a member is; archives may hold any number of others. */
interface PaxRecords {
  path?: string;
  size?: string;
  sparseName?: string;
  sparse?: true;
}

/** `LENGTH KEY=VALUE` lines; the length counts itself and the line's end. */
function paxRecords(bytes: Uint8Array, url: string): PaxRecords {
  const records: PaxRecords = {};
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space > at && space - at <= 8 ? textOf(bytes.subarray(at, space)) : '';
    const length = /^\d+$/.test(digits) ? Number(digits) : 0;
    const line = new TextDecoder().decode(bytes.subarray(space + 1, at + length));
    const equals = line.indexOf('=');
    if (length <= digits.length + 2 || at + length > bytes.length || equals <= 0 || !line.endsWith('\n'))
      throw new InvalidFile(`${url}: the pax records of a tar member are damaged`);
    const key = line.slice(0, equals);
    const value = line.slice(equals + 1, -1);
    if (key === 'path' || key === 'size') records[key] = value;
    else if (key.startsWith('GNU.sparse.')) {
      records.sparse = true;
      if (key === 'GNU.sparse.name') records.sparseName = value;
    }
    at += length;
  }
  return records;
}
