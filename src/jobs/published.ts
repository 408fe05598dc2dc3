import type { Collection } from '../catalog/collection.ts';
import { openCollection } from '../catalog/open-collection.ts';
import type { Config } from '../config.ts';
import { CollectionNotFound } from '../errors.ts';

/** How long an opened collection is taken again before its documents are read anew. */
const keptMs = 60_000;

export type OpenPublished = (
  id: string,
  options?: { readonly signal?: AbortSignal | undefined },
) => Promise<Collection>;

/**
 * Opens collections that the configuration names, and no other: what a request says is never taken for a path or an address.
 * An opened one is kept for a minute. Throws `CollectionNotFound` with the names that there are.
 */
export function openPublished(
  { collections }: Pick<Config, 'collections'>,
  clock: () => number = () => performance.now(),
): OpenPublished {
  const kept = new Map<string, { readonly collection: Collection; readonly until: number }>();
  return async (id, { signal } = {}) => {
    const address = collections.get(id);
    if (address === undefined)
      throw new CollectionNotFound(
        `there is no collection '${id.slice(0, 80)}'; there are ${[...collections.keys()].join(', ')}`,
      );
    const known = kept.get(id);
    if (known !== undefined && known.until > clock()) return known.collection;
    const collection = await openCollection(address, { signal });
    kept.set(id, { collection, until: clock() + keptMs });
    return collection;
  };
}
