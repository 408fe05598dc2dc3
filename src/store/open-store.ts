import type { Config } from '../config.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import { openPostgresStore } from './postgres-store.ts';
import type { QueryOptions, Store, StoreProgress } from './store.ts';

export interface OpenStoreOptions extends QueryOptions {
  /** Told what takes long: the first opening of the embedded store, migrations. */
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
}

/**
 * Opens the signature store that the configuration names, with all migrations applied: PostgreSQL where `storeUrl` is
 * set, else the embedded one in `dataDir`. Close it when done. Throws `StoreUnavailable`, `StoreFailure`.
 */
export async function openStore(config: Config, options: OpenStoreOptions = {}): Promise<Store> {
  return config.storeUrl === undefined
    ? await openEmbeddedStore({ dataDir: config.dataDir, ...options })
    : await openPostgresStore(config.storeUrl, options);
}
