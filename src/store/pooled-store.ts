import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Client,
  type ClientBase,
  type ClientConfig,
  Pool,
  type PoolClient,
  type PoolConfig,
  type QueryResultRow,
} from 'pg';
import { Cancelled, InvalidArgument, StoreFailure, StoreUnavailable, throwIfCancelled } from '../errors.ts';
import { limit } from '../limits.ts';
import { copyChunks } from './copy-out.ts';
import { storeError } from './failures.ts';
import { withLiterals } from './literals.ts';
import { queryAs } from './query-as.ts';
import { rawTypes, rowTypes } from './row-types.ts';
import { statementName } from './statement-name.ts';
import type {
  Queryable,
  QueryOptions,
  QueryValue,
  StatementOptions,
  Store,
  TransactionOptions,
} from './store.ts';
import { tuplesOfRecords } from './tuples.ts';

/** How a back end differs: what opens its connections, and what it has to guard against. */
export interface PooledStoreOptions {
  readonly kind: Store['kind'];
  readonly pool: PoolConfig;
  /** Called when nobody listens: starts the server again and gives the folder of its socket. */
  readonly revive?: ((options: QueryOptions) => Promise<string>) | undefined;
  /** Sent once on every new connection. */
  readonly session?: string | undefined;
  /** Done once on every new connection, before its first query; a failure is passed over. */
  readonly prepare?: ((queryable: Queryable) => Promise<void>) | undefined;
  /**
   * How long the server may take to let a connection in, in milliseconds; for ever when left out: the embedded one answers in
   * turn, after the transactions of others.
   */
  readonly connectMs?: number | undefined;
  /** Whether `identity` of a transaction counts (only on a connection of the service role). */
  readonly identities: boolean;
}

/** Rows of one page of an answer that the embedded store copies out. */
const page = 4096;

interface Held {
  readonly client: PoolClient;
  readonly aborted: Promise<never>;
  release(broken: boolean): void;
}

