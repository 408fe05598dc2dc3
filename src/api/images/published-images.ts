import type { Collection } from '../../catalog/collection.ts';
import type { Item } from '../../catalog/item.ts';
import { CollectionNotFound, NoData } from '../../errors.ts';
import { openPublished } from '../../jobs/published.ts';
import type { Doors } from '../doors.ts';

/** Images that the configuration publishes: no other is ever opened, whatever a request or a row of the store names. */
export interface PublishedImages {
  /** The collection of a configured name. Throws `CollectionNotFound`. */
  open(name: string, options: { readonly signal: AbortSignal }): Promise<Collection>;
  /** One image. Throws `CollectionNotFound`, `NoData`. */
  item(name: string, id: string, options: { readonly signal: AbortSignal }): Promise<Item>;
  /**
   * The configured collections among those of these ids, or all: by name. Those that cannot be opened are left out. Throws
   * `CollectionNotFound` where ids were given and none of them is configured.
   */
  among(
    ids: readonly string[] | undefined,
    options: { readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<string, Collection>>;
}

export function publishedImages({ config }: Doors): PublishedImages {
  const open = openPublished(config);
  return {
    open,
    async item(name, id, { signal }) {
      const found = (await (await open(name, { signal })).items({ signal })).find((item) => item.id === id);
      if (found === undefined) throw new NoData(`collection '${name}' has no image '${id.slice(0, 200)}'`);
      return found;
    },
    async among(ids, { signal }) {
      const names = [...config.collections.keys()];
      const opened = await Promise.allSettled(names.map((name) => open(name, { signal })));
      const found = new Map<string, Collection>();
      for (const [i, result] of opened.entries()) {
        const name = names[i] ?? '';
        if (result.status === 'fulfilled' && (ids === undefined || ids.includes(result.value.id)))
          found.set(name, result.value);
      }
      if (found.size === 0 && ids !== undefined && ids.length > 0)
        throw new CollectionNotFound(
          `the images of this dataset are of ${ids.join(', ')}, which this server does not publish: FURROW_COLLECTIONS names collections`,
        );
      return found;
    },
  };
}
