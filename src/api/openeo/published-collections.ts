import type { Collection } from '../../catalog/collection.ts';
import type { Item } from '../../catalog/item.ts';
import { openCollection } from '../../catalog/open-collection.ts';
import { readItem } from '../../catalog/read-item.ts';
import { asRecord, type JsonRecord, linksOf } from '../../catalog/stac-json.ts';
import { spread } from '../../catalog/summarize-bands.ts';
import { CollectionNotFound, orCancelled, StorageFailure } from '../../errors.ts';
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
  /** Throws `CollectionNotFound` for any other name and where nothing is there, `StorageFailure` for what cannot be read. */
  open(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<PublishedCollection>;
}

/** A collection that grows is seen to have grown after this long. */
const freshMs = 60_000;
/** One that could not be read is tried again after this long, however many ask. */
const retryMs = 5_000;
const patienceMs = 20_000;
const sampled = 3;
const idPattern = /^[\w.~-]+$/;

/** The collections of the configuration, opened when first asked for and again when what was read is old. */
export function publishedCollections(
  addresses: ReadonlyMap<string, string>,
  clock: () => Date,
): PublishedCollections {
  const opened = new Map<string, { until: number; readonly found: Promise<PublishedCollection> }>();
  const names = [...addresses.keys()].filter((name) => idPattern.test(name));
  return {
    names,
    open: async (name, { signal } = {}) => {
      const address = names.includes(name) ? addresses.get(name) : undefined;
      if (address === undefined)
        throw new CollectionNotFound(`there is no collection '${name}'; there are ${names.join(', ')}`);
      const now = () => clock().getTime();
      let known = opened.get(name);
      if (known === undefined || known.until <= now()) {
        const found = read(name, address, AbortSignal.timeout(patienceMs));
        const entry = { until: now() + freshMs, found };
        opened.set(name, entry);
        found.catch(() => {
          entry.until = now() + retryMs;
        });
        known = entry;
      }
      return await orCancelled(known.found, signal, 'reading a collection');
    },
  };
}

/** Messages of what fails below name places on this machine, and anybody may ask: those are for the log. */
async function read(name: string, address: string, signal: AbortSignal): Promise<PublishedCollection> {
  try {
    return await readPublished(name, address, signal);
  } catch (cause) {
    if (cause instanceof CollectionNotFound)
      throw new CollectionNotFound(`the collection '${name}' is configured, but nothing is there`, { cause });
    throw new StorageFailure(`the collection '${name}' cannot be read; the log of the server says why`, {
      cause,
    });
  }
}

async function readPublished(
  name: string,
  address: string,
  signal: AbortSignal,
): Promise<PublishedCollection> {
  const collection = await openCollection(address, { signal });
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
