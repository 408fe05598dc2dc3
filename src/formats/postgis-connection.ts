import { Client, escapeIdentifier, type Client as PgClient } from 'pg';
import { Cancelled, FurrowError, InvalidArgument, StorageFailure, throwIfCancelled } from '../errors.ts';
import { shown } from './postgres-address.ts';

/** How long a server may take to let a connection in. */
const connectMs = 30_000;

/** A table of a database by its SQL name, `schema.table` or `table` (then of the schema public). */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** Splits `schema.table`. Throws `InvalidArgument` when a part is empty. */
export function tableName(layer: string): TableName {
  const [first = '', ...rest] = layer.split('.');
  const name =
    rest.length === 0 ? { schema: 'public', table: first } : { schema: first, table: rest.join('.') };
  if (name.schema === '' || name.table === '')
    throw new InvalidArgument(`'${layer}' names no table: write table or schema.table`);
  return name;
}

export function quotedTable({ schema, table }: TableName): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

/**
 * Does some work in one transaction of a connection to any PostgreSQL; abort ends the connection, and nothing is half done.
 * Throws `InvalidArgument` for an address that is none, `StorageFailure` for what the server refuses (neither with the
 * password), `Cancelled`, and what the work throws.
 */
export async function inPostgres<T>(
  address: string,
  { readOnly, signal }: { readonly readOnly: boolean; readonly signal?: AbortSignal | undefined },
  work: (client: PgClient) => Promise<T>,
): Promise<T> {
  throwIfCancelled(signal, `work on ${shown(address)}`);
  const client = clientOf(address);
  client.on('error', () => undefined);
  // A statement that waits on the server ends only with its connection, of which nothing is told.
  const stop = (): void => {
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    await client.query(`begin${readOnly ? ' read only' : ''}`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    if (signal?.aborted)
      throw new Cancelled(`work on ${shown(address)} was cancelled`, { cause: signal.reason });
    if (error instanceof FurrowError) throw error;
    throw new StorageFailure(`${shown(address)}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  }
}

function clientOf(address: string): PgClient {
  try {
    return new Client({
      connectionString: address,
      application_name: 'furrow',
      connectionTimeoutMillis: connectMs,
    });
  } catch {
    // What the client threw has the whole address in it.
    throw new InvalidArgument(
      `${shown(address)} is no address of a database: write postgres://user:password@host:port/database, with %40 and the like for special letters`,
    );
  }
}
