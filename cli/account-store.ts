import { type Administrator, openAdministrator } from '../src/accounts/administrator.ts';
import { checkAccountStore } from '../src/accounts/users.ts';
import { readConfig } from '../src/config.ts';
import { InvalidArgument, PermissionsInsufficient } from '../src/errors.ts';
import { sharedStore } from '../src/session/shared-store.ts';
import type { Store } from '../src/store/store.ts';

/** The store whose accounts a command works on. Throws `Unsupported` for the embedded one, `PermissionsInsufficient` for a user's. */
export async function accountStore(): Promise<Store> {
  // Said before anything is started for it.
  checkAccountStore({ kind: readConfig().storeUrl === undefined ? 'embedded' : 'postgres' });
  const store = await sharedStore();
  const [row] = await store.query<{ service: boolean; role: string }>(
    `select furrow.identity() = 'furrow_service' as service, current_user::text as role`,
  );
  if (!row?.service)
    throw new PermissionsInsufficient(
      `accounts are managed by furrow_service or an administrator of the database, not by '${row?.role}' (FURROW_STORE)`,
    );
  return store;
}

/** Works with the role of FURROW_STORE, which must be one that makes roles. Throws `Unsupported`, `PermissionsInsufficient`. */
export async function asAdministrator<T>(
  work: (administrator: Administrator) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { storeUrl } = readConfig();
  checkAccountStore({ kind: storeUrl === undefined ? 'embedded' : 'postgres' });
  const administrator = await openAdministrator(storeUrl ?? '', { signal });
  try {
    return await work(administrator);
  } finally {
    await administrator.close();
  }
}

/** What follows the command's name chooses what is done. */
export type Action = (argv: readonly string[], signal: AbortSignal) => Promise<number>;

/** Runs the action that the first word names. Throws `InvalidArgument` where it names none. */
export async function runAction(
  command: string,
  actions: Readonly<Record<string, Action>>,
  [word = '', ...argv]: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action !== undefined) return await action(argv, signal);
  throw new InvalidArgument(
    `${word === '' ? 'say what to do' : `what is '${word}'?`}; furrow ${command} ${Object.keys(actions).join('|')}; furrow ${command} --help`,
  );
}
