import type { Collection } from '../catalog/collection.ts';
import { openCollection } from '../catalog/open-collection.ts';
import { readConfig } from '../config.ts';
import { CollectionNotFound } from '../errors.ts';

/**
 * Opens a STAC collection: by a configured name (`demo`; more through `FURROW_COLLECTIONS`), a folder or file, or an
 * `https://` or `s3://` address. Throws `CollectionNotFound` with the names there are.
 */
export async function namedCollection(
  name: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Collection> {
  const { collections } = readConfig();
  try {
    return await openCollection(collections.get(name) ?? name, options);
  } catch (cause) {
    if (!(cause instanceof CollectionNotFound)) throw cause;
    const hint =
      name === 'demo'
        ? 'npm start generates the demo season; furrow demo does so alone'
        : `configured names are ${[...collections.keys()].join(', ')}`;
    throw new CollectionNotFound(`${cause.message}; ${hint}`, { cause });
  }
}
