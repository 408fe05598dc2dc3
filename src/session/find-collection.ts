import { openCollection } from '../catalog/open-collection.ts';
import { readConfig } from '../config.ts';
import { CollectionNotFound } from '../errors.ts';
import { Season } from './season.ts';
import { signalOf } from './surroundings.ts';

/**
 * Opens a STAC collection: by a configured name (`demo`; more through `FURROW_COLLECTIONS`), a folder or file, or an
 * `https://` or `s3://` address. Throws `CollectionNotFound` with the names there are.
 */
export async function collection(
  name: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Season> {
  const { collections } = readConfig();
  const address = collections.get(name) ?? name;
  try {
    return new Season(await openCollection(address, { signal: signalOf(options.signal) }));
  } catch (cause) {
    if (!(cause instanceof CollectionNotFound)) throw cause;
    const hint =
      name === 'demo'
        ? 'npm start generates the demo season; furrow demo does so alone'
        : `configured names are ${[...collections.keys()].join(', ')}`;
    throw new CollectionNotFound(`${cause.message}; ${hint}`, { cause });
  }
}
