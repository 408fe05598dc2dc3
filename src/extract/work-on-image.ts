import { randomUUID } from 'node:crypto';
import { withBaselineOffsets } from '../catalog/baseline-offset.ts';
import type { Item } from '../catalog/item.ts';
import { itemVersion } from '../catalog/item-version.ts';
import { Cancelled, LeaseLost, ObjectChanged, StoreFailure, StoreUnavailable } from '../errors.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import {
  type Claim,
  claimImage,
  defaultLeaseMs,
  failImage,
  findClaim,
  releaseImage,
  renewLease,
  wasFinished,
} from '../store/claims.ts';
import { type SteadyOptions, steadily } from '../store/steady-store.ts';
import type { Store } from '../store/store.ts';
import { type ImageRows, writeImage } from '../store/write-signatures.ts';
import { type ExtractImageOptions, extractImage } from './extract-image.ts';
import type { ExtractionSettings } from './settings.ts';

/** Computes the rows of an image: in this thread, or in others. */
export type MeasureImage = (options: ExtractImageOptions) => Promise<ImageRows>;

export interface ImageWork {
  readonly store: Store;
  readonly dataset: number;
  readonly recipe: string;
  /** Ids of the images that may be claimed. */
  readonly images: () => readonly number[];
  /** By id. */
  readonly items: ReadonlyMap<string, Item>;
  readonly parcels: ParcelSet;
  readonly settings: ExtractionSettings;
  readonly measure?: MeasureImage | undefined;
  readonly leaseMs: number | undefined;
  readonly steady: Omit<SteadyOptions, 'signal'>;
  readonly signal: AbortSignal | undefined;
  /** Told of each claim before the work on it begins. */
  readonly onClaim?: ((claim: Claim) => void) | undefined;
}

export interface ImageOutcome {
  readonly image: number;
  readonly item: string;
  /**
   * `lost` to another worker; `outdated`: another call has registered a newer version of the item than this one knows, which
   * is left to it.
   */
  readonly how: 'done' | 'failed' | 'lost' | 'outdated';
  readonly rows: number;
}

/** How long a worker that was told to stop tries to give its image back; after that its lease ends by itself. */
const releasePatienceMs = 3_000;

/**
 * Claims the oldest image that waits, extracts it and writes its rows; undefined when none waits now. The lease is renewed
 * while the work goes on. A failure is recorded on the image, except of the store itself, which is thrown, and of a
 * cancelled call, which gives the image back. A store that cannot be reached is waited for; whatever was written without an
 * answer is found again by the claim's token and not done twice.
 */
export async function workOnNext(work: ImageWork): Promise<ImageOutcome | undefined> {
  const { items, signal } = work;
  const claim = await claimNext(work);
  if (claim === undefined) return undefined;
  work.onClaim?.(claim);
  const outcome = { image: claim.image, item: claim.reference, rows: 0 };
  try {
    const item = items.get(claim.reference);
    if (item === undefined)
      throw new StoreFailure(`image '${claim.reference}' is not an item of the collection`);
    if (claim.version !== null && claim.version !== itemVersion(item)) {
      await giveBack(work, claim);
      return { ...outcome, how: 'outdated' };
    }
    const measured = await measureUnderLease(work, claim, item);
    return { ...outcome, how: 'done', rows: await writeOnce(work, claim, measured) };
  } catch (error) {
    if (signal?.aborted || error instanceof Cancelled) {
      await giveBack(work, claim);
      throw error instanceof Cancelled ? error : new Cancelled('extracting was cancelled', { cause: error });
    }
    if (error instanceof LeaseLost) return { ...outcome, how: 'lost' };
    if (error instanceof StoreUnavailable || error instanceof StoreFailure) throw error;
    const recorded = await recordFailure(work, claim, error);
    return { ...outcome, how: recorded ? 'failed' : 'lost' };
  }
}

/** Without the signal: a claim that is cancelled on its way might be granted to nobody who knows of it. */
async function claimNext(work: ImageWork): Promise<Claim | undefined> {
  const { store, dataset, recipe, images, leaseMs, steady, signal } = work;
  const token = randomUUID();
  return await steadily(
    async (attempt) => {
      const granted = attempt > 0 ? await findClaim(store, dataset, token) : undefined;
      return granted ?? (await claimImage(store, { dataset, recipe, images: images(), token, leaseMs }));
    },
    { ...steady, signal },
  );
}

/**
 * Measures an image while its lease is renewed. Renewing ends before writing begins: the write locks the row, and a renewal that
 * waits for it would find the image done and think it lost.
 */
async function measureUnderLease(work: ImageWork, claim: Claim, item: Item): Promise<ImageRows> {
  const { store, leaseMs = defaultLeaseMs, signal } = work;
  const lost = new AbortController();
  let renewing: Promise<void> | undefined;
  const renewal = setInterval(() => {
    renewing ??= renewLease(store, claim, leaseMs)
      .catch((error: unknown) => {
        // A store that cannot be reached now may be back before the lease ends; writing will tell.
        if (error instanceof LeaseLost) lost.abort(error);
      })
      .finally(() => {
        renewing = undefined;
      });
  }, leaseMs / 4);
  try {
    const either = AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]);
    const rows = await measureAgainWhenChanged(work, item, either);
    clearInterval(renewal);
    await renewing;
    if (lost.signal.aborted) throw lost.signal.reason;
    return rows;
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    clearInterval(renewal);
  }
}

/** A file that was replaced while it was read is read once more. */
async function measureAgainWhenChanged(work: ImageWork, item: Item, signal: AbortSignal): Promise<ImageRows> {
  const { parcels, settings, measure = extractImage } = work;
  const options = { ...settings, item: preparedItem(item, settings), parcels, signal };
  try {
    return await measure(options);
  } catch (error) {
    if (!(error instanceof ObjectChanged)) throw error;
    return await measure(options);
  }
}

/** The item as it is measured under these settings. */
export function preparedItem(item: Item, { offsets }: ExtractionSettings): Item {
  return offsets === 'baseline' ? withBaselineOffsets(item) : item;
}

async function writeOnce(work: ImageWork, claim: Claim, rows: ImageRows): Promise<number> {
  const { store, steady, signal } = work;
  return await steadily(
    async (attempt) => {
      try {
        return await writeImage(store, claim, rows, { signal });
      } catch (error) {
        if (attempt > 0 && error instanceof LeaseLost && (await wasFinished(store, claim)))
          return [...rows.signatures, ...rows.histograms].reduce((sum, { pid }) => sum + pid.length, 0);
        throw error;
      }
    },
    { ...steady, signal },
  );
}

/** False where another worker has the image meanwhile. */
async function recordFailure(work: ImageWork, claim: Claim, error: unknown): Promise<boolean> {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const { store, steady, signal } = work;
  return await steadily(() => unlessLost(failImage(store, claim, reason)), { ...steady, signal });
}

async function giveBack({ store, steady }: ImageWork, claim: Claim): Promise<void> {
  await steadily(() => unlessLost(releaseImage(store, claim)), {
    ...steady,
    patienceMs: releasePatienceMs,
  }).catch((error: unknown) => {
    if (!(error instanceof StoreUnavailable)) throw error;
  });
}

async function unlessLost(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  }
}
