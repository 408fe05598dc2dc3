import { Client } from 'pg';
import { InvalidArgument } from '../errors.ts';
import { storeError } from './failures.ts';
import { migrate } from './migrate.ts';
import { pooledStore } from './pooled-store.ts';
import { prepareAsking } from './prepare-asking.ts';
import { prepareIdentity } from './query-as.ts';
import type { QueryOptions, Store, StoreProgress } from './store.ts';
import { forOnePerson } from './store-for.ts';

export interface OpenPostgresOptions extends QueryOptions {
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
  /**
   * Whether signatures will be asked for: then every connection is made ready for that when it opens, and the first of them opens
   * in the background.
   */
  readonly asks?: boolean | undefined;
  /** Nobody has an account: a connection that cannot act for others is the one person's. */
  readonly onePerson?: boolean | undefined;
}

/** How long a server may take to let a connection in. */
const connectMs = 30_000;

/**
 * Compiling a plan of many months takes longer than running it. Pages of signatures lie scattered over a month: asked for ahead, many
 * at a time, they come three times as soon from an SSD. 0 is a server that cannot, or whose administrator forbids it.
 */
const plain = `set jit = off; select set_config('effective_io_concurrency', '200', false)
  where current_setting('effective_io_concurrency')::integer between 1 and 199`;

/** Who we are there: the service itself (which must say for whom it acts), a member of the service role, or a user. */
async function sessionOf(url: string): Promise<{ session: string; identities: boolean }> {
  const client = new Client({
    connectionString: url,
    application_name: 'furrow',
    connectionTimeoutMillis: connectMs,
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ service: boolean; member: boolean }>(`
      select session_user = 'furrow_service' as service,
        coalesce((select pg_has_role(current_user, r.oid, 'member') from pg_roles r where r.rolname = 'furrow_service'), false) as member`);
    if (rows[0]?.service)
      return {
        session: `${plain}; set furrow.identity = 'furrow_service'; ${prepareIdentity}`,
        identities: true,
      };
    return { session: rows[0]?.member ? `${plain}; set role furrow_service` : plain, identities: false };
  } catch (error) {
    throw storeError(error, `cannot open the store at ${withoutPassword(url)}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The address with the password left out, for messages. */
export function withoutPassword(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return 'an address that is no URL';
  parsed.password = '';
  if (parsed.searchParams.has('password')) parsed.searchParams.set('password', '');
  return parsed.href;
}

/**
 * Opens the store in a PostgreSQL (15 or newer) with PostGIS at `postgres://...` and applies missing migrations. The first
 * opening needs a role that may create roles and extensions. A superuser or a member of `furrow_service` works as that
 * role, so row-level security holds in the same way for everybody. Throws `StoreUnavailable` and `StoreFailure`.
 */
export async function openPostgresStore(url: string, options: OpenPostgresOptions = {}): Promise<Store> {
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new InvalidArgument(
      `a store's address begins with postgres://, not as in '${withoutPassword(url)}'`,
    );
  const back = { kind: 'postgres', connectMs } as const;
  const plain = pooledStore({ ...back, pool: { connectionString: url, max: 1 }, identities: false });
  try {
    await migrate(plain, options);
  } finally {
    await plain.close();
  }
  const session = await sessionOf(url);
  const store = pooledStore({
    ...back,
    pool: { connectionString: url },
    prepare: options.asks ? prepareAsking : undefined,
    ...session,
  });
  if (options.onePerson && !session.identities) forOnePerson(store);
  if (options.asks) store.query('select').catch(() => undefined);
  return store;
}
