import type { Store } from './store.ts';

/**
 * The store as one identity sees it: every statement runs in a transaction that acts for `identity`, so row-level security decides
 * what is there. Only a connection of the role `furrow_service` may act for others. The embedded store has one person:
 * there it is the store itself. Closing it does nothing.
 */
export function storeFor(store: Store, identity: string): Store {
  if (store.kind === 'embedded') return store;
  return {
    kind: store.kind,
    query: (text, values, options) =>
      store.transaction((queryable) => queryable.query(text, values, options), {
        identity,
        signal: options?.signal,
      }),
    texts: (text, values, options) =>
      store.transaction((queryable) => queryable.texts(text, values, options), {
        identity,
        signal: options?.signal,
      }),
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
