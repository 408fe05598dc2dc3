import { setTimeout } from 'node:timers/promises';
import { Cancelled, StorageFailure } from '../errors.ts';

/** First pause's upper bound; doubled each time. */
export const PAUSE_MS = 100;
/** No pause is longer, whatever a server asks for in Retry-After. */
export const LONGEST_PAUSE_MS = 5_000;
/** Tries in all. With 20 % failing answers the chance that all fail is 1 in 15,000. */
export const TRIES = 6;

/** One try: its value, or why it failed in a way that may pass. Other failures are thrown. */
export type Attempt<T> =
  | { readonly value: T }
  | { readonly passing: string; readonly cause?: unknown; readonly waitMs?: number | undefined };

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly random?: (() => number) | undefined;
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/**
 * Repeats `attempt` while it fails in passing, with full jitter between tries (a random part of a pause that doubles),
 * and no sooner than the server asked. Throws `StorageFailure` with the last reason, `Cancelled` when the signal fires.
 */
export async function withRetries<T>(
  what: string,
  attempt: () => Promise<Attempt<T>>,
  { signal, random = Math.random, sleep = pause }: RetryOptions = {},
): Promise<T> {
  for (let tried = 1; ; tried++) {
    if (signal?.aborted) throw new Cancelled(`${what} was cancelled`, { cause: signal.reason });
    const outcome = await attempt();
    if ('value' in outcome) return outcome.value;
    if (tried === TRIES)
      throw new StorageFailure(`${what}: ${outcome.passing}, ${TRIES} times; try again later`, {
        cause: outcome.cause,
      });
    const bound = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (tried - 1));
    await sleep(Math.max(random() * bound, Math.min(outcome.waitMs ?? 0, LONGEST_PAUSE_MS)), signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  // An abort ends the pause early; the loop then throws.
  await setTimeout(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
}