/** A store behind a bounded pool of `pg` connections (limit `storeConnections`). Nothing is connected before the first query. */
export function pooledStore(options: PooledStoreOptions): Store {
  const { session = '', connectMs = 0 } = options;
  // The pool's own option of that name would also bound how long its callers wait for each other.
  class BoundedClient extends Client {
    constructor(config: ClientConfig = {}) {
      super({ ...config, connectionTimeoutMillis: connectMs });
    }
  }
  const pool = new Pool({
    max: limit('storeConnections'),
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
    application_name: 'furrow',
    types: rowTypes,
    Client: BoundedClient,
    ...options.pool,
    ...(options.session === undefined && options.prepare === undefined
      ? {}
      : {
          onConnect: async (client) => {
            await client.query(session);
            // What is wrong is told by the query that comes next.
            await options.prepare?.(onClient(client, false)).catch(() => undefined);
          },
        }),
  });
  // A connection that dies while idle is only dropped from the pool; the next query opens another. In use, between two
  // statements, its event would end the process without a listener; the next statement then says what happened.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const inside = new AsyncLocalStorage<true>();

  /** A connection of the pool until `release`; `aborted` rejects when the signal fires. */
  async function acquire(what: string, { signal }: QueryOptions, first: string | undefined): Promise<Held> {
    throwIfCancelled(signal, what);
    if (inside.getStore())
      throw new StoreFailure(`${what}: inside a transaction use its own query function, not the store's`);
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => undefined);
    const abort = () => aborted.reject(new Cancelled(`${what} was cancelled`, { cause: signal?.reason }));
    signal?.addEventListener('abort', abort, { once: true });
    const connecting = connect({ signal }, first);
    try {
      const client = await Promise.race([connecting, aborted.promise]);
      return {
        client,
        aborted: aborted.promise,
        release(broken) {
          signal?.removeEventListener('abort', abort);
          client.release(broken);
        },
      };
    } catch (error) {
      signal?.removeEventListener('abort', abort);
      // Its turn may still come: nobody wants the connection then.
      connecting.then(
        (late) => late.release(true),
        () => undefined,
      );
      throw error;
    }
  }

  async function withClient<T>(
    what: string,
    queryOptions: QueryOptions,
    first: string | undefined,
    work: (client: PoolClient) => Promise<T>,
  ): Promise<T> {
    const { client, aborted, release } = await acquire(what, queryOptions, first);
    // The backend of a cancelled statement ends when it next writes; the connection cannot be used again.
    let broken = true;
    try {
      const result = await Promise.race([work(client), aborted]);
      broken = false;
      return result;
    } catch (error) {
      broken = error instanceof StoreUnavailable || error instanceof Cancelled;
      throw error;
    } finally {
      release(broken);
    }
  }

  async function* copyOut(
    text: string,
    values: readonly QueryValue[] = [],
    queryOptions: QueryOptions = {},
  ): AsyncGenerator<Buffer, void, undefined> {
    if (options.kind === 'embedded') {
      // The one session must be free again before the reader asks for anything else.
      yield* await transaction(async (queryable) => {
        const all: Buffer[] = [];
        for await (const chunk of queryable.copyOut(text, values)) all.push(chunk);
        return all;
      }, queryOptions);
      return;
    }
    const { client, aborted, release } = await acquire('copying out of the store', queryOptions, undefined);
    const chunks = copied(client, text, values, true);
    let broken = true;
    try {
      for (;;) {
        const next = await Promise.race([chunks.next(), aborted]);
        if (next.done) break;
        yield next.value;
      }
      broken = false;
    } catch (error) {
      broken = !(error instanceof StoreFailure);
      throw error;
    } finally {
      void chunks.return();
      release(broken);
    }
  }

  /** A connection on which the first statement has run. Until then a lost connection has lost nothing: another is made. */
  async function connect(queryOptions: QueryOptions, first: string | undefined): Promise<PoolClient> {
    try {
      return await connectOnce(first);
    } catch (error) {
      if (options.revive === undefined || !(error instanceof StoreUnavailable)) throw error;
    }
    pool.options.host = await options.revive(queryOptions);
    return await connectOnce(first);
  }

  async function connectOnce(first: string | undefined): Promise<PoolClient> {
    const client = await sent(pool.connect());
    try {
      if (first !== undefined) await sent(client.query(first));
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async function sent<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw storeError(error, 'a query of the store');
    }
  }

  async function* copied(
    client: ClientBase,
    text: string,
    values: readonly QueryValue[],
    abandon: boolean,
  ): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* copyChunks(client, `copy (${withLiterals(text, values)}) to stdout (format binary)`, {
        abandon,
      });
    } catch (error) {
      throw storeError(error, 'copying out of the store');
    }
  }

  /** PGlite breaks the connection at COPY: there a cursor is read page by page. */
  async function* fetched(
    client: ClientBase,
    text: string,
    values: readonly QueryValue[],
  ): AsyncGenerator<Buffer, void, undefined> {
    const query = `select record_send(q) as tuple from (${withLiterals(text, values)}) q`;
    await sent(client.query(`declare furrow_rows no scroll cursor for ${query}`));
    for (let rows = page; rows === page; ) {
      const answer = await sent(client.query<{ tuple: Buffer }>(`fetch ${page} from furrow_rows`));
      rows = answer.rows.length;
      if (rows > 0) yield tuplesOfRecords(Buffer.concat(answer.rows.map(({ tuple }) => tuple)));
    }
    await sent(client.query('close furrow_rows'));
  }

  /** Refuses identities where they would not count, or would end before the transaction does. */
  function checkIdentity(identity: string | undefined, within: boolean): void {
    if (identity === undefined) return;
    if (!options.identities)
      throw new InvalidArgument(
        `cannot act as '${identity}': only a connection of the role furrow_service can act for others`,
      );
    if (within) throw new StoreFailure('a statement of a transaction acts for whom the transaction does');
  }

  /** `within`: in a transaction that was begun before. */
  function onClient(client: ClientBase, within: boolean): Queryable {
    return {
      async query<Row extends QueryResultRow>(
        text: string,
        values: readonly QueryValue[] = [],
        { signal, prepare, identity }: StatementOptions & TransactionOptions = {},
      ) {
        throwIfCancelled(signal, 'a query of the store');
        checkIdentity(identity, within);
        const name = prepare && options.kind === 'postgres' ? statementName(text) : undefined;
        const config = { text, values: [...values], ...(name === undefined ? {} : { name }) };
        if (identity === undefined) return (await sent(client.query<Row>(config))).rows;
        return (await sent(queryAs(client, identity, { ...config, types: rowTypes }))) as Row[];
      },
      copyOut: (text, values = [], { signal } = {}) => {
        throwIfCancelled(signal, 'copying out of the store');
        return options.kind === 'embedded'
          ? fetched(client, text, values)
          : copied(client, text, values, false);
      },
      async texts(text, values = [], queryOptions = {}) {
        const { signal, identity } = queryOptions;
        throwIfCancelled(signal, 'a query of the store');
        checkIdentity(identity, within);
        const config = { text, values: [...values], rowMode: 'array' as const, types: rawTypes };
        if (identity !== undefined)
          return (await sent(queryAs(client, identity, config))) as (string | null)[][];
        return (await sent(client.query<(string | null)[]>(config))).rows;
      },
    };
  }

  /** Also single statements run in a transaction on the embedded store: that keeps other clients out of the one session. */
  async function single<T>(
    what: string,
    queryOptions: QueryOptions,
    work: (queryable: Queryable) => Promise<T>,
  ): Promise<T> {
    if (options.kind === 'embedded') return await transaction(work, queryOptions);
    return await withClient(
      what,
      queryOptions,
      undefined,
      async (client) => await work(onClient(client, false)),
    );
  }

  async function transaction<T>(
    work: (queryable: Queryable) => Promise<T>,
    settings: TransactionOptions = {},
  ): Promise<T> {
    const { identity } = settings;
    checkIdentity(identity, false);
    return await withClient('a transaction of the store', settings, 'begin', async (client) => {
      try {
        if (identity !== undefined)
          await sent(client.query(`select set_config('furrow.identity', $1, true)`, [identity]));
        const result = await inside.run(true, () => work(onClient(client, true)));
        await sent(client.query('commit'));
        return result;
      } catch (error) {
        await client.query('rollback').catch((failure: unknown) => {
          throw new StoreUnavailable(
            `the connection broke in a transaction: ${storeError(error, 'its statement').message}`,
            {
              cause: failure,
            },
          );
        });
        throw error;
      }
    });
  }

  return {
    kind: options.kind,
    query: <Row extends QueryResultRow>(
      text: string,
      values: readonly QueryValue[] = [],
      queryOptions: StatementOptions & TransactionOptions = {},
    ) =>
      single('a query of the store', queryOptions, (queryable) =>
        queryable.query<Row>(text, values, queryOptions),
      ),
    texts: (text, values = [], queryOptions = {}) =>
      single('a query of the store', queryOptions, (queryable) =>
        queryable.texts(text, values, queryOptions),
      ),
    copyOut,
    transaction,
    close: () => pool.end(),
  };
}
