import { openPasswords } from '../../src/accounts/passwords.ts';
import { addAccount } from '../../src/accounts/users.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startPostgres } from '../store/scratch-postgres.ts';
import { type FurrowServer, startFurrow } from './furrow-server.ts';

export const ownerName = 'alice';
export const password = 'correct horse battery staple';

export interface ParcelHouse extends AsyncDisposable {
  readonly server: FurrowServer;
  /** As the service sees it. */
  readonly store: Store;
  /** Its address for the service. */
  readonly url: string;
}

export interface ParcelHouseOptions {
  /** Data folder; the demo season lies in `demo` below it, where there is one. */
  readonly data: string;
  readonly accounts: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Further settings of the database. */
  readonly settings?: readonly string[] | undefined;
  /** Fills the store before the server starts. */
  readonly fill: (store: Store) => Promise<void>;
}

/** Starts `furrow serve` with accounts, all of one password, on a PostgreSQL of its own that was filled before. */
export async function openParcelHouse(options: ParcelHouseOptions): Promise<ParcelHouse> {
  const { data, accounts, environment = {}, settings, fill } = options;
  const ends: (() => Promise<unknown>)[] = [];
  const dispose = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const postgres = await startPostgres({ settings });
    ends.push(() => postgres.stop());
    const database = await postgres.createDatabase();
    await (await openPostgresStore(postgres.url(database))).close();
    await postgres.psql(database, 'alter role furrow_service login');
    const url = postgres.url(database, 'furrow_service');
    const store = await openPostgresStore(url);
    ends.push(() => store.close());
    const hash = await openPasswords().hash(password);
    for (const name of accounts) await addAccount(store, { name, password: hash });
    await fill(store);
    await postgres.psql(database, 'vacuum analyze');
    const server = await startFurrow({
      data,
      environment: { FURROW_ACCOUNTS: 'on', FURROW_STORE: url, FURROW_LOG: 'warn', ...environment },
    });
    ends.push(async () => await server[Symbol.asyncDispose]());
    return { server, store, url, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The `Authorization` header of an account of the house. */
export function basic(name: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
