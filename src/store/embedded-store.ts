import { port } from './embedded-place.ts';
import { ensureEmbeddedServer } from './embedded-server.ts';
import { migrate } from './migrate.ts';
import { pooledStore } from './pooled-store.ts';
import type { QueryOptions, Store, StoreProgress } from './store.ts';

export interface OpenEmbeddedOptions extends QueryOptions {
  readonly dataDir: string;
  readonly idleMs?: number | undefined;
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
}

/** Long enough to bridge a kernel's restart; a server takes about 1 GB of memory. */
const idleMs = 120_000;

/** The server has one session, so more connections only wait in its queue. */
const connections = 4;

/**
 * Opens the embedded store of a data folder: PostgreSQL in WebAssembly with PostGIS, in a process of its own that all
 * kernels of this user share. Starts it when nobody listens (about 11 s the first time, 2 s later), and again when it
 * died. For one user: every client is its superuser.
 */
export async function openEmbeddedStore(options: OpenEmbeddedOptions): Promise<Store> {
  const server = { idleMs, ...options };
  const store = pooledStore({
    kind: 'embedded',
    identities: false,
    pool: {
      host: await ensureEmbeddedServer(server),
      port,
      user: 'postgres',
      database: 'postgres',
      max: connections,
    },
    revive: ({ signal }) => ensureEmbeddedServer({ ...server, signal }),
  });
  try {
    await migrate(store, options);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
