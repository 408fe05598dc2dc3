import type { Item } from '../catalog/item.ts';
import { Cancelled, LeaseLost, StoreFailure, StoreUnavailable } from '../errors.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import {
  type Claim,
  claimImage,
  defaultLeaseMs,
  failImage,
  releaseImage,
  renewLease,
} from '../store/claims.ts';
import type { Store } from '../store/store.ts';
import { writeImage } from '../store/write-signatures.ts';
import { extractImage } from './extract-image.ts';

export interface ImageWork {
  readonly store: Store;
  readonly dataset: number;
  /** Ids of the images that may be claimed. */
  readonly images: readonly number[];
  /** By id. */
  readonly items: ReadonlyMap<string, Item>;
  readonly parcels: ParcelSet;
  readonly bands: readonly string[] | undefined;
  readonly indices: readonly string[] | undefined;
  readonly leaseMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface ImageOutcome {
  readonly item: string;
  /** Rows written; undefined when the image failed or was lost to another worker. */
  readonly rows: number | undefined;
}

/**
 * Claims the oldest image that waits, extracts it and writes its rows; undefined when none waits now. The lease is renewed
 * while the work goes on. A failure is recorded on the image, except of the store itself, which is thrown, and of a
 * cancelled call, which gives the image back.
 */
export async function workOnNext(work: ImageWork): Promise<ImageOutcome | undefined> {
  const { store, dataset, images, leaseMs = defaultLeaseMs, signal } = work;
  const claim = await claimImage(store, { dataset, images, leaseMs, signal });
  if (claim === undefined) return undefined;
  const lost = new AbortController();
  const renewal = setInterval(() => {
    renewLease(store, claim, leaseMs).catch((error: unknown) => {
      // A store that cannot be reached now may be back before the lease ends; writing will tell.
      if (error instanceof LeaseLost) lost.abort(error);
    });
  }, leaseMs / 4);
  try {
    const rows = await extractAndWrite(
      work,
      claim,
      AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]),
    );
    return { item: claim.reference, rows };
  } catch (error) {
    await settle(work, claim, lost.signal.aborted ? lost.signal.reason : error);
    return { item: claim.reference, rows: undefined };
  } finally {
    clearInterval(renewal);
  }
}

async function extractAndWrite(work: ImageWork, claim: Claim, signal: AbortSignal): Promise<number> {
  const { store, items, parcels, bands, indices } = work;
  const item = items.get(claim.reference);
  if (item === undefined)
    throw new StoreFailure(`image '${claim.reference}' is not an item of the collection`);
  const rows = await extractImage({ item, parcels, bands, indices, signal });
  return await writeImage(store, claim, rows, { signal });
}

async function settle({ store, signal }: ImageWork, claim: Claim, error: unknown): Promise<void> {
  if (error instanceof LeaseLost) return;
  if (signal?.aborted || error instanceof Cancelled) {
    await releaseImage(store, claim).catch(unlessLost);
    throw error;
  }
  if (error instanceof StoreUnavailable || error instanceof StoreFailure) throw error;
  await failImage(
    store,
    claim,
    error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  ).catch(unlessLost);
}

function unlessLost(error: unknown): void {
  if (!(error instanceof LeaseLost)) throw error;
}
