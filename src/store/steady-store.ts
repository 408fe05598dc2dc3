import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { Cancelled, StoreFailure, StoreUnavailable } from '../errors.ts';
import { limit } from '../limits.ts';
import type { QueryOptions, Store } from './store.ts';

export interface SteadyOptions extends QueryOptions {
  /** How long a store that cannot be reached is waited for, in milliseconds; limit `storePatienceMs` when left out. */
  readonly patienceMs?: number | undefined;
  /** Told at each failure that is not the last: why, and how long it has lasted. */
  readonly onLost?: ((error: StoreUnavailable | StoreFailure, lostMs: number) => void) | undefined;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Refused by the server's rules (SQLSTATE classes 28 and 3D): no waiting mends a password or a database's name. */
const refused = new Set(['28', '3D']);

/** Deadlock and serialization failure: the other transaction has gone on, so this one may too. */
const collisions = new Set(['40P01', '40001']);

function passes(error: unknown): error is StoreUnavailable | StoreFailure {
  const code = error instanceof Error && error.cause instanceof DatabaseError ? (error.cause.code ?? '') : '';
  if (error instanceof StoreUnavailable) return !refused.has(code.slice(0, 2));
  return error instanceof StoreFailure && collisions.has(code);
}

/**
 * Does work on a store again while the store cannot be reached (restarting, killed, no connection left) or two transactions
 * collided, with growing pauses, until it succeeds or the patience is over: then throws the last failure. `attempt` counts
 * from 0: the work asks, from the second on, whether an earlier one got through without its answer. Throws `Cancelled`.
 */
export async function steadily<T>(
  work: (attempt: number) => Promise<T>,
  { signal, patienceMs = limit('storePatienceMs'), onLost }: SteadyOptions = {},
): Promise<T> {
  let lostAt: number | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!passes(error)) throw error;
      lostAt ??= performance.now();
      const lostMs = performance.now() - lostAt;
      if (lostMs > patienceMs) throw error;
      onLost?.(error, lostMs);
      // Many workers lost the same server: they must not all come back in the same moment.
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt) * (0.5 + Math.random());
      await delay(pause, undefined, { signal }).catch((cause: unknown) => {
        throw new Cancelled('waiting for the store was cancelled', { cause });
      });
    }
  }
}

/**
 * A store whose statements and transactions survive a lost connection, as `steadily` does. Only for work that may be done
 * twice: a transaction whose commit was not answered is done again.
 */
export function steadyStore(store: Store, options: SteadyOptions = {}): Store {
  const during = (own: QueryOptions | undefined) => ({ ...options, signal: own?.signal ?? options.signal });
  return {
    ...store,
    query: (text, values, own) => steadily(() => store.query(text, values, own), during(own)),
    texts: (text, values, own) => steadily(() => store.texts(text, values, own), during(own)),
    transaction: (work, own) => steadily(() => store.transaction(work, own), during(own)),
  };
}
