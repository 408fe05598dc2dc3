import { setTimeout as delay } from 'node:timers/promises';
import type { Collection } from '../catalog/collection.ts';
import {
  BandNotFound,
  Cancelled,
  FurrowError,
  InvalidArgument,
  LimitExceeded,
  NoData,
  StoreFailure,
  throwIfCancelled,
} from '../errors.ts';
import { type ExtractSeasonOptions, extractSeason, type SeasonSummary } from './extract-season.ts';

/** What one look at the collection gave. */
export type WatchRound =
  | { readonly round: number; readonly summary: SeasonSummary; readonly collection: Collection }
  /** The collection or the store was out of reach, or there is no image yet: the next round tries again. */
  | { readonly round: number; readonly problem: FurrowError };

export interface WatchOptions extends Omit<ExtractSeasonOptions, 'collection'> {
  /** Reads the collection anew. */
  readonly open: (options: { readonly signal?: AbortSignal | undefined }) => Promise<Collection>;
  /** From the end of one round to the beginning of the next, in milliseconds. */
  readonly everyMs: number;
  /** No round begins later than this after the first, in milliseconds; until it is cancelled when left out. */
  readonly forMs?: number | undefined;
  readonly onRound?: ((round: WatchRound) => void) | undefined;
}

/** Of a timer: it takes a longer pause for none at all. */
const longestPauseMs = 2 ** 31 - 1;

/**
 * Extracts a season and what is added to its collection later: reads the collection again and again, until the time is over
 * or the call is cancelled. Images that failed before are tried again in the first round (see `retry`), then wait for
 * `retryImages`, but for those whose files were out of reach: these are tried again in every later round. Gives the number of rounds. What is wrong with the request itself (`InvalidArgument`,
 * `StoreFailure`, ...) is thrown, as is everything in the first round but `NoData`; later trouble is told to `onRound`.
 * Throws `Cancelled`.
 */
export async function watchSeason(options: WatchOptions): Promise<number> {
  const { open, everyMs, forMs = Infinity, retry: atFirst, onRound, ...season } = options;
  const { signal } = options;
  if (!(everyMs > 0 && everyMs <= longestPauseMs) || !(forMs > 0))
    throw new InvalidArgument(
      `a collection is watched every so many milliseconds above 0 and up to ${longestPauseMs} (24 days), not ${everyMs}`,
    );
  const end = performance.now() + forMs;
  for (let round = 1; ; round++) {
    throwIfCancelled(signal, 'watching the collection');
    try {
      const collection = await open({ signal });
      const retry = round === 1 ? atFirst : 'storage';
      const summary = await extractSeason({ ...season, collection, retry });
      onRound?.({ round, collection, summary });
    } catch (problem) {
      if (!passes(problem, round)) throw problem;
      onRound?.({ round, problem });
    }
    if (performance.now() + everyMs > end) return round;
    await delay(everyMs, undefined, { signal }).catch((cause: unknown) => {
      throw new Cancelled('watching the collection was cancelled', { cause });
    });
  }
}

const ofTheRequest = [InvalidArgument, StoreFailure, LimitExceeded, BandNotFound, Cancelled];

function passes(problem: unknown, round: number): problem is FurrowError {
  if (!(problem instanceof FurrowError) || ofTheRequest.some((kind) => problem instanceof kind)) return false;
  return problem instanceof NoData || round > 1;
}
