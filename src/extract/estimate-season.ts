import { availableParallelism } from 'node:os';
import { type FilesLookedAt, fileVersions, itemVersion } from '../catalog/item-version.ts';
import { throwIfCancelled } from '../errors.ts';
import { readCount } from '../storage/read-meter.ts';
import { datasetToSave } from '../store/dataset-to-save.ts';
import { doneExtractions, listExtractions, standingRows } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { chooseImages } from './choose-images.ts';
import { extractImage } from './extract-image.ts';
import {
  type ExtractSeasonOptions,
  type ImageReason,
  type RemovedImage,
  settingsOf,
} from './extract-season.ts';
import type { ChosenImage } from './image-record.ts';
import { recipeOf } from './recipe.ts';
import { seasonItems } from './season-items.ts';
import { checkedSettings } from './settings.ts';
import { preparedItem } from './work-on-image.ts';

/** Images that are measured for an estimate: the first, one of the middle and the last of those that are to be done. */
const mostSamples = 3;

export interface EstimateOptions
  extends Omit<ExtractSeasonOptions, 'store' | 'onProgress' | 'onClaim' | 'onLost'> {
  /** What is done already; nothing when left out. */
  readonly store?: Store | undefined;
  readonly files?: FilesLookedAt | undefined;
  /** Told of each image that is about to be measured. */
  readonly onProgress?: ((done: number, of: number, item: string) => void) | undefined;
}

/** What an extraction would do; nothing was written. Bytes, seconds and rows are those of all images that are to be done. */
export interface SeasonEstimate {
  readonly images: number;
  readonly toDo: number;
  readonly doneBefore: number;
  readonly dropped: readonly ImageReason[];
  /** Of those not used, the ones that are now: their rows would be deleted. */
  readonly removed: readonly RemovedImage[];
  readonly parcels: number;
  /** Read from the files, after merging nothing. */
  readonly bytes: number;
  readonly rows: number;
  /** Of reading and computing with the given threads on this machine, when nobody else uses it; writing comes on top. */
  readonly seconds: number;
  /** Items that were measured (not stored) for it, in one thread and one after another. */
  readonly measuredOn: readonly string[];
  /** Of these, those that cannot be extracted. */
  readonly failed: readonly ImageReason[];
}

/**
 * What `extractSeason` would do with these options, without writing anything: reads the catalog and what is done already, and
 * measures up to three images (first, middle and last) whose mean stands for all. Throws as `extractSeason` does, but what is
 * wrong with a measured image is listed.
 */
export async function estimateSeason(options: EstimateOptions): Promise<SeasonEstimate> {
  const { parcels, threads = 0, signal, onProgress } = options;
  const settings = checkedSettings(settingsOf(options));
  const items = await seasonItems(options);
  const chosen = chooseImages(items, { maxCloud: options.maxCloud, offsets: settings.offsets });
  const used = chosen.filter(({ dropped }) => dropped === undefined);
  const dropped = chosen.flatMap(({ item, dropped: reason }) =>
    reason === undefined ? [] : [{ item: item.id, reason }],
  );
  const dataset = await knownDataset(options);
  const toDo = await notDone(options, dataset, used, recipeOf(parcels, settings));
  const removed = await usedStill(options, dataset, dropped);
  const samples = [...new Set([0, toDo.length >> 1, toDo.length - 1])]
    .flatMap((at) => toDo[at] ?? [])
    .slice(0, mostSamples);
  const failed: ImageReason[] = [];
  const measured: { bytes: number; rows: number; seconds: number }[] = [];
  for (const [at, { item }] of samples.entries()) {
    throwIfCancelled(signal, 'estimating the extraction');
    onProgress?.(at, samples.length, item.id);
    const [before, began] = [readCount().bytes, performance.now()];
    try {
      const rows = await extractImage({
        ...settings,
        item: preparedItem(item, settings),
        parcels,
        signal,
      });
      measured.push({
        bytes: readCount().bytes - before,
        rows: [...rows.signatures, ...rows.histograms].reduce((sum, { pid }) => sum + pid.length, 0),
        seconds: (performance.now() - began) / 1000,
      });
    } catch (error) {
      throwIfCancelled(signal, 'estimating the extraction');
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      failed.push({ item: item.id, reason });
    }
  }
  const mean = (pick: (one: (typeof measured)[number]) => number) =>
    measured.length === 0 ? 0 : measured.reduce((sum, one) => sum + pick(one), 0) / measured.length;
  // Images of one thread overlap only in what they wait for, which local files do not show.
  const atOnce = threads === 0 ? 1 : Math.min(threads, availableParallelism());
  return {
    images: chosen.length,
    toDo: toDo.length,
    doneBefore: used.length - toDo.length,
    dropped,
    removed,
    parcels: parcels.parcels.length,
    bytes: Math.round(mean(({ bytes }) => bytes) * toDo.length),
    rows: Math.round(mean(({ rows }) => rows) * toDo.length),
    seconds: (mean(({ seconds }) => seconds) * toDo.length) / atOnce,
    measuredOn: samples.map(({ item }) => item.id),
    failed,
  };
}

/** The id of the dataset that would be written; undefined before the first extraction. */
async function knownDataset({
  store,
  dataset,
  parcels,
  signal,
}: EstimateOptions): Promise<number | undefined> {
  if (store === undefined) return undefined;
  return (await datasetToSave(store, dataset ?? parcels.name, { signal })).id;
}

/** Images that are to be dropped and have rows. */
async function usedStill(
  { store, collection, signal }: EstimateOptions,
  dataset: number | undefined,
  dropped: readonly ImageReason[],
): Promise<RemovedImage[]> {
  if (store === undefined || dataset === undefined || dropped.length === 0) return [];
  const reasons = new Map(dropped.map(({ item, reason }) => [item, reason]));
  const states = await listExtractions(store, dataset, { references: [...reasons.keys()], signal });
  const used = states.filter(({ collection: own, status }) => own === collection.id && status !== 'dropped');
  const waiting = used.filter(({ rows }) => rows === null).map(({ image }) => image);
  const standing = await standingRows(store, dataset, waiting, { signal });
  return used.flatMap(({ image, reference: item, rows }) => {
    const count = rows ?? standing.get(image) ?? 0;
    return count > 0 ? [{ item, reason: reasons.get(item) ?? '', rows: count }] : [];
  });
}

async function notDone(
  { store, collection, files = 'local', signal }: EstimateOptions,
  dataset: number | undefined,
  used: readonly ChosenImage[],
  recipe: string,
): Promise<readonly ChosenImage[]> {
  if (store === undefined || dataset === undefined) return used;
  const of = { dataset, collection: collection.id, recipe };
  const done = await doneExtractions(store, of, { signal });
  const seen = await fileVersions(
    used.map(({ item }) => item),
    files,
    { signal },
  );
  return used.filter(({ item }, at) => {
    const before = done.get(item.id);
    if (before === undefined) return true;
    if (before.version !== null && before.version !== itemVersion(item)) return true;
    return before.files !== null && seen[at] !== undefined && before.files !== seen[at];
  });
}
