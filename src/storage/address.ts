import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgument, Unsupported } from '../errors.ts';
import { archiveAddress } from './archive-address.ts';

/** What holds the bytes. */
export type Store = 'file' | 'http' | 'https' | 's3';
/** `zip` and `tar` are members of an archive, which is in a store itself (`storeOf`). */
export type Scheme = Store | 'zip' | 'tar';

const schemes: ReadonlySet<string> = new Set(['file', 'http', 'https', 's3']);
/** One letter before the colon is a drive, not a scheme. */
const schemePattern = /^([a-z][a-z0-9+.-]+):/i;

/** The store of an address: of a member, that of its archive. Throws as `schemeOf` does. */
export function storeOf(address: string): Store {
  return schemeOf(archiveAddress(address)?.archive ?? address) as Store;
}

/**
 * The scheme of an absolute address; paths are `file`. Throws `Unsupported` for a scheme without a back end, and what
 * `archiveAddress` throws.
 */
export function schemeOf(address: string): Scheme {
  const archived = archiveAddress(address);
  if (archived) return archived.kind;
  const scheme = schemePattern.exec(address)?.[1]?.toLowerCase() ?? 'file';
  if (!schemes.has(scheme))
    throw new Unsupported(
      `'${address}': the scheme '${scheme}' has no storage back end; use a path, file, http, https or s3, with zip+ or tar+ before them for a member of an archive`,
    );
  return scheme as Scheme;
}

/** The path of a `file` address; relative paths are taken from the working folder. */
export function pathOf(address: string): string {
  if (address.includes('\0')) throw new InvalidArgument('a path holds a NUL character');
  if (!/^file:/i.test(address)) return resolve(address);
  try {
    return fileURLToPath(address);
  } catch (cause) {
    throw new InvalidArgument(`'${address}' is no file URL of this machine`, { cause });
  }
}

function parseUrl(text: string, base?: string): URL {
  try {
    return new URL(text, base);
  } catch (cause) {
    throw new InvalidArgument(`'${text}' is no address`, { cause });
  }
}

/**
 * The absolute address of `href` as found in the document at `base` (STAC links and assets). Relative hrefs stay in
 * the base's scheme; `..` is allowed. A remote document may name remote addresses only: `file:` in it is refused with
 * `InvalidArgument`, so that data cannot make us open local files. Paths stay paths, keys of s3 stay unescaped.
 */
export function resolveHref(base: string, href: string): string {
  const from = schemeOf(base);
  const archived = archiveAddress(href) !== undefined;
  if (archived || schemePattern.test(href)) {
    if (storeOf(href) === 'file' && storeOf(base) !== 'file')
      throw new InvalidArgument(`'${href}': the remote document ${base} may not name a local file`);
    return schemeOf(href) === 'file' ? pathOf(href) : href;
  }
  if (from === 'file') {
    if (isAbsolute(href)) return resolve(href);
    const path = pathOf(base);
    return resolve(path, '..', href);
  }
  if (from === 's3') {
    const { bucket, key } = splitS3(base);
    return `s3://${bucket}/${joinKeys(key, href, base)}`;
  }
  if (from === 'zip' || from === 'tar') {
    const at = base.indexOf('!/');
    if (at < 0)
      throw new InvalidArgument(
        `'${href}' is relative, and ${base} does not name a member as archive!/member`,
      );
    return `${base.slice(0, at)}!/${joinKeys(base.slice(at + 2), href, base)}`;
  }
  return parseUrl(href, base).href;
}

/** Keys and members are plain text (spaces, `#`, `%`), so they are joined by segments and not as a URL. */
function joinKeys(key: string, href: string, base: string): string {
  if (href.startsWith('//')) throw new InvalidArgument(`'${href}' is no key in ${base}`);
  const segments = href.startsWith('/') ? [] : key.split('/').slice(0, -1);
  for (const segment of href.replace(/^\//, '').split('/')) {
    if (segment === '..') {
      if (segments.pop() === undefined)
        throw new InvalidArgument(`'${href}' leaves the bucket or archive of ${base}`);
    } else if (segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}

/** Bucket and key of `s3://bucket/key`. Throws `InvalidArgument` when there is no bucket. */
export function splitS3(address: string): { bucket: string; key: string } {
  const match = /^s3:\/\/([a-z0-9][a-z0-9._-]*)(?:\/(.*))?$/is.exec(address);
  if (!match?.[1]) throw new InvalidArgument(`'${address}' is no s3 address: write s3://bucket/key`);
  return { bucket: match[1], key: match[2] ?? '' };
}
