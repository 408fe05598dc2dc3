import type { Queryable, Store } from './store.ts';

/** The store behind the view of one identity: what anybody may read is kept by it, once for all. */
export function rootOf(store: Queryable | Store): Queryable {
  return 'root' in store && store.root !== undefined ? store.root : store;
}
