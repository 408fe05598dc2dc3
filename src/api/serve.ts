import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAccountSettings } from '../accounts/account-settings.ts';
import { type Accounts, openAccounts } from '../accounts/open-accounts.ts';
import { packageRoot, readConfig } from '../config.ts';
import { InvalidArgument } from '../errors.ts';
import { openGraphRunner } from '../jobs/graph-runner.ts';
import type { ServerLog } from '../jobs/job-queue.ts';
import { openJobs } from '../jobs/open-jobs.ts';
import { numberSetting, setting, wordSetting } from '../settings.ts';
import { openStore } from '../store/open-store.ts';
import type { Store, StoreProgress } from '../store/store.ts';
import { storeFor } from '../store/store-for.ts';
import type { Doors } from './doors.ts';
import { keptSecret, linkSigner } from './links.ts';
import { isEverywhere, isLoopback, ownerOnly } from './local-callers.ts';
import { buildServer, listeningAddress } from './server.ts';

export interface ServeOptions {
  /** Told what takes long: the first opening of the embedded store, migrations. */
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
  readonly onListening?: ((address: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/** How long open requests may take to end once the server is told to stop. */
const graceMs = 10_000;

/**
 * Serves until `signal` fires, then lets open requests end for 10 s at most. What it serves, where and for whom is set by the
 * environment (`settings.ts`). Throws `InvalidArgument` for settings that do not go together, and what opening the store throws.
 */
export async function serve({ onProgress, onListening, signal }: ServeOptions): Promise<void> {
  const config = readConfig();
  const hasAccounts = wordSetting('accounts', ['on', 'off']) === 'on';
  const host = setting('host') ?? '';
  if (!hasAccounts && !isLoopback(host))
    throw new InvalidArgument(
      `FURROW_HOST is '${host}': without accounts the server listens on this machine only; FURROW_ACCOUNTS=on opens it to others`,
    );
  if (hasAccounts && config.storeUrl === undefined)
    throw new InvalidArgument(
      'FURROW_ACCOUNTS=on needs PostgreSQL with PostGIS: the embedded store has one user. Set FURROW_STORE to its postgres:// address',
    );
  const store = await openStore(config, { signal, onProgress, asks: true, onePerson: !hasAccounts });
  // In the order in which they are opened; closed from the last one.
  const closing = [() => store.close()];
  try {
    const { version } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as {
      version: string;
    };
    const accounts = hasAccounts ? await accountsOf(store, signal) : undefined;
    let log: ServerLog = () => undefined;
    const jobs = await openJobs({ store, config, log: (...line) => log(...line) });
    closing.push(() => jobs.close());
    const runner = openGraphRunner({ config, log: (...line) => log(...line) });
    closing.push(() => runner.close());
    let listening = '';
    const doors: Doors = {
      config,
      version,
      store,
      accounts,
      jobs,
      runner,
      authenticator: accounts ?? ownerOnly(setting('token'), await nameOfOwner(store)),
      signer: linkSigner(setting('secret') ?? (await keptSecret(config.dataDir)), () => new Date()),
      clock: () => new Date(),
      address: () => (setting('url') ?? listening).replace(/\/+$/, ''),
      stopping: signal,
    };
    const app = await buildServer(doors, version);
    log = (level, message, facts = {}) => app.log[level](facts, message);
    await app.listen({ host, port: numberSetting('port', [0, 65_535]) });
    listening = listeningAddress(app);
    onListening?.(doors.address());
    if (isEverywhere(doors.address()))
      app.log.warn(
        `links in answers begin with ${doors.address()}, which leads others nowhere: set FURROW_URL to the address that they use`,
      );
    await stopped(signal);
    const forced = setTimeout(() => app.server.closeAllConnections(), graceMs);
    await app.close();
    clearTimeout(forced);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Throws `InvalidArgument` where the store's address is not that of the service role, which alone may act for others. */
async function accountsOf(store: Store, signal: AbortSignal): Promise<Accounts> {
  await storeFor(store, 'nobody').query('select 1', [], { signal });
  return openAccounts(store, readAccountSettings(), { clock: () => new Date() });
}

/** Rows of a store with roles belong to the role that writes them; on the embedded one they belong to the one person. */
async function nameOfOwner(store: Store): Promise<string> {
  if (store.kind === 'embedded') return 'owner';
  const [row] = await store.query<{ name: string }>('select session_user as name');
  return row?.name ?? 'owner';
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
