import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Cancelled } from '../errors.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { openSource } from '../storage/open-source.ts';
import type { Item } from './item.ts';
import { inParallel } from './read-documents.ts';

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
 * signed addresses change by the minute), stated scale and offset, checksums, sizes, ETags and times of change. Not what
 * was read from headers: they may be out of reach for a moment.
 */
export function itemVersion({ bands, properties, datetime }: Item): string {
  const files = bands.map(({ name, href, bandIndex, scale, offset, unstated = [], revision }) => [
    name,
    withoutQuery(href),
    bandIndex,
    unstated.includes('scale') ? null : scale,
    unstated.includes('offset') ? null : offset,
    revision,
  ]);
  return digest([datetime, times.map((field) => properties[field] ?? null), files]);
}

/** An address as others may keep it: signed addresses carry their signature in the query, also those of archives of files. */
export function withoutQuery(href: string): string {
  if (/^https?:/i.test(href)) return href.replace(/[?#].*$/, '');
  if (/^(zip|tar)\+https?:/i.test(href)) return href.replace(/^([^!?#]*)[?#][^!]*/, '$1');
  return /^\/vsi(zip|tar)\/\{/i.test(href) ? href.replace(/^([^}?#]*)[?#][^}]*/, '$1') : href;
}

/** Which files are looked at: those of this machine, remote ones too (a request each, for the ETag), or none. */
export type FilesLookedAt = 'local' | 'all' | 'none';

/**
 * A fingerprint of each item's files as they are now (size and second of the last change, or ETag), in the order of the items;
 * undefined where one of them was not looked at or is out of reach. Throws `Cancelled`.
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
      const versions = await Promise.all(hrefs.map((href) => fileVersion(href, look, signal)));
      return versions.includes(undefined) || versions.length === 0 ? undefined : digest(versions);
    },
    { signal },
  );
}

async function fileVersion(
  href: string,
  look: FilesLookedAt,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    if (look === 'none') return undefined;
    if (schemeOf(href) === 'file') {
      // Not the inode: copies of an archive on several machines have the same times, but not that.
      const { size, mtimeMs } = await stat(pathOf(href));
      return `${size}-${Math.floor(mtimeMs / 1000)}`;
    }
    return look === 'all' ? await (await openSource(href, { signal })).version({ signal }) : undefined;
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    // What is wrong with it will be told by its extraction.
    return undefined;
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
