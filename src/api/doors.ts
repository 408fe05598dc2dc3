import type { Accounts } from '../accounts/open-accounts.ts';
import type { Config } from '../config.ts';
import type { GraphRunner } from '../jobs/graph-runner.ts';
import type { Jobs } from '../jobs/open-jobs.ts';
import { withoutPlaces } from '../jobs/untold-places.ts';
import type { Store } from '../store/store.ts';
import type { Authenticator } from './access.ts';
import type { LinkSigner } from './links.ts';

/** What the route groups share. */
export interface Doors {
  readonly config: Config;
  /** Of the package. */
  readonly version: string;
  /** As the service sees it: what belongs to callers is asked through `storeFor(store, caller.name)`. */
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly signer: LinkSigner;
  readonly clock: () => Date;
  /** The accounts of callers; undefined where there is one person. */
  readonly accounts: Accounts | undefined;
  /** Batch jobs of all callers. */
  readonly jobs: Jobs;
  /** Process graphs and tiles whose callers wait. */
  readonly runner: GraphRunner;
  /** Public address of the server without a slash at the end. */
  address(): string;
  /** Fires when the server is told to stop. */
  readonly stopping: AbortSignal;
}

/** What of a message callers may read: all of it where there is one person, no places of the machine where there are more. */
export function toldBy({
  accounts,
  config,
}: Pick<Doors, 'accounts' | 'config'>): (message: string) => string {
  return accounts === undefined ? (message) => message : withoutPlaces(config.collections);
}

/** Where the openEO API begins. */
export const openeoPrefix = '/openeo/1.2';
