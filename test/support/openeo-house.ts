import { openPasswords } from '../../src/accounts/passwords.ts';
import { addAccount } from '../../src/accounts/users.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { startPostgres } from '../store/scratch-postgres.ts';
import { type FurrowServer, startFurrow } from './furrow-server.ts';
import { oidcClient, startOidcProvider } from './oidc-provider.ts';

/** An account of the house. */
export const houseUser = { name: 'alice', password: 'correct horse battery staple' } as const;

export interface OpeneoHouse extends AsyncDisposable {
  readonly server: FurrowServer;
  /** Address of the openEO API, without a slash at the end. */
  readonly api: string;
  readonly issuer: string;
}

/** Starts `furrow serve` with accounts on a PostgreSQL of its own, with the test provider as the identity provider `test`. */
export async function openOpeneoHouse({
  data,
  environment = {},
}: {
  /** Data folder; the demo season lies in `demo` below it, where there is one. */
  readonly data: string;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}): Promise<OpeneoHouse> {
  const ends: (() => Promise<unknown>)[] = [];
  const dispose = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const postgres = await startPostgres();
    ends.push(() => postgres.stop());
    const database = await postgres.createDatabase();
    await (await openPostgresStore(postgres.url(database))).close();
    await postgres.psql(database, 'alter role furrow_service login');
    const url = postgres.url(database, 'furrow_service');
    const store = await openPostgresStore(url);
    await addAccount(store, {
      name: houseUser.name,
      password: await openPasswords().hash(houseUser.password),
    });
    await store.close();
    const provider = await startOidcProvider();
    ends.push(async () => await provider[Symbol.asyncDispose]());
    const server = await startFurrow({
      data,
      environment: {
        FURROW_ACCOUNTS: 'on',
        FURROW_STORE: url,
        FURROW_OIDC_ISSUER: provider.issuer,
        FURROW_OIDC_ID: 'test',
        FURROW_OIDC_CLIENTS: oidcClient.id,
        FURROW_OIDC_DEFAULT_CLIENT: oidcClient.id,
        FURROW_LOG: 'warn',
        ...environment,
      },
    });
    ends.push(async () => await server[Symbol.asyncDispose]());
    return {
      server,
      api: `${server.url}/openeo/1.2`,
      issuer: provider.issuer,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
