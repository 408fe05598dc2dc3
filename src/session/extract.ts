import type { CatalogProblem } from '../catalog/collection.ts';
import { estimateSeason } from '../extract/estimate-season.ts';
import { defaultThreads } from '../extract/extract-pool.ts';
import { type ExtractSeasonOptions, extractSeason, type SeasonProgress } from '../extract/extract-season.ts';
import type { ExtractionSettings } from '../extract/settings.ts';
import { type WatchRound, watchSeason } from '../extract/watch-season.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { type ExtractEstimate, type ExtractReport, estimateReport, extractReport } from './extract-report.ts';
import { namedCollection } from './named-collection.ts';
import { durationText, progressNote } from './progress-note.ts';
import type { Season } from './season.ts';
import { sharedStore } from './shared-store.ts';
import { type ProgressBar, signalOf, withProgress } from './surroundings.ts';

export interface ExtractOptions
  extends ExtractionSettings,
    Pick<ExtractSeasonOptions, 'maxCloud' | 'files' | 'workers' | 'threads'> {
  readonly collection: Season;
  readonly parcels: ParcelSet;
  /** From (included) to (excluded), ISO 8601. */
  readonly time?: readonly [string | null, string | null] | undefined;
  /** Whether images that failed before are tried again: yes when left out. */
  readonly retryFailed?: boolean | undefined;
  /** Only says what would be done, with an estimate of bytes, time and rows; writes nothing. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WatchOptions extends Omit<ExtractOptions, 'dryRun'> {
  /** Seconds from one look at the collection to the next; 600 when left out. */
  readonly every?: number | undefined;
  /** Seconds after which no new look begins; until it is interrupted when left out. */
  readonly during?: number | undefined;
  /** Told after each look. */
  readonly onRound?: ((round: WatchRound) => void) | undefined;
}

/** With fewer parcels a short season is done before worker threads have started; they are when it takes longer than this. */
const parcelsForThreads = 1000;
const shortSeasonMs = 1000;

/**
 * Measures every parcel on every image of a season and stores the signatures, with progress. Done images are not done again
 * unless they, their files, the parcels or the options changed; an interrupted extraction gives its images back and goes on
 * where it stopped. A failed image is listed with its reason, the others go on. Throws `InvalidArgument` for impossible
 * options, `NoData` without an image, `Cancelled`, and what the store throws.
 */
export async function extract(options: ExtractOptions & { readonly dryRun: true }): Promise<ExtractEstimate>;
export async function extract(options: ExtractOptions): Promise<ExtractReport>;
export async function extract(options: ExtractOptions): Promise<ExtractReport | ExtractEstimate> {
  if (options.dryRun) return await estimate(options);
  const { collection, parcels, retryFailed = true } = options;
  const signal = signalOf(options.signal);
  const store = await sharedStore();
  const summary = await withProgress(titleOf(parcels), (bar) =>
    extractSeason({
      ...seasonOptions(options),
      ...shownOn(bar),
      collection: collection.collection,
      store,
      retry: retryFailed ? 'all' : 'none',
      signal,
    }),
  );
  return extractReport(summary, parcels.name, [...collection.collection.problems]);
}

/**
 * Extracts a season and whatever is added to its collection later: looks again every few minutes until it is interrupted or
 * the time is over. Gives the number of looks. Images whose files were out of reach are tried again at each look; others that
 * failed wait for `fields.retry()`. Throws as `extract` does; trouble after the first look is told to `onRound`.
 */
export async function watchCollection(options: WatchOptions): Promise<number> {
  const { collection, parcels, every = 600, during, retryFailed = true, onRound } = options;
  const signal = signalOf(options.signal);
  const store = await sharedStore();
  const problemsOf = new Map<number, readonly CatalogProblem[]>();
  return await withProgress(titleOf(parcels), (bar) =>
    watchSeason({
      ...seasonOptions(options),
      ...shownOn(bar),
      open: (opening) => namedCollection(collection.collection.address, opening),
      retry: retryFailed ? 'all' : 'none',
      everyMs: every * 1000,
      forMs: during === undefined ? undefined : during * 1000,
      store,
      signal,
      onRound: (round) => {
        if ('collection' in round) problemsOf.set(round.round, [...round.collection.problems]);
        bar.update(1, 1, `waiting for new images, next look in ${durationText(every)}`);
        onRound?.(round);
      },
    }),
  );
}

async function estimate(options: ExtractOptions): Promise<ExtractEstimate> {
  const { collection, parcels } = options;
  const signal = signalOf(options.signal);
  const store = await sharedStore();
  const found = await withProgress('Estimating the extraction', (bar) =>
    estimateSeason({
      ...seasonOptions(options),
      collection: collection.collection,
      store,
      signal,
      onProgress: (done, of, item) => bar.update(done, of, `measuring ${item}`),
    }),
  );
  return estimateReport(found, parcels.name, [...collection.collection.problems]);
}

function seasonOptions(options: Omit<ExtractOptions, 'dryRun' | 'retryFailed'>) {
  const { parcels, time, maxCloud, files, workers, threads } = options;
  const { bands, indices, statistics, allTouched, innerBuffer, minArea, unclear, resolution, offsets } =
    options;
  return {
    ...{ bands, indices, statistics, allTouched, innerBuffer, minArea, unclear, resolution, offsets },
    ...{ parcels, maxCloud, files, workers },
    interval: time,
    threads: threads ?? defaultThreads(),
    threadsAfterMs: threads === undefined && parcels.parcels.length < parcelsForThreads ? shortSeasonMs : 0,
  };
}

function titleOf({ parcels }: ParcelSet): string {
  return `Extracting ${parcels.length} parcels`;
}

function shownOn(bar: ProgressBar): Pick<ExtractSeasonOptions, 'onProgress' | 'onLost'> {
  const note = progressNote('images');
  let last: SeasonProgress | undefined;
  return {
    onProgress: (progress) => {
      last = progress;
      const { done, of, item, failed } = progress;
      bar.update(done, of, `${note(done, of)}${failed > 0 ? `, ${failed} failed` : ''}, ${item}`);
    },
    onLost: (error, lostMs) => {
      const since = lostMs < 1000 ? '' : ` (for ${durationText(lostMs / 1000)})`;
      bar.update(last?.done ?? 0, last?.of ?? 1, `waiting for the store${since}: ${error.message}`);
    },
  };
}
