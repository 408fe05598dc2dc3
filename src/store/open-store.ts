import type { Config } from '../config.ts';
import type { QueryOptions, Store, StoreProgress } from './store.ts';

export interface OpenStoreOptions extends QueryOptions {
  /** Told what takes long: the first opening of the embedded store, migrations. */
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
  /** Whether signatures will be asked for; see `openPostgresStore`. */
  readonly asks?: boolean | undefined;
  /** Nobody has an account; see `openPostgresStore`. */
  readonly onePerson?: boolean | undefined;
}

/**
 * Opens the signature store that the configuration names, with all migrations applied: PostgreSQL where `storeUrl` is
 * set, else the embedded one in `dataDir`. Close it when done. Throws `StoreUnavailable`, `StoreFailure`.
 */
export async function openStore(config: Config, options: OpenStoreOptions = {}): Promise<Store> {
  // The database client is 9 MiB of memory: a session without a store never loads it.
  if (config.storeUrl === undefined) {
    const { openEmbeddedStore } = await import('./embedded-store.ts');
    return await openEmbeddedStore({ dataDir: config.dataDir, ...options });
  }
  const { openPostgresStore } = await import('./postgres-store.ts');
  return await openPostgresStore(config.storeUrl, options);
}
