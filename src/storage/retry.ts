import { setTimeout } from 'node:timers/promises';
import { Cancelled, StorageFailure } from '../errors.ts';

/** First pause's upper bound; doubled each time. */
export const PAUSE_MS = 100;
/** No pause of our own is longer. */
export const LONGEST_PAUSE_MS = 5_000;
/** The longest that a server's Retry-After is waited for; one that asks for more is told to the caller at once. */
export const LONGEST_WAIT_MS = 60_000;
/** Tries in all. With 20 % failing answers the chance that all fail is 1 in 15,000. */
export const TRIES = 6;

/** One try: its value, or why it failed in a way that may pass. Other failures are thrown. */
export type Attempt<T> =
  | { readonly value: T }
  | {
      readonly passing: string;
      readonly cause?: unknown;
      readonly waitMs?: number | undefined;
      /** Nothing is wrong with the server: the next try needs no pause. */
      readonly atOnce?: boolean | undefined;
    };

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly random?: (() => number) | undefined;
  readonly sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  readonly now?: (() => Date) | undefined;
}

/**
 * Repeats `attempt` while it fails in passing, with full jitter between tries (a random part of a pause that doubles),
 * and no sooner than the server asked. Throws `StorageFailure` with the last reason, `Cancelled` when the signal fires.
 */
export async function withRetries<T>(
  what: string,
  attempt: () => Promise<Attempt<T>>,
  options: RetryOptions & { readonly tries?: number | undefined } = {},
): Promise<T> {
  const { signal, random = Math.random, sleep = pause, tries = TRIES } = options;
  for (let tried = 1, pauses = 0; ; tried++) {
    if (signal?.aborted) throw new Cancelled(`${what} was cancelled`, { cause: signal.reason });
    const outcome = await attempt();
    if ('value' in outcome) return outcome.value;
    const { passing, cause, waitMs = 0, atOnce = false } = outcome;
    if (tried === tries)
      throw new StorageFailure(`${what}: ${passing}, the last of ${tries} tries; try again later`, { cause });
    if (waitMs > LONGEST_WAIT_MS)
      throw new StorageFailure(
        `${what}: ${passing} and asks to wait ${Math.ceil(waitMs / 1000)} s; try again then`,
        { cause },
      );
    if (atOnce) continue;
    const bound = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** pauses++);
    await sleep(Math.max(random() * bound, waitMs), signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  // An abort ends the pause early; the loop then throws.
  await setTimeout(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
}
