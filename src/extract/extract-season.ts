import { setTimeout as delay } from 'node:timers/promises';
import type { Collection } from '../catalog/collection.ts';
import { type FilesLookedAt, fileVersions } from '../catalog/item-version.ts';
import { InvalidArgument, type StoreFailure, type StoreUnavailable, throwIfCancelled } from '../errors.ts';
import { limit } from '../limits.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { type DividedMonth, dividedMonths } from '../store/archived-images.ts';
import { type Claim, openImages } from '../store/claims.ts';
import { type Extraction, listExtractions, type RegisterOptions, registerImages } from '../store/images.ts';
import { saveParcels } from '../store/save-parcels.ts';
import { steadyStore } from '../store/steady-store.ts';
import type { Store } from '../store/store.ts';
import { chooseImages } from './choose-images.ts';
import { type ExtractImageOptions, extractImage } from './extract-image.ts';
import { openExtractPool } from './extract-pool.ts';
import { imageRecord } from './image-record.ts';
import { recipeOf } from './recipe.ts';
import { seasonItems } from './season-items.ts';
import { checkedSettings, type ExtractionSettings } from './settings.ts';
import { type MeasureImage, workOnNext } from './work-on-image.ts';

export interface SeasonProgress {
  /** Images that have been settled by anybody since the start, of those that were to be done. */
  readonly done: number;
  readonly of: number;
  /** The image that was just finished. */
  readonly item: string;
  /** Rows written so far by this call. */
  readonly rows: number;
  /** Images that failed in this call so far. */
  readonly failed: number;
}

export interface ExtractSeasonOptions extends ExtractionSettings {
  readonly collection: Collection;
  readonly parcels: ParcelSet;
  readonly store: Store;
  /** Name of the dataset that the parcels are stored as; the set's own name when left out. */
  readonly dataset?: string | undefined;
  /** From (included) to (excluded), ISO 8601. */
  readonly interval?: readonly [from: string | null, to: string | null] | undefined;
  /** Percent: scenes with more cloud are not used. Whether a scene is used is no part of the recipe. */
  readonly maxCloud?: number | undefined;
  /** Which files are looked at for changes since they were extracted: those of this machine when left out. */
  readonly files?: FilesLookedAt | undefined;
  /** Which images that failed before are tried again: `all` when left out. */
  readonly retry?: RegisterOptions['retry'];
  /** Images worked on at the same time (1), each with a connection of its own to the store. */
  readonly workers?: number | undefined;
  /** Worker threads that all images of this call share; this thread alone when left out or 0. */
  readonly threads?: number | undefined;
  /** The threads are started when measuring has gone on so long, in milliseconds; at once when left out. */
  readonly threadsAfterMs?: number | undefined;
  /** What computes the rows of an image; `extractImage` when left out. */
  readonly measure?: MeasureImage | undefined;
  /** How long a worker's claim outlives its last sign of life, in milliseconds. */
  readonly leaseMs?: number | undefined;
  /** How long a store that cannot be reached is waited for, in milliseconds. */
  readonly patienceMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SeasonProgress) => void) | undefined;
  /** Told of each image that a worker of this call has claimed. */
  readonly onClaim?: ((claim: Claim) => void) | undefined;
  /** Told while the store cannot be reached: why, and for how long already. */
  readonly onLost?: ((error: StoreUnavailable | StoreFailure, lostMs: number) => void) | undefined;
}

export interface SeasonSummary {
  /** Id of the dataset in the store. */
  readonly dataset: number;
  /** Items of the collection in the interval that touch the parcels. */
  readonly images: number;
  /** Extracted by this call. */
  readonly done: number;
  /** Extracted before, or by others meanwhile. */
  readonly skipped: number;
  /** Not used, with the reason: another processing of the same scene is newer, too much cloud, an empty frame. */
  readonly dropped: readonly ImageReason[];
  /** Of those not used, the ones that were before this call: their rows were deleted. */
  readonly removed: readonly RemovedImage[];
  readonly failed: readonly ImageReason[];
  /** Registered anew by another call since, with other options or a newer version of the item: left to it. */
  readonly overtaken: readonly string[];
  /** Signatures and histograms written by this call. */
  readonly rows: number;
  /** Months in the archive that images were extracted for since: their rows stand in the store beside the files. */
  readonly divided: readonly DividedMonth[];
  readonly seconds: number;
}

export interface ImageReason {
  readonly item: string;
  readonly reason: string;
}

/** An image that is used no more, with the rows that it had. */
export interface RemovedImage extends ImageReason {
  readonly rows: number;
}

/** How often to look whether others have finished, or died with, the last images. */
const pollMs = 500;

/** Counting what is left is a query: between two of them a worker counts for itself, but for the last images. */
const countEveryMs = 250;
const countedOneByOne = 16;

/**
 * Extracts the signatures of parcels from every image of a collection's season into the store. The parcels are saved as a
 * dataset, the images registered, then claimed from the oldest on and written in one transaction each: a call that is
 * killed at any point is continued by the next one, several calls (on several machines) share the work, and a repetition
 * finds nothing to do. An image that fails is recorded with its reason, the others go on; the next call tries it again.
 * An item that changed since (address, checksum, time of processing, or its files, see `files`) is extracted again. A store
 * that cannot be reached is waited for. Throws `NoData` without an image or parcel, `InvalidArgument` for impossible
 * settings, `Cancelled`, `StoreUnavailable`, `StoreFailure`, `CrsUnknown`.
 */
