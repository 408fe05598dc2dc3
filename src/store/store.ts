import type { QueryResultRow } from 'pg';

/** What a long opening tells: `fraction` runs from 0 to 1. */
export interface StoreProgress {
  readonly message: string;
  readonly fraction: number;
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface StatementOptions extends QueryOptions {
  /**
   * Whether a connection to PostgreSQL keeps the statement prepared, for texts that are asked often and of which there are few.
   * The embedded store prepares nothing: its one session is shared by all clients, and so would be the names.
   */
  readonly prepare?: boolean | undefined;
}

/** Values bound to $1, $2, ...; a `Buffer` goes over in PostgreSQL's binary format, everything else as text. */
export type QueryValue = string | number | boolean | null | Date | Buffer | readonly QueryValue[] | object;

/** Runs statements one after another on one connection. */
export interface Queryable {
  /** Rows as objects; bigint comes as a number (an error beyond 2^53), timestamps as `Date`, dates as `YYYY-MM-DD`. */
  query<Row extends QueryResultRow>(
    text: string,
    values?: readonly QueryValue[],
    options?: StatementOptions & TransactionOptions,
  ): Promise<Row[]>;
  /** Rows as arrays of the columns' texts in PostgreSQL's text format, null where the value is null: for large answers. */
  texts(
    text: string,
    values?: readonly QueryValue[],
    options?: TransactionOptions,
  ): Promise<(string | null)[][]>;
  /**
   * The rows of a query in PostgreSQL's binary format, in chunks of whole tuples as they come (`eachTuple` reads them): for
   * answers of many rows. `$` and a digit may stand in the text only as a value; values in binary format are refused. Who
   * stops reading early ends the statement. On the embedded store the answer is read as a whole before the first chunk.
   */
  copyOut(text: string, values?: readonly QueryValue[], options?: QueryOptions): AsyncIterable<Buffer>;
}

export interface TransactionOptions extends QueryOptions {
  /**
   * On a connection of the service role: for whom it acts (row-level security then asks for that name's grants). Within a
   * transaction it is the transaction's own, and a statement that names one is refused.
   */
  readonly identity?: string | undefined;
}

/**
 * An open signature store. Statements are errors of the type `StoreFailure` when refused, `StoreUnavailable` when
 * there is no connection. Inside `transaction` only the given `Queryable` may be used: the embedded store has one
 * session, so a query beside its transaction would wait for itself, and is refused.
 */
export interface Store extends Queryable {
  readonly kind: 'embedded' | 'postgres';
  /** The store of which this one is the view of one identity (`storeFor`): what anybody may read can be kept for all of them. */
  readonly root?: Store | undefined;
  /** `begin`, `work`, `commit`; `rollback` when `work` throws. */
  transaction<T>(work: (queryable: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  close(): Promise<void>;
}
