import { randomUUID } from 'node:crypto';
import type { Json } from '../graph/process-graph.ts';
import type { Queryable, QueryOptions } from '../store/store.ts';
import type { JobUsage, JsonObject, LogLevel, RunFiles } from './job.ts';

/** The right to run a job, until the lease ends or somebody cancels. */
export interface JobClaim {
  readonly id: string;
  readonly owner: string;
  readonly token: string;
  /** 1 at the first. */
  readonly tries: number;
}

/** A process renews its lease every second. */
export const heartbeatMs = 1_000;
export const leaseMs = 6_000;
/** A job whose process was lost so often is given up. */
export const mostTries = 3;

/**
 * Claims the next job of the queue for this machine: of the owner who has the fewest running and whose
 * last job began longest ago, the one that waits longest; of disabled accounts none;
 * undefined when none waits. Asked as the service. Safe with any number of servers: `for update skip locked` in one statement.
 */
export async function claimJob(
  store: Queryable,
  host: string,
  options: QueryOptions = {},
): Promise<JobClaim | undefined> {
  const [claim] = await store.query<JobClaim & Record<string, unknown>>(
    `with asking as materialized (
        select o.owner,
          (select count(*) from furrow.job r where r.owner = o.owner and r.status = 'running') as running,
          (select max(l.started) from (select b.started from furrow.job b where b.owner = o.owner order by b.created desc limit 50) l)
            as last
        from (select distinct owner from furrow.job where status = 'queued') o
        where not exists (select 1 from furrow.account a where a.name = o.owner and not a.enabled)
      ), next as materialized (
        select q.id from furrow.job q join asking on asking.owner = q.owner where q.status = 'queued'
        order by asking.running, asking.last nulls first, q.queued, q.id limit 1 for update of q skip locked
      )
      update furrow.job j set status = 'running', lease_token = $1, tries = j.tries + 1, host = $2, pid = null, progress = 0,
        lease_until = clock_timestamp() + $3 * interval '1 millisecond', started = clock_timestamp(), updated = clock_timestamp()
      from next where j.id = next.id returning j.id, j.owner, j.lease_token as token, j.tries`,
    [randomUUID(), host, leaseMs],
    options,
  );
  return claim;
}

/** What a run works on. Undefined where the claim is no longer good. */
export async function claimedWork(
  store: Queryable,
  { id, token }: JobClaim,
  options: QueryOptions = {},
): Promise<{ process: JsonObject; logLevel: LogLevel; leftovers: readonly RunFiles[] } | undefined> {
  const [row] = await store.query<{
    process: JsonObject;
    logLevel: LogLevel;
    leftovers: readonly RunFiles[];
  }>(
    `select process, log_level as "logLevel", leftovers from furrow.job where id = $1 and lease_token = $2`,
    [id, token],
    options,
  );
  return row;
}

async function still(rows: Promise<unknown[]>): Promise<boolean> {
  return (await rows).length === 1;
}

/** Prolongs the lease from now and says how far the run is; false where the run no longer has the job. */
export function renewJob(
  store: Queryable,
  { id, token }: JobClaim,
  { pid, progress, signal }: QueryOptions & { readonly pid: number; readonly progress: number },
): Promise<boolean> {
  return still(
    store.query(
      `update furrow.job set lease_until = clock_timestamp() + $3 * interval '1 millisecond', pid = $4, progress = $5
        where id = $1 and lease_token = $2 returning 1 as one`,
      [id, token, leaseMs, pid, progress],
      { signal },
    ),
  );
}

/** Records which files are about to lie in the workspace besides the result; false where the run no longer has the job. */
export function noteLeftovers(
  store: Queryable,
  { id, token }: JobClaim,
  leftovers: readonly RunFiles[],
  options: QueryOptions = {},
): Promise<boolean> {
  return still(
    store.query(
      `update furrow.job set leftovers = $3::json where id = $1 and lease_token = $2 returning 1 as one`,
      [id, token, JSON.stringify(leftovers)],
      options,
    ),
  );
}

/** How a run ended. */
export interface JobEnd {
  readonly usage: JobUsage;
  /** Of a run that finished; the others failed. */
  readonly result?: { readonly run: string; readonly results: Json } | undefined;
}

/** Ends a run: with this one statement its files are the result. False where the run no longer has the job. */
export function endJob(
  store: Queryable,
  { id, token }: JobClaim,
  { usage, result }: JobEnd,
  options: QueryOptions = {},
): Promise<boolean> {
  return still(
    store.query(
      `update furrow.job set status = case when $3::text is null then 'error' else 'finished' end, run = $3,
          results = $4::json, usage = $5::json, progress = case when $3::text is null then progress else 100 end,
          leftovers = case when $3::text is null then leftovers else '[]' end, lease_token = null, lease_until = null,
          host = null, pid = null, updated = clock_timestamp(), ended = clock_timestamp()
        where id = $1 and lease_token = $2 returning 1 as one`,
      [
        id,
        token,
        result?.run ?? null,
        result === undefined ? null : JSON.stringify(result.results),
        JSON.stringify(usage),
      ],
      options,
    ),
  );
}

/** Gives a job back to the queue, undone; that was no try. False where the run no longer has the job. */
export function giveBack(
  store: Queryable,
  { id, token }: Pick<JobClaim, 'id' | 'token'>,
  options: QueryOptions = {},
): Promise<boolean> {
  return still(
    store.query(
      `update furrow.job set status = 'queued', tries = tries - 1, progress = 0, lease_token = null, lease_until = null,
          host = null, pid = null, started = null, updated = clock_timestamp()
        where id = $1 and lease_token = $2 returning 1 as one`,
      [id, token],
      options,
    ),
  );
}

/** A running job as those see it who watch over the leases. */
export interface RunningJob extends JobClaim {
  readonly host: string;
  readonly pid: number | null;
  readonly leaseUntil: string;
  readonly expired: boolean;
  /** The account of its owner is let in no more. */
  readonly disabled: boolean;
}

/** All running jobs, of all owners: asked as the service. */
export function runningJobs(store: Queryable, options: QueryOptions = {}): Promise<RunningJob[]> {
  return store.query<RunningJob & Record<string, unknown>>(
    `select id, owner, lease_token as token, tries, host, pid, lease_until::text as "leaseUntil",
        lease_until < clock_timestamp() as expired,
        exists (select 1 from furrow.account a where a.name = owner and not a.enabled) as disabled
      from furrow.job where status = 'running'`,
    [],
    options,
  );
}

/**
 * Takes a job from a process that is lost: back to the queue, or given up after the third try or when `final`. Undefined where
 * the process has come back (another lease) or somebody was faster.
 */
export async function takeBack(
  store: Queryable,
  { id, token, leaseUntil }: Pick<RunningJob, 'id' | 'token'> & { readonly leaseUntil?: string | undefined },
  { final = false, signal }: QueryOptions & { readonly final?: boolean | undefined } = {},
): Promise<'queued' | 'error' | undefined> {
  const [row] = await store.query<{ status: 'queued' | 'error' }>(
    `update furrow.job set status = case when $5 or tries >= $4 then 'error' else 'queued' end, lease_token = null,
        lease_until = null, host = null, pid = null, updated = clock_timestamp(),
        progress = case when $5 or tries >= $4 then progress else 0 end,
        ended = case when $5 or tries >= $4 then clock_timestamp() end
      where id = $1 and lease_token = $2 and ($3::text is null or lease_until = $3::timestamptz) returning status`,
    [id, token, leaseUntil ?? null, mostTries, final],
    { signal },
  );
  return row?.status;
}
