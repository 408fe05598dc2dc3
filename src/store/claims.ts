import { LeaseLost } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** The right to work on one image for one dataset, until the lease ends or somebody finishes with this token. */
export interface Claim {
  readonly dataset: number;
  readonly image: number;
  readonly reference: string;
  /** `YYYY-MM-DD` of the image in UTC: the partition of its rows. */
  readonly day: string;
  readonly token: string;
  /** 1 at the first try. */
  readonly tries: number;
}

export interface ClaimOptions extends QueryOptions {
  readonly dataset: number;
  /** Only these images; every image of the dataset when left out. */
  readonly images?: readonly number[] | undefined;
  /** How long the claim holds without `renewLease`, in milliseconds. */
  readonly leaseMs?: number | undefined;
}

/** A dead worker's image is taken over after this long; a living one renews three times within it. */
export const defaultLeaseMs = 12_000;

/** An image that has killed this many workers is given up. */
const mostTries = 5;

/**
 * Claims the oldest image that waits or whose lease has ended; undefined when there is none (now). Safe with any number of
 * workers: `for update skip locked` inside one statement. An image whose worker died five times is marked as failed.
 */
export async function claimImage(store: Queryable, options: ClaimOptions): Promise<Claim | undefined> {
  const { dataset, images, leaseMs = defaultLeaseMs, signal } = options;
  const scope = [dataset, images ?? null];
  await store.query(
    `update furrow.extraction set status = 'failed', lease_token = null, lease_until = null,
        error = 'given up: the worker died ' || tries || ' times'
      where dataset_id = $1 and ($2::int[] is null or image_id = any ($2)) and status = 'claimed'
        and lease_until < clock_timestamp() and tries >= $3`,
    [...scope, mostTries],
    { signal },
  );
  const [claim] = await store.query<Claim & Record<string, unknown>>(
    `update furrow.extraction e set status = 'claimed', lease_token = gen_random_uuid(), tries = e.tries + 1, error = null,
        lease_until = clock_timestamp() + $3 * interval '1 millisecond'
      from (
        select x.image_id from furrow.extraction x
        where x.dataset_id = $1 and ($2::int[] is null or x.image_id = any ($2))
          and (x.status = 'waiting' or x.status = 'claimed' and x.lease_until < clock_timestamp())
        order by x.datetime, x.image_id limit 1 for update skip locked
      ) oldest, furrow.image i
      where e.dataset_id = $1 and e.image_id = oldest.image_id and i.id = e.image_id
      returning e.dataset_id as dataset, e.image_id as image, i.reference, e.lease_token as token, e.tries,
        (e.datetime at time zone 'UTC')::date as day`,
    [...scope, leaseMs],
    { signal },
  );
  return claim;
}

/** How many of the images wait or are being worked on by anybody. */
export async function openImages(store: Queryable, options: ClaimOptions): Promise<number> {
  const [row] = await store.query<{ open: number }>(
    `select count(*) as open from furrow.extraction where dataset_id = $1 and ($2::int[] is null or image_id = any ($2))
      and status in ('waiting', 'claimed')`,
    [options.dataset, options.images ?? null],
    options,
  );
  return row?.open ?? 0;
}

async function exactlyOne(claim: Claim, rows: Promise<unknown[]>): Promise<void> {
  if ((await rows).length !== 1)
    throw new LeaseLost(`image '${claim.reference}' was taken over by another worker: its lease had ended`);
}

/** Prolongs the lease from now. Throws `LeaseLost` when another worker has the image. */
export async function renewLease(
  store: Queryable,
  claim: Claim,
  leaseMs = defaultLeaseMs,
  options: QueryOptions = {},
): Promise<void> {
  await exactlyOne(
    claim,
    store.query(
      `update furrow.extraction set lease_until = clock_timestamp() + $4 * interval '1 millisecond'
        where dataset_id = $1 and image_id = $2 and lease_token = $3 returning 1 as one`,
      [claim.dataset, claim.image, claim.token, leaseMs],
      options,
    ),
  );
}

/** Records why an image could not be extracted. Throws `LeaseLost` when another worker has it. */
export async function failImage(
  store: Queryable,
  claim: Claim,
  reason: string,
  options: QueryOptions = {},
): Promise<void> {
  await exactlyOne(
    claim,
    store.query(
      `update furrow.extraction set status = 'failed', error = $4, lease_token = null, lease_until = null,
          finished_at = clock_timestamp()
        where dataset_id = $1 and image_id = $2 and lease_token = $3 returning 1 as one`,
      [claim.dataset, claim.image, claim.token, reason],
      options,
    ),
  );
}

/** Gives an image back undone, for a worker that was told to stop; it does not count as a try. Throws `LeaseLost`. */
export async function releaseImage(
  store: Queryable,
  claim: Claim,
  options: QueryOptions = {},
): Promise<void> {
  await exactlyOne(
    claim,
    store.query(
      `update furrow.extraction set status = 'waiting', tries = tries - 1, lease_token = null, lease_until = null
        where dataset_id = $1 and image_id = $2 and lease_token = $3 returning 1 as one`,
      [claim.dataset, claim.image, claim.token],
      options,
    ),
  );
}

/** Marks an image as done. Call it in the transaction that writes the rows, before them. Throws `LeaseLost`. */
export async function finishImage(queryable: Queryable, claim: Claim, rows: number): Promise<void> {
  await exactlyOne(
    claim,
    queryable.query(
      `update furrow.extraction set status = 'done', rows = $4, error = null, lease_token = null, lease_until = null,
          finished_at = clock_timestamp()
        where dataset_id = $1 and image_id = $2 and lease_token = $3 returning 1 as one`,
      [claim.dataset, claim.image, claim.token, rows],
    ),
  );
}
