import { openAccounts } from '../../src/accounts/open-accounts.ts';
import { openPasswords } from '../../src/accounts/passwords.ts';
import { addAccount } from '../../src/accounts/users.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type ScratchPostgres, startPostgres } from '../store/scratch-postgres.ts';

/** A PostgreSQL with all migrations, asked as furrow_service, and a clock that tests set. */
export interface AccountStore {
  readonly postgres: ScratchPostgres;
  readonly database: string;
  /** As the server has it. */
  readonly store: Store;
  /** The address of the database for another role. */
  url(role?: string): string;
  readonly time: { now: number };
  readonly clock: () => Date;
  close(): Promise<void>;
}

export async function startAccountStore(): Promise<AccountStore> {
  const postgres = await startPostgres();
  const database = await postgres.createDatabase();
  await (await openPostgresStore(postgres.url(database))).close();
  await postgres.psql(database, 'alter role furrow_service login');
  const store = await openPostgresStore(postgres.url(database, 'furrow_service'));
  const time = { now: Date.now() };
  return {
    postgres,
    database,
    store,
    url: (role) => postgres.url(database, role),
    time,
    clock: () => new Date(time.now),
    async close() {
      await store.close();
      await postgres.stop();
    },
  };
}

/** Accounts of a server on that store, without an identity provider. */
export function plainAccounts({ store, clock }: Pick<AccountStore, 'store' | 'clock'>) {
  return openAccounts(store, { tokenDays: 30, provider: undefined }, { clock });
}

/** A local account with that password. */
export async function addUser(store: Store, name: string, password: string): Promise<void> {
  await addAccount(store, { name, password: await openPasswords().hash(password) });
}

/** The header of a login. */
export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
