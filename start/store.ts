import type { Config } from '../src/config.ts';
import { startEmbeddedServer } from '../src/store/embedded-server.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Step } from './progress.ts';

export interface RunningStore {
  close(): Promise<void>;
}

/**
 * Starts the embedded store with its tables made, as a process that ends with this one. With `FURROW_STORE` set there is
 * nothing to start. Throws `StoreUnavailable`, `StoreFailure`, `Cancelled`.
 */
export async function startStore(
  config: Config,
  { step, signal }: { step: Step; signal?: AbortSignal | undefined },
): Promise<RunningStore | undefined> {
  if (config.storeUrl !== undefined) return undefined;
  const server = await startEmbeddedServer({
    dataDir: config.dataDir,
    signal,
    onProgress: ({ message, fraction }) => step.update(fraction * 0.9, message),
  });
  try {
    const store = await openStore(config, { signal });
    await store.close();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}
