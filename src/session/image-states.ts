import { NoData } from '../errors.ts';
import { type ArchivedImage, archivedImages } from '../store/archived-images.ts';
import { findDataset } from '../store/datasets.ts';
import { type ExtractionStatus, listExtractions } from '../store/images.ts';
import { retryImages } from '../store/retry-images.ts';
import { sharedStore } from './shared-store.ts';
import { signalOf } from './surroundings.ts';

/** Where the work on one image of a dataset stands. */
export interface ImageState {
  /** The item's id. */
  readonly item: string;
  readonly collection: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly status: ExtractionStatus;
  /** How often it was begun. */
  readonly tries: number;
  /** Signatures and histograms; null before it was extracted. */
  readonly rows: number | null;
  /** Why it failed or is not used; null where neither. */
  readonly error: string | null;
  /** Why this image is used, or not, beside others of its acquisition, and where its rows lie if not in the store alone. */
  readonly choice: string | null;
  /** ISO 8601, UTC. */
  readonly finished: string | null;
}

export interface ImageStatesOptions {
  /** Only those in these states. */
  readonly statuses?: readonly ExtractionStatus[] | undefined;
  /** Only these, by item id. Throws `NoData` for one that the dataset does not have. */
  readonly items?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RetryOptions {
  /** By item id: done again whatever their state. All that failed when left out. */
  readonly items?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The images of a dataset of the store, oldest first. Throws `DatasetNotFound`, `NoData`. */
export async function imageStates(dataset: string, options: ImageStatesOptions = {}): Promise<ImageState[]> {
  const { statuses, items } = options;
  const signal = signalOf(options.signal);
  const store = await sharedStore();
  const { id } = await findDataset(store, dataset, { signal });
  const rows = await listExtractions(store, id, { statuses, references: items, signal });
  const found = new Set(rows.map(({ reference }) => reference));
  const missing = statuses === undefined ? items?.find((item) => !found.has(item)) : undefined;
  if (missing !== undefined) throw new NoData(`dataset '${dataset}' has no image '${missing}'`);
  const archived = new Map((await archivedImages(store, id, { signal })).map((one) => [one.image, one]));
  return rows.map(
    ({ image, reference, collection, datetime, status, tries, rows: count, error, choice, finished }) => ({
      item: reference,
      collection,
      datetime: datetime.toISOString(),
      status,
      tries,
      rows: count,
      error,
      choice: sentences([
        choice,
        status === 'done' && count === 0 ? 'an empty frame here: no parcel has a valid pixel on it' : null,
        placeOf(archived.get(image), dataset),
      ]),
      finished: finished?.toISOString() ?? null,
    }),
  );
}

function sentences(parts: readonly (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null && part !== '');
  return said.length === 0 ? (parts[0] ?? null) : said.join('; ');
}

function placeOf(archived: ArchivedImage | undefined, dataset: string): string | null {
  if (archived === undefined) return null;
  const { month, location, beside } = archived;
  return beside
    ? `extracted after ${month} was moved to ${location}: its rows stand in the store beside the files, and questions take both (furrow archive ${dataset} --restore --month ${month} brings the month back, archived again it has them all)`
    : `its rows lie in ${location} with the month ${month}`;
}

/**
 * Puts images back among those that wait for the next `extract`, or for one that runs: all that failed, or the given ones. Gives
 * their item ids. Throws `DatasetNotFound`, and `NoData` for an item that the dataset does not have or does not use.
 */
export async function retryExtraction(dataset: string, options: RetryOptions = {}): Promise<string[]> {
  const signal = signalOf(options.signal);
  const store = await sharedStore();
  const { id } = await findDataset(store, dataset, { signal });
  return await retryImages(store, { dataset: id, references: options.items, signal });
}
