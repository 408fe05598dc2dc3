import { randomUUID } from 'node:crypto';
import { JobLocked, JobNotFound, NoDataForUpdate } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { Queryable, QueryOptions, QueryValue, Store } from '../store/store.ts';
import type {
  Job,
  JobChange,
  JobStatus,
  JobSummary,
  JobUsage,
  JsonObject,
  LogLevel,
  NewJob,
  RunFiles,
} from './job.ts';
import type { JobResults } from './job-results.ts';
import { checkedDescription, checkedTitle } from './texts.ts';

const summaryColumns = `id, title, description, status, progress, created, updated, plan, budget, log_level, usage`;

interface SummaryRow extends Record<string, unknown> {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly status: JobStatus;
  readonly progress: number;
  readonly created: Date;
  readonly updated: Date;
  readonly plan: string | null;
  readonly budget: number | null;
  readonly log_level: LogLevel;
  readonly usage: JobUsage | null;
}

function summaryOf(row: SummaryRow): JobSummary {
  const { id, status, progress, created, updated } = row;
  return {
    id,
    title: row.title ?? undefined,
    description: row.description ?? undefined,
    status,
    progress: Math.round(progress * 10) / 10,
    created,
    updated,
    plan: row.plan ?? undefined,
    budget: row.budget ?? undefined,
    logLevel: row.log_level,
    usage: row.usage ?? undefined,
  };
}

export function noSuchJob(id: string): JobNotFound {
  return new JobNotFound(`there is no batch job '${id.slice(0, 64)}'`);
}

/** Writes a new job, not started. Throws `LimitExceeded` (limit `jobs`) and `InvalidArgument`. */
export async function insertJob(
  store: Store,
  owner: string,
  job: NewJob,
  options: QueryOptions = {},
): Promise<string> {
  const id = `j-${randomUUID().replaceAll('-', '')}`;
  const values = [
    id,
    owner,
    checkedTitle(job.title),
    checkedDescription(job.description),
    JSON.stringify(job.process),
    job.plan ?? null,
    job.budget ?? null,
    job.logLevel ?? 'info',
  ];
  await store.transaction(async (queryable) => {
    const [row] = await queryable.query<{ jobs: number }>(
      'select count(*) as jobs from furrow.job where owner = $1',
      [owner],
    );
    checkLimit('jobs', (row?.jobs ?? 0) + 1, 'a new batch job');
    await queryable.query(
      `insert into furrow.job (id, owner, title, description, process, plan, budget, log_level)
        values ($1, $2, $3, $4, $5::json, $6, $7, $8)`,
      values,
    );
  }, options);
  return id;
}

export interface JobQuery extends QueryOptions {
  readonly limit?: number | undefined;
  /** The id of the last job that is known. */
  readonly after?: string | undefined;
}

export interface JobPage {
  readonly jobs: readonly JobSummary[];
  /** The id to ask the next page after; undefined at the end. */
  readonly next: string | undefined;
}

/** The newest jobs first, `limit` at most (1,000), those after the job `after`. */
export async function selectJobs(
  store: Queryable,
  { limit = 1_000, after, signal }: JobQuery = {},
): Promise<JobPage> {
  const most = Math.max(1, Math.min(1_000, Math.trunc(limit)));
  const rows = await store.query<SummaryRow>(
    `select ${summaryColumns} from furrow.job
      where $2::text is null or (created, id) < (select b.created, b.id from furrow.job b where b.id = $2)
      order by created desc, id desc limit $1`,
    [most + 1, after ?? null],
    { signal },
  );
  const jobs = rows.slice(0, most).map(summaryOf);
  return { jobs, next: rows.length > most ? jobs.at(-1)?.id : undefined };
}

/** Throws `JobNotFound`. */
export async function selectJob(store: Queryable, id: string, options: QueryOptions = {}): Promise<Job> {
  const [row] = await store.query<SummaryRow & { process: JsonObject }>(
    `select ${summaryColumns}, process from furrow.job where id = $1`,
    [id],
    options,
  );
  if (row === undefined) throw noSuchJob(id);
  return { ...summaryOf(row), process: row.process };
}

/** Where the run stands, for those who wait for it. Throws `JobNotFound`. */
export async function selectState(
  store: Queryable,
  id: string,
  options: QueryOptions = {},
): Promise<{ status: JobStatus; progress: number; logLines: number }> {
  const [row] = await store.query<{ status: JobStatus; progress: number; logLines: number }>(
    'select status, progress, log_lines as "logLines" from furrow.job where id = $1',
    [id],
    options,
  );
  if (row === undefined) throw noSuchJob(id);
  return row;
}

