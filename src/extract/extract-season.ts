import { setTimeout as delay } from 'node:timers/promises';
import { processedAt } from '../catalog/acquisition.ts';
import { chooseScenes } from '../catalog/choose-scenes.ts';
import type { Collection } from '../catalog/collection.ts';
import type { Item } from '../catalog/item.ts';
import { InvalidArgument, NoData, throwIfCancelled } from '../errors.ts';
import { areaBounds } from '../geometry/area.ts';
import { unionBBox } from '../geometry/bbox.ts';
import { transformBBox } from '../geometry/crs.ts';
import { limit } from '../limits.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { openImages } from '../store/claims.ts';
import { type Extraction, listExtractions, registerImages } from '../store/images.ts';
import { saveParcels } from '../store/save-parcels.ts';
import type { Store } from '../store/store.ts';
import { imageRecord } from './image-record.ts';
import { recipeOf } from './recipe.ts';
import { workOnNext } from './work-on-image.ts';

export interface SeasonProgress {
  /** Images done by anybody since the start, of those that were to be done. */
  readonly done: number;
  readonly of: number;
  /** The image that was just finished. */
  readonly item: string;
  /** Rows written so far by this call. */
  readonly rows: number;
}

export interface ExtractSeasonOptions {
  readonly collection: Collection;
  readonly parcels: ParcelSet;
  readonly store: Store;
  /** Name of the dataset that the parcels are stored as; the set's own name when left out. */
  readonly dataset?: string | undefined;
  /** Names or common names; every measured band of each item when left out. */
  readonly bands?: readonly string[] | undefined;
  /** NDVI where an item allows it when left out. */
  readonly indices?: readonly string[] | undefined;
  /** From (included) to (excluded), ISO 8601. */
  readonly interval?: readonly [from: string | null, to: string | null] | undefined;
  /** Images worked on at the same time (1), so that one is read while another is computed. */
  readonly workers?: number | undefined;
  /** How long a worker's claim outlives its last sign of life, in milliseconds. */
  readonly leaseMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SeasonProgress) => void) | undefined;
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
  /** Not used, with the reason: another processing of the same scene is newer. */
  readonly dropped: readonly { readonly item: string; readonly reason: string }[];
  readonly failed: readonly { readonly item: string; readonly reason: string }[];
  /** Signatures and histograms written by this call. */
  readonly rows: number;
  readonly seconds: number;
}

/** How often to look whether others have finished, or died with, the last images. */
const pollMs = 500;

/**
 * Extracts the signatures of parcels from every image of a collection's season into the store. The parcels are saved as a
 * dataset, the images registered, then claimed from the oldest on and written in one transaction each: a call that is
 * killed at any point is continued by the next one, several calls (on several machines) share the work, and a repetition
 * finds nothing to do. An image that fails is recorded with its reason, the others go on; the next call tries it again.
 * Throws `NoData` without an image or parcel, `Cancelled`, `StoreUnavailable`, `StoreFailure`, `CrsUnknown`.
 */
export async function extractSeason(options: ExtractSeasonOptions): Promise<SeasonSummary> {
  const { collection, store, bands, indices, workers = 1, leaseMs, signal, onProgress } = options;
  const parcels = { ...options.parcels, name: options.dataset ?? options.parcels.name };
  if (!Number.isInteger(workers) || workers < 1 || workers > limit('storeConnections'))
    throw new InvalidArgument(`workers must be 1 to ${limit('storeConnections')}, not ${workers}`);
  const start = performance.now();
  const items = await itemsOf(options);
  const { dataset } = await saveParcels(store, parcels, { signal });
  const { kept, dropped } = chooseScenes(items);
  const registered = await registerImages(store, {
    dataset,
    recipe: recipeOf(parcels, bands, indices),
    images: [
      ...kept.map((item) => imageRecord(collection.id, item)),
      ...dropped.map(({ item, reason }) => imageRecord(collection.id, item, reason)),
    ],
    signal,
  });
  const images = registered.map(({ image }) => image);
  const open = registered.filter(({ status }) => status === 'waiting' || status === 'claimed').length;
  const byId = new Map(items.map((item) => [item.id, item]));
  const stop = new AbortController();
  const either = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
  const work = {
    store,
    dataset,
    images,
    items: byId,
    parcels: options.parcels,
    bands,
    indices,
    leaseMs,
    signal: either,
  };

  const total = { done: 0, rows: 0 };
  const loop = async (): Promise<void> => {
    for (;;) {
      throwIfCancelled(either, `extracting '${parcels.name}'`);
      const outcome = await workOnNext(work);
      if (outcome === undefined) {
        if ((await openImages(store, { dataset, images, signal })) === 0) return;
        // Aborted, it ends at once, and the next turn says so.
        await delay(pollMs, undefined, { signal: either }).catch(() => undefined);
        continue;
      }
      if (outcome.rows === undefined) continue;
      total.done++;
      total.rows += outcome.rows;
      const left = await openImages(store, { dataset, images, signal });
      onProgress?.({ done: open - left, of: open, item: outcome.item, rows: total.rows });
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

  const among = new Set(images);
  const states = (await listExtractions(store, dataset, { signal })).filter(({ image }) => among.has(image));
  return {
    dataset,
    images: states.length,
    done: total.done,
    skipped: states.filter(({ status }) => status === 'done').length - total.done,
    dropped: reasons(states, 'dropped'),
    failed: reasons(states, 'failed'),
    rows: total.rows,
    seconds: (performance.now() - start) / 1000,
  };
}

function reasons(
  states: readonly Extraction[],
  wanted: Extraction['status'],
): { item: string; reason: string }[] {
  return states
    .filter(({ status }) => status === wanted)
    .map(({ reference, error }) => ({ item: reference, reason: error ?? 'no reason was recorded' }));
}

async function itemsOf({ collection, parcels, interval, signal }: ExtractSeasonOptions): Promise<Item[]> {
  const bounds = unionBBox(parcels.parcels.map(({ geometry }) => areaBounds(geometry)));
  if (bounds === undefined) throw new NoData(`'${parcels.name}' has no parcels`);
  const bbox = transformBBox(bounds, parcels.crs, 'OGC:CRS84');
  const items = onePerId(await collection.items({ bbox, interval, signal }));
  if (items.length === 0)
    throw new NoData(
      `collection '${collection.id}' has no item that touches the parcels '${parcels.name}' (${bbox.map((side) => side.toFixed(4)).join(', ')})${interval === undefined ? '' : ` from ${interval[0]} to ${interval[1]}`}`,
    );
  return items;
}

/** A catalog may list an item by several documents, but an image is one id: the newest processing, else the first listed. */
function onePerId(items: readonly Item[]): Item[] {
  const found = new Map<string, Item>();
  for (const item of items) {
    const before = found.get(item.id);
    if (before === undefined || processedAt(item) > processedAt(before)) found.set(item.id, item);
  }
  return [...found.values()];
}