export async function extractSeason(options: ExtractSeasonOptions): Promise<SeasonSummary> {
  const { threads = 0, threadsAfterMs = 0, measure } = options;
  if (!Number.isInteger(threads) || threads < 0 || threads > limit('threads'))
    throw new InvalidArgument(`threads must be 0 to ${limit('threads')}, not ${threads}`);
  if (threads === 0 || measure !== undefined) return await runSeason(options);
  const pool = openExtractPool(threads);
  try {
    let began: number | undefined;
    const onThreads = (image: ExtractImageOptions) => {
      began ??= performance.now();
      return extractImage(performance.now() - began < threadsAfterMs ? image : { ...image, pool });
    };
    return await runSeason({ ...options, measure: onThreads });
  } finally {
    await pool.close();
  }
}

async function runSeason(options: ExtractSeasonOptions): Promise<SeasonSummary> {
  const { collection, workers = 1, leaseMs, patienceMs, signal, onProgress, onLost } = options;
  const parcels = { ...options.parcels, name: options.dataset ?? options.parcels.name };
  if (!Number.isInteger(workers) || workers < 1 || workers > limit('storeConnections'))
    throw new InvalidArgument(`workers must be 1 to ${limit('storeConnections')}, not ${workers}`);
  const settings = checkedSettings(settingsOf(options));
  const start = performance.now();
  const items = await seasonItems(options);
  const chosen = chooseImages(items, { maxCloud: options.maxCloud, offsets: settings.offsets });
  const files = await fileVersions(
    chosen.map(({ item }) => item),
    options.files ?? 'local',
    { signal },
  );

  const lasting = { patienceMs, onLost };
  const store = steadyStore(options.store, { ...lasting, signal });
  const { dataset } = await saveParcels(store, parcels, { signal });
  const recipe = recipeOf(parcels, settings);
  const registered = await registerImages(store, {
    dataset,
    recipe,
    images: chosen.map((image, at) => imageRecord(collection.id, image, files[at])),
    retry: options.retry,
    signal,
  });
  const all = registered.map(({ image }) => image);
  const open = new Set(registered.filter(isOpen).map(({ image }) => image));
  const toDo = open.size;
  const stop = new AbortController();
  const either = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
  let list: readonly number[] | undefined;
  const images = () => {
    list ??= [...open];
    return list;
  };
  const work = {
    store: options.store,
    dataset,
    recipe,
    images,
    items: new Map(items.map((item) => [item.id, item])),
    parcels: options.parcels,
    settings,
    measure: options.measure,
    leaseMs,
    steady: lasting,
    signal: either,
    onClaim: options.onClaim,
  };

  const total = { done: 0, rows: 0, failed: 0 };
  const overtaken = new Set<number>();
  const left = leftCounter(toDo, () => openImages(store, { dataset, recipe, images: images(), signal }));
  const loop = async (): Promise<void> => {
    for (;;) {
      throwIfCancelled(either, `extracting '${parcels.name}'`);
      const outcome = await workOnNext(work);
      if (outcome === undefined) {
        if ((await left.count()) === 0) return;
        // Aborted, it ends at once, and the next turn says so.
        await delay(pollMs, undefined, { signal: either }).catch(() => undefined);
        continue;
      }
      const { how, item, rows } = outcome;
      if (how === 'lost') continue;
      if (how === 'outdated') {
        overtaken.add(outcome.image);
        open.delete(outcome.image);
        list = undefined;
        continue;
      }
      if (how === 'failed') total.failed++;
      else total.done++;
      total.rows += rows;
      const done = toDo - (await left.afterOne());
      onProgress?.({ done, of: toDo, item, rows: total.rows, failed: total.failed });
    }
  };
  // The first failure of one (the store is gone, the call was cancelled) stops them all, and none is left working.
  const ended = await Promise.allSettled(
    Array.from({ length: workers }, () =>
      loop().catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    ),
  );
  for (const result of ended) if (result.status === 'rejected') throw stop.signal.reason;

  const among = new Set(all);
  const states = (await listExtractions(store, dataset, { signal })).filter(({ image }) => among.has(image));
  return {
    dataset,
    images: states.length,
    done: total.done,
    skipped: Math.max(0, states.filter(({ status }) => status === 'done').length - total.done),
    dropped: reasons(states, 'dropped'),
    removed: registered
      .filter(({ removed }) => removed > 0)
      .map((image) => ({ ...reasonOf(image), rows: image.removed })),
    failed: reasons(states, 'failed'),
    overtaken: states
      .filter((state) => overtaken.has(state.image) || isOpen(state))
      .map(({ reference }) => reference),
    rows: total.rows,
    divided: await dividedMonths(store, dataset, { signal }),
    seconds: (performance.now() - start) / 1000,
  };
}

/** The part of the options that decides about the rows. */
export function settingsOf(options: ExtractionSettings): ExtractionSettings {
  const { bands, indices, statistics, allTouched, innerBuffer, minArea, unclear, resolution, offsets } =
    options;
  return { bands, indices, statistics, allTouched, innerBuffer, minArea, unclear, resolution, offsets };
}

function isOpen({ status }: Extraction): boolean {
  return status === 'waiting' || status === 'claimed';
}

/** How many images are open, asked of the store now and then and counted down between. */
function leftCounter(first: number, ask: () => Promise<number>) {
  let [left, asked] = [first, -Infinity];
  const count = async () => {
    left = await ask();
    asked = performance.now();
    return left;
  };
  return {
    count,
    afterOne: async () => {
      left = Math.max(0, left - 1);
      if (left > countedOneByOne && performance.now() - asked < countEveryMs) return left;
      return await count();
    },
  };
}

function reasons(states: readonly Extraction[], wanted: Extraction['status']): ImageReason[] {
  return states.filter(({ status }) => status === wanted).map(reasonOf);
}

function reasonOf({ reference, error }: Extraction): ImageReason {
  return { item: reference, reason: error ?? 'no reason was recorded' };
}