/** Throws `JobNotFound`, `JobLocked` while the job is queued or running, and `NoDataForUpdate`. */
export async function updateJob(
  store: Queryable,
  id: string,
  change: JobChange,
  options: QueryOptions = {},
): Promise<void> {
  const columns: [name: string, value: QueryValue][] = [];
  if (change.title !== undefined) columns.push(['title', checkedTitle(change.title)]);
  if (change.description !== undefined) columns.push(['description', checkedDescription(change.description)]);
  if (change.process !== undefined) columns.push(['process', JSON.stringify(change.process)]);
  if (change.plan !== undefined) columns.push(['plan', change.plan]);
  if (change.budget !== undefined) columns.push(['budget', change.budget]);
  if (change.logLevel !== undefined) columns.push(['log_level', change.logLevel]);
  if (columns.length === 0) throw new NoDataForUpdate('the change names nothing that could be changed');
  const set = columns.map(([name], at) => `${name} = $${at + 2}`).join(', ');
  const done = await store.query(
    `update furrow.job set ${set}, updated = clock_timestamp()
      where id = $1 and status not in ('queued', 'running') returning 1 as one`,
    [id, ...columns.map(([, value]) => value)],
    options,
  );
  if (done.length > 0) return;
  const { status } = await selectState(store, id, options);
  throw new JobLocked(`batch job '${id}' is ${status}: cancel it before changing it`);
}

/**
 * Puts a job into the queue; without effect on one that is queued or running. What the last run left is forgotten: its log at
 * once, its files when the next run begins. Throws `JobNotFound`.
 */
export async function queueJob(store: Store, id: string, options: QueryOptions = {}): Promise<void> {
  await store.transaction(async (queryable) => {
    const queued = await queryable.query(
      `update furrow.job set status = 'queued', queued = clock_timestamp(), updated = clock_timestamp(), started = null,
          ended = null, tries = 0, progress = 0, usage = null, log_lines = 0, run = null, results = null,
          leftovers = case when run is null then leftovers else json_build_array(json_build_object('run', run, 'names',
            coalesce((select json_agg(a ->> 'name') from json_array_elements(results -> 'files') a), '[]'))) end
        where id = $1 and status not in ('queued', 'running') returning 1 as one`,
      [id],
    );
    if (queued.length > 0) await queryable.query('delete from furrow.job_log where job_id = $1', [id]);
    else await selectState(queryable, id);
  }, options);
}

/** The process that works on a job, where one is known. */
export interface JobSeat {
  readonly host: string | null;
  readonly pid: number | null;
}

/** A job that was taken from its process, with the files that it may have begun to write. */
export interface CancelledJob extends JobSeat {
  readonly owner: string;
  readonly runs: readonly RunFiles[];
}

/**
 * Takes a job out of the queue, or its running process the right to go on: the job is then as before it was queued, but for its log.
 * `canceled` is for jobs that leave partial results (openEO API 1.2, `DELETE /jobs/{job_id}/results`); a run here shows its files when
 * it ends. Undefined where nothing was to be cancelled. Throws `JobNotFound`.
 */
export async function cancelRow(
  store: Queryable,
  id: string,
  options: QueryOptions = {},
): Promise<CancelledJob | undefined> {
  const [row] = await store.query<CancelledJob & Record<string, unknown>>(
    `update furrow.job j set status = 'created', progress = 0, lease_token = null,
        lease_until = null, updated = clock_timestamp(), ended = clock_timestamp(), host = null, pid = null
      from (select b.id, b.host, b.pid from furrow.job b where b.id = $1 for update) before
      where j.id = before.id and j.status in ('queued', 'running')
      returning j.owner, j.leftovers as runs, before.host, before.pid`,
    [id],
    options,
  );
  if (row === undefined) await selectState(store, id, options);
  return row;
}

/** What was left of a job that is no longer there. */
export interface DeletedJob extends JobSeat {
  readonly owner: string;
  readonly runs: readonly RunFiles[];
}

/** Deletes a job and its log; its process and its files are for the caller to end. Throws `JobNotFound`. */
export async function deleteRow(
  store: Queryable,
  id: string,
  options: QueryOptions = {},
): Promise<DeletedJob> {
  const [row] = await store.query<{
    owner: string;
    host: string | null;
    pid: number | null;
    run: string | null;
    results: { files?: readonly { name: string }[] } | null;
    leftovers: readonly RunFiles[];
  }>(
    'delete from furrow.job where id = $1 returning owner, host, pid, run, results, leftovers',
    [id],
    options,
  );
  if (row === undefined) throw noSuchJob(id);
  const shown =
    row.run === null ? [] : [{ run: row.run, names: (row.results?.files ?? []).map(({ name }) => name) }];
  return { owner: row.owner, host: row.host, pid: row.pid, runs: [...shown, ...row.leftovers] };
}

/** The run whose files are shown, with what it recorded of them. */
export interface ShownRun {
  readonly owner: string;
  readonly status: JobStatus;
  readonly updated: Date;
  /** Null where there is none. */
  readonly run: string | null;
  readonly results: JobResults | null;
}

/** Throws `JobNotFound`. */
export async function selectResults(
  store: Queryable,
  id: string,
  options: QueryOptions = {},
): Promise<ShownRun> {
  const [row] = await store.query<ShownRun & Record<string, unknown>>(
    'select owner, status, updated, run, results from furrow.job where id = $1',
    [id],
    options,
  );
  if (row === undefined) throw noSuchJob(id);
  return row;
}
