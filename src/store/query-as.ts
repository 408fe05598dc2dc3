import { type ClientBase, type Connection, Query, type QueryConfig } from 'pg';
import { StoreUnavailable } from '../errors.ts';

/**
 * Prepared on every connection of the service role: puts an identity in force until the end of the transaction, as `set local`
 * does.
 */
export const prepareIdentity = `prepare furrow_identity (text) as select set_config('furrow.identity', $1, true)`;

interface Answer {
  readonly rows: unknown[];
}

/** What `pg` calls on a query that is under way; its types leave these out. */
interface UnderWay {
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

/**
 * Runs one statement for an identity in one round trip: identity and statement go out together before one Sync, and what lies before
 * a Sync is one transaction (PostgreSQL manual, "Extended Query", pipelining). So the identity ends with the statement, whether that
 * succeeds, fails or is never begun: the next user of the connection does not inherit it. Rejects with the errors of `pg`.
 */
export async function queryAs(
  client: ClientBase,
  identity: string,
  config: QueryConfig & { readonly rowMode?: 'array' },
): Promise<unknown[]> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
  const extended: QueryConfig & { queryMode: 'extended' } = { ...config, queryMode: 'extended' };
  const query = new Query(extended, (error: Error | undefined, answer: Answer) => {
    if (error) reject(error);
    else resolve(answer.rows);
  });
  const own = query as unknown as UnderWay;
  const submit = query.submit.bind(query) as (connection: Connection) => unknown;
  const dataRow = own.handleDataRow.bind(query);
  const complete = own.handleCommandComplete.bind(query);
  let acting = false;
  query.submit = (connection) => {
    const { stream } = connection;
    stream.cork();
    try {
      connection.bind({ statement: 'furrow_identity', values: [identity] }, true);
      connection.execute({}, true);
      const refused = submit(connection);
      // Nothing that follows on this connection may share the transaction that was begun.
      if (refused) stream.destroy(new StoreUnavailable('a statement was not sent', { cause: refused }));
    } finally {
      stream.uncork();
    }
  };
  // The first answer is that of the identity.
  own.handleDataRow = (message) => {
    if (acting) dataRow(message);
  };
  own.handleCommandComplete = (message, connection) => {
    if (acting) complete(message, connection);
    acting = true;
  };
  client.query(query);
  return await promise;
}
