import { Cancelled, InvalidFile, throwIfCancelled } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { resolveHref } from '../storage/address.ts';
import { readJson } from '../storage/read-json.ts';
import { asRecord, type JsonRecord, linksOf } from './stac-json.ts';

/** Documents read at a time. */
const PARALLEL = 16;
/** Catalogs below a collection, one in another; deeper ones are a loop or a mistake. */
const DEEPEST = 8;

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Runs `work` on every element, at most 16 at a time; results in the order of the list. The first error ends it. */
export async function inParallel<T, R>(
  list: readonly T[],
  work: (element: T) => Promise<R>,
  { signal }: ReadOptions = {},
): Promise<R[]> {
  const results = new Array<R>(list.length);
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < list.length) {
      throwIfCancelled(signal, 'reading the catalog');
      const at = next++;
      results[at] = await work(list[at] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, list.length) }, run));
  return results;
}

/** Waits for work that others wait for too: the signal ends the waiting, not the work. Throws `Cancelled`. */
export async function waitFor<T>(work: Promise<T>, { signal }: ReadOptions = {}): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = () =>
    aborted.reject(new Cancelled('reading the catalog was cancelled', { cause: signal.reason }));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * The addresses of all items below a document: its `item` links and those of its `child` catalogs, in the order of the links,
 * each once. Throws `LimitExceeded` for more than `items`, `InvalidFile` for catalogs nested without end.
 */
export async function itemAddresses(
  document: JsonRecord,
  url: string,
  options: ReadOptions = {},
): Promise<string[]> {
  const seen = new Set([url]);
  const found = new Set<string>();
  let level: { document: JsonRecord; url: string }[] = [{ document, url }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new InvalidFile(`${url}: catalogs are nested more than ${DEEPEST} deep`);
    const children: string[] = [];
    for (const { document: catalog, url: base } of level) {
      for (const href of linksOf(catalog, 'item')) found.add(resolveHref(base, href));
      for (const href of linksOf(catalog, 'child')) {
        const address = resolveHref(base, href);
        if (!seen.has(address)) children.push(address);
        seen.add(address);
      }
    }
    checkLimit('items', found.size + children.length, url);
    level = await inParallel(
      children,
      async (address) => ({ document: asRecord(await readJson(address, options)), url: address }),
      options,
    );
  }
  return [...found];
}
