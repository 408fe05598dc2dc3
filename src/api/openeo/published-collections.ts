import type { Collection } from '../../catalog/collection.ts';
import type { Item } from '../../catalog/item.ts';
import { openCollection } from '../../catalog/open-collection.ts';
import { readItem } from '../../catalog/read-item.ts';
import { asRecord, type JsonRecord, linksOf } from '../../catalog/stac-json.ts';
import { spread } from '../../catalog/summarize-bands.ts';
import { CollectionNotFound, orCancelled } from '../../errors.ts';
import { resolveHref } from '../../storage/address.ts';
import { readJson } from '../../storage/read-json.ts';

/** A configured collection as its description needs it. */
export interface PublishedCollection {
  readonly name: string;
  readonly collection: Collection;
  /** Its document, with whatever else stands in it: only what is known to be public is passed on. */
  readonly document: JsonRecord;
  /** Some of its items, evenly spread; none where the document links none. */
  readonly sample: readonly Item[];
}

export interface PublishedCollections {
  /** Names in the order of the configuration that can be ids of the openEO API. */
  readonly names: readonly string[];
  /** Throws `CollectionNotFound` for any other name, and what opening it throws. */
  open(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<PublishedCollection>;
}

/** A collection that grows is seen to have grown after this long. */
const freshMs = 60_000;
const patienceMs = 20_000;
const sampled = 3;
const idPattern = /^[\w.~-]+$/;

/** The collections of the configuration, opened when first asked for and again when what was read is old. */
export function publishedCollections(
  addresses: ReadonlyMap<string, string>,
  clock: () => Date,
): PublishedCollections {
  const opened = new Map<string, { readonly at: number; readonly found: Promise<PublishedCollection> }>();
  const names = [...addresses.keys()].filter((name) => idPattern.test(name));
  return {
    names,
    open: async (name, { signal } = {}) => {
      const address = names.includes(name) ? addresses.get(name) : undefined;
      if (address === undefined)
        throw new CollectionNotFound(`there is no collection '${name}'; there are ${names.join(', ')}`);
      const known = opened.get(name);
      const now = clock().getTime();
      if (known !== undefined && now - known.at < freshMs)
        return await orCancelled(known.found, signal, 'reading a collection');
      const found = read(name, address, AbortSignal.timeout(patienceMs));
      opened.set(name, { at: now, found });
      found.catch(() => {
        if (opened.get(name)?.found === found) opened.delete(name);
      });
      return await orCancelled(found, signal, 'reading a collection');
    },
  };
}

async function read(name: string, address: string, signal: AbortSignal): Promise<PublishedCollection> {
  const collection = await openCollection(address, { signal }).catch((cause: unknown) => {
    // The message of the cause names a place on this machine.
    if (cause instanceof CollectionNotFound)
      throw new CollectionNotFound(`the collection '${name}' is configured, but nothing is there`, { cause });
    throw cause;
  });
  const document = asRecord(await readJson(collection.address, { signal, trust: 'user' }));
  const items = spread(linksOf(document, 'item'), sampled).map((href) =>
    resolveHref(collection.address, href),
  );
  const read = await Promise.allSettled(
    items.map(async (url) => await readItem(await readJson(url, { signal }), url, { signal })),
  );
  const sample = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { name, collection, document, sample };
}
