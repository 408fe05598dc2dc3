import { randomUUID } from 'node:crypto';
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
  /** As it was registered: who knows another version of the image must not work on it. */
  readonly version: string | null;
  /** 1 at the first try. */
  readonly tries: number;
}

export interface ClaimOptions extends QueryOptions {
  readonly dataset: number;
  /** Only these images; every image of the dataset when left out. */
  readonly images?: readonly number[] | undefined;
  /** Only work that is to be done by this recipe: another call may have registered another one since. */
  readonly recipe?: string | undefined;
  /** Of the claim; a new one when left out. With `findClaim` it tells what became of a claim whose answer was lost. */
  readonly token?: string | undefined;
  /** How long the claim holds without `renewLease`, in milliseconds. */
  readonly leaseMs?: number | undefined;
}

/** A dead worker's image is taken over after this long; a living one renews its lease every quarter of it. */
export const defaultLeaseMs = 9_000;

/** An image that has killed this many workers is given up. */
const mostTries = 5;

const claimColumns = `e.dataset_id as dataset, e.image_id as image, i.reference, e.lease_token as token, e.tries, e.version,
  (e.datetime at time zone 'UTC')::date as day`;

/**
 * Claims the oldest image that waits or whose lease has ended; undefined when there is none (now). Safe with any number of
 * workers: `for update skip locked` inside one statement. An image whose worker died five times is marked as failed.
 */
export async function claimImage(store: Queryable, options: ClaimOptions): Promise<Claim | undefined> {
  const { dataset, images, recipe, token = randomUUID(), leaseMs = defaultLeaseMs, signal } = options;
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
    // Not a subquery: a plan that runs one again for each row of the other table claims several images.
    `with oldest as materialized (
        select x.image_id from furrow.extraction x
        where x.dataset_id = $1 and ($2::int[] is null or x.image_id = any ($2)) and ($5::text is null or x.recipe = $5)
          and (x.status = 'waiting' or x.status = 'claimed' and x.lease_until < clock_timestamp())
        order by x.datetime, x.image_id limit 1 for update skip locked
      )
      update furrow.extraction e set status = 'claimed', lease_token = $4, tries = e.tries + 1, error = null,
        lease_until = clock_timestamp() + $3 * interval '1 millisecond'
      from oldest, furrow.image i
      where e.dataset_id = $1 and e.image_id = oldest.image_id and i.dataset_id = e.dataset_id and i.id = e.image_id
      returning ${claimColumns}`,
    [...scope, leaseMs, token, recipe ?? null],
    { signal },
  );
  return claim;
}

/** The claim with that token, where it was made and holds. */
export async function findClaim(
  store: Queryable,
  dataset: number,
  token: string,
  options: QueryOptions = {},
): Promise<Claim | undefined> {
  const [claim] = await store.query<Claim & Record<string, unknown>>(
    `select ${claimColumns} from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
      where e.dataset_id = $1 and e.lease_token = $2`,
    [dataset, token],
    options,
  );
  return claim;
}

/** How many of the images wait or are being worked on by anybody. */
export async function openImages(store: Queryable, options: ClaimOptions): Promise<number> {
  const [row] = await store.query<{ open: number }>(
    `select count(*) as open from furrow.extraction where dataset_id = $1 and ($2::int[] is null or image_id = any ($2))
      and ($3::text is null or recipe = $3) and status in ('waiting', 'claimed')`,
    [options.dataset, options.images ?? null, options.recipe ?? null],
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
      // A text of the database holds no NUL; what files and servers say may.
      [claim.dataset, claim.image, claim.token, reason.replaceAll('\0', '\ufffd')],
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

/**
 * A writer that stands still this long in its transaction, on a machine that has gone or sleeps, is thrown out: its row lock
 * would keep the image from the others. Above what garbage collection or a slow disk take, below the lease.
 */
const stillMs = 7_000;

/** Marks an image as done. Call it in the transaction that writes the rows, before them. Throws `LeaseLost`. */
export async function finishImage(queryable: Queryable, claim: Claim, rows: number): Promise<void> {
  await queryable.query(`select set_config('idle_in_transaction_session_timeout', $1, true)`, [
    `${stillMs}ms`,
  ]);
  await exactlyOne(
    claim,
    queryable.query(
      `update furrow.extraction set status = 'done', rows = $4, error = null, lease_token = null, lease_until = null,
          finished_at = clock_timestamp(), finished_with = lease_token
        where dataset_id = $1 and image_id = $2 and lease_token = $3 returning 1 as one`,
      [claim.dataset, claim.image, claim.token, rows],
    ),
  );
}

/** Whether it was this claim that finished its image: asked when the answer to the commit was lost. */
export async function wasFinished(
  store: Queryable,
  { dataset, image, token }: Claim,
  options: QueryOptions = {},
): Promise<boolean> {
  const rows = await store.query(
    `select 1 as one from furrow.extraction where dataset_id = $1 and image_id = $2 and finished_with = $3 and status = 'done'`,
    [dataset, image, token],
    options,
  );
  return rows.length === 1;
}
