import { namedCollection } from './named-collection.ts';
import { Season } from './season.ts';
import { signalOf } from './surroundings.ts';

/** Opens a collection by name, folder or address as `namedCollection` does, ready for a cell to ask. */
export async function collection(
  name: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Season> {
  return new Season(await namedCollection(name, { signal: signalOf(options.signal) }));
}
