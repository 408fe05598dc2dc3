import type { Store } from './store.ts';

/** Views of a store by identity, the latest last. */
const views = new WeakMap<Store, Map<string, Store>>();

/** Stores of one person, who acts for nobody else. */
const ofOnePerson = new WeakSet<Store>();

/** Takes a store whose connection cannot act for others as one person's: there `storeFor` gives the store itself, as on the embedded one. */
export function forOnePerson(store: Store): Store {
  ofOnePerson.add(store);
  return store;
}

/** How many are kept: what is known of a view (questions that wait) is shared by requests of one identity. */
const most = 1000;

/**
 * The store as one identity sees it: every statement runs in a transaction that acts for `identity`, so row-level security decides
 * what is there; single statements take one round trip. Only a connection of the role `furrow_service` may act for others. The
 * embedded store has one person: there it is the store itself. Closing it does nothing.
 */
export function storeFor(store: Store, identity: string): Store {
  if (store.kind === 'embedded' || ofOnePerson.has(store)) return store;
  const known = views.get(store) ?? new Map<string, Store>();
  views.set(store, known);
  const view = known.get(identity) ?? viewOf(store, identity);
  known.delete(identity);
  known.set(identity, view);
  for (const oldest of known.keys()) {
    if (known.size <= most) break;
    known.delete(oldest);
  }
  return view;
}

function viewOf(store: Store, identity: string): Store {
  return {
    kind: store.kind,
    root: store,
    query: (text, values, options) => store.query(text, values, { ...options, identity }),
    texts: (text, values, options) => store.texts(text, values, { ...options, identity }),
    async *copyOut(text, values, options) {
      // A transaction ends with its callback: what is copied out is gathered before it does.
      yield* await store.transaction(
        async (queryable) => {
          const chunks: Buffer[] = [];
          for await (const chunk of queryable.copyOut(text, values, options)) chunks.push(chunk);
          return chunks;
        },
        { identity, signal: options?.signal },
      );
    },
    transaction: (work, options) => store.transaction(work, { ...options, identity }),
    close: async () => undefined,
  };
}
