import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Cancelled } from '../errors.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { openSource } from '../storage/open-source.ts';
import type { Item } from './item.ts';
import { inParallel } from './read-documents.ts';
import { fromRoot } from './standing-root.ts';

/** Properties that change when a product is made again under its name. */
const times = [
  'updated',
  'processing:datetime',
  'processing:version',
  's2:generation_time',
  's2:processing_baseline',
  's2:product_uri',
  'version',
];

/**
 * A fingerprint of what the catalog says about an item's pixels: addresses of the bands without their query (signatures of
 * signed addresses change by the minute) and as they read from the catalog's place, so that a catalog that moved with its files
 * is the same one; stated scale and offset, checksums, sizes, ETags and times of change. Not what was read from headers: they may be
 * out of reach for a moment.
 */
export function itemVersion(item: Item): string {
  return versionBy(item, (href) => fromRoot(item.root, href));
}

/** The fingerprint with absolute addresses, as work was registered before they were told from the catalog's place. */
export function formerItemVersion(item: Item): string {
  return versionBy(item, (href) => href);
}

function versionBy({ bands, properties, datetime }: Item, place: (href: string) => string): string {
  const files = bands.map(({ name, href, bandIndex, scale, offset, unstated = [], revision }) => [
    name,
    place(withoutQuery(href)),
    bandIndex,
    unstated.includes('scale') ? null : scale,
    unstated.includes('offset') ? null : offset,
    revision,
  ]);
  return digest([datetime, times.map((field) => properties[field] ?? null), files]);
}

/** An address as others may keep it: signed addresses carry their signature in the query. */
export function withoutQuery(href: string): string {
  return /^https?:/.test(href) ? href.replace(/[?#].*$/, '') : href;
}

/** Which files are looked at: those of this machine, remote ones too (a request each, for the ETag), or none. */
export type FilesLookedAt = 'local' | 'all' | 'none';

/**
 * A fingerprint of each item's files as they are now, in the order of the items; undefined where one of them was not looked at or is
 * out of reach. Three parts with colons between: of the sizes, of size and second of the last change (or ETag), and of the addresses, for a
 * copy at another place has other times (`isOtherFiles`). Throws `Cancelled`.
 */
export async function fileVersions(
  items: readonly Item[],
  look: FilesLookedAt,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<(string | undefined)[]> {
  return await inParallel(
    items,
    async ({ bands }) => {
      const hrefs = [...new Set(bands.map(({ href }) => href))];
      const found = await Promise.all(hrefs.map((href) => fileVersion(href, look, signal)));
      const files = found.filter((file) => file !== undefined);
      if (files.length < found.length || files.length === 0) return undefined;
      const parts = [
        files.map(({ size }) => size),
        files.map(({ version }) => version),
        hrefs.map(withoutQuery),
      ];
      return parts.map(digest).join(':');
    },
    { signal },
  );
}

async function fileVersion(
  href: string,
  look: FilesLookedAt,
  signal: AbortSignal | undefined,
): Promise<{ readonly size: number; readonly version: string } | undefined> {
  try {
    if (look === 'none') return undefined;
    if (schemeOf(href) === 'file') {
      // Not the inode: copies of an archive on several machines have the same times, but not that.
      const { size, mtimeMs } = await stat(pathOf(href));
      return { size, version: `${size}-${Math.floor(mtimeMs / 1000)}` };
    }
    if (look !== 'all') return undefined;
    const source = await openSource(href, { signal });
    return { size: await source.size({ signal }), version: await source.version({ signal }) };
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    // What is wrong with it will be told by its extraction.
    return undefined;
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
