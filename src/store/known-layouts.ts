import { listLayouts, type StoredLayout } from './layouts.ts';
import { rootOf } from './root-of.ts';
import type { Queryable } from './store.ts';

/** The layouts of datasets, those that were read last at the end. */
interface Kept {
  readonly datasets: Map<number, readonly StoredLayout[]>;
  names: number;
}

const kept = new WeakMap<Queryable, Kept>();

/** Names of bands and statistics in all layouts that are kept of one store: a few thousand datasets, about 10 MB. */
const mostNames = 200_000;

/**
 * The layouts of a dataset as anybody last read them through this store, or read now. Nothing of them may be told before a statement of
 * who asks has seen the dataset with `lastLayout` of them: layouts are only ever added, so they are then all.
 */
export async function knownLayouts(store: Queryable, dataset: number): Promise<readonly StoredLayout[]> {
  const known = kept.get(rootOf(store))?.datasets.get(dataset);
  return known ?? (await readLayouts(store, dataset));
}

/** What `layouts` of a dataset says that has these, which are in the order of their numbers. */
export function lastLayout(layouts: readonly StoredLayout[]): number {
  return layouts.at(-1)?.id ?? 0;
}

/** The layouts of a dataset as who asks may see them, read now and kept for `knownLayouts`. */
export async function readLayouts(store: Queryable, dataset: number): Promise<readonly StoredLayout[]> {
  const layouts = await listLayouts(store, dataset);
  const root = rootOf(store);
  const own = kept.get(root) ?? { datasets: new Map(), names: 0 };
  kept.set(root, own);
  // None: nothing was extracted, or may be seen. Neither is worth keeping, and the second is no news for others.
  if (layouts.length === 0) return layouts;
  own.names += namesOf(layouts) - namesOf(own.datasets.get(dataset) ?? []);
  own.datasets.delete(dataset);
  own.datasets.set(dataset, layouts);
  for (const [oldest, others] of own.datasets) {
    if (own.names <= mostNames || own.datasets.size === 1) break;
    own.datasets.delete(oldest);
    own.names -= namesOf(others);
  }
  return layouts;
}

function namesOf(layouts: readonly StoredLayout[]): number {
  return layouts.reduce((sum, { bands, stats }) => sum + 1 + bands.length + stats.length, 0);
}
