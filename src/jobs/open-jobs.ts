import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from '../accounts/caller.ts';
import type { Config } from '../config.ts';
import { Cancelled, FileNotFound, JobNotFinished, JobNotStarted } from '../errors.ts';
import { numberSetting } from '../settings.ts';
import type { QueryOptions, Store } from '../store/store.ts';
import { storeFor } from '../store/store-for.ts';
import type { Job, JobChange, JobStatus, LogLine, NewJob } from './job.ts';
import { appendLog, type LogQuery, selectLogs } from './job-logs.ts';
import { endJobProcess, thisHost } from './job-process.ts';
import { type JobQueue, openQueue, type ServerLog } from './job-queue.ts';
import type { JobResults, ResultFile } from './job-results.ts';
import {
  cancelRow,
  deleteRow,
  insertJob,
  type JobPage,
  type JobQuery,
  queueJob,
  selectJob,
  selectJobs,
  selectResults,
  selectState,
  updateJob,
} from './job-rows.ts';
import { openWorkspace } from './workspace.ts';

/** What is needed of a caller: the name decides, by row-level security. */
export type JobCaller = Pick<Caller, 'name'>;

export interface OpenJobsOptions {
  /** As the service. */
  readonly store: Store;
  readonly config: Config;
  readonly log?: ServerLog | undefined;
  /** Jobs of all owners that run at a time on this machine; `FURROW_JOB_SLOTS` when left out, 0: others run them. */
  readonly slots?: number | undefined;
  /** Closes the jobs when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** Results of a job: what they are, or the last error of one that failed. */
export type JobOutcome =
  | { readonly kind: 'finished'; readonly results: JobResults; readonly finished: Date }
  | { readonly kind: 'error'; readonly entry: LogLine };

export type JobEvent =
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'state'; readonly status: JobStatus; readonly progress: number };

/** A file of a result, by which `openSource(address, { trust: 'user' })` reads it. */
export interface ResultPlace extends ResultFile {
  readonly address: string;
}

/**
 * Batch jobs of all callers; each call acts for one caller and sees that one's jobs only. All throw `JobNotFound` for an id
 * that the caller does not have, and `StoreUnavailable`.
 */
export interface Jobs {
  /** Gives the id. Throws `LimitExceeded` (limit `jobs`), `InvalidArgument`. */
  create(caller: JobCaller, job: NewJob, options?: QueryOptions): Promise<string>;
  /** The newest first. */
  list(caller: JobCaller, query?: JobQuery): Promise<JobPage>;
  get(caller: JobCaller, id: string, options?: QueryOptions): Promise<Job>;
  /** Throws `JobLocked` while the job is queued or running, `NoDataForUpdate`. */
  change(caller: JobCaller, id: string, change: JobChange, options?: QueryOptions): Promise<void>;
  /** Deletes the job, its log and its results; a running one is stopped. */
  remove(caller: JobCaller, id: string, options?: QueryOptions): Promise<void>;
  /** Queues it, forgetting its last results; nothing happens to one that is queued or running. */
  start(caller: JobCaller, id: string, options?: QueryOptions): Promise<void>;
  /** Within 2 s nothing of the job runs on this machine any more; processes elsewhere end within as much. */
  cancel(caller: JobCaller, id: string, options?: QueryOptions): Promise<void>;
  /** 1,000 lines at most at a time. */
  logs(caller: JobCaller, id: string, query?: LogQuery): Promise<LogLine[]>;
  /** Throws `JobNotStarted` for one that is created or cancelled, `JobNotFinished` for one that is queued or running. */
  results(caller: JobCaller, id: string, options?: QueryOptions): Promise<JobOutcome>;
  /** Where a file of the results lies. Throws `FileNotFound`, and as `results` does. */
  resultFile(caller: JobCaller, id: string, name: string, options?: QueryOptions): Promise<ResultPlace>;
  /** Log lines and changes of status and progress from now on (lines after `offset`, all when left out), until the run has ended. */
  watch(
    caller: JobCaller,
    id: string,
    options?: QueryOptions & { offset?: string; pollMs?: number },
  ): AsyncGenerator<JobEvent, void, undefined>;
  /** Claims no more, waits for the jobs started here, gives back what still runs after `graceMs`, and closes. */
  drain(graceMs: number): Promise<void>;
  /** Claims no more; the processes of jobs go on without this one. */
  close(): Promise<void>;
}

/** An update of a row that takes longer waits for a process that stands still in its transaction. */
const stillMs = 700;
/** Between being asked to end and being ended. */
const graceMs = 1_000;

/** Opens the jobs of a store, and runs those that are queued in processes of this machine. */
export async function openJobs(options: OpenJobsOptions): Promise<Jobs> {
  const { store, config, log = () => undefined, signal } = options;
  const slots = options.slots ?? numberSetting('jobSlots', [0, 1_000]);
  const host = await thisHost();
  const workspace = openWorkspace(config);
  const queue: JobQueue = openQueue({ store, config, host, slots, log });
  const as = (caller: JobCaller): Store => storeFor(store, caller.name);
  const close = () => queue.close();
  signal?.addEventListener('abort', () => void close(), { once: true });

  /** Does what takes a job from its process; one that stands still inside a transaction, and so in the way, is ended. */
  async function past<T>(caller: JobCaller, id: string, work: () => Promise<T>): Promise<T> {
    const known = queue.seat(id);
    const mine = known !== undefined && (store.kind === 'embedded' || known.owner === caller.name);
    const force = setTimeout(() => {
      if (mine && known.pid !== null) void endJobProcess(known.pid, id, 0);
    }, stillMs);
    try {
      return await work();
    } finally {
      clearTimeout(force);
    }
  }

  async function endSeat(id: string, seat: { host: string | null; pid: number | null }): Promise<void> {
    const pid = seat.pid ?? queue.started(id);
    if (seat.host === host && pid !== undefined) await endJobProcess(pid, id, graceMs);
  }

  return {
    create: (caller, job, own) => insertJob(as(caller), caller.name, job, own),
    list: (caller, query) => selectJobs(as(caller), query),
    get: (caller, id, own) => selectJob(as(caller), id, own),
    change: (caller, id, change, own) => updateJob(as(caller), id, change, own),
    async start(caller, id, own) {
      await queueJob(as(caller), id, own);
      queue.nudge();
    },
    async cancel(caller, id, own) {
      const cancelled = await past(caller, id, () => cancelRow(as(caller), id, own));
      if (cancelled === undefined) return;
      // From here on the caller may go: the job is cancelled.
      await endSeat(id, cancelled);
      await appendLog(as(caller), id, [{ level: 'info', message: 'cancelled' }]);
      if (cancelled.host === host) await workspace.removeRuns(cancelled.owner, id, cancelled.runs);
      queue.nudge();
    },
    async remove(caller, id, own) {
      const deleted = await past(caller, id, () => deleteRow(as(caller), id, own));
      await endSeat(id, deleted);
      await workspace.removeJob(deleted.owner, id, deleted.runs);
    },
    logs: (caller, id, query) => selectLogs(as(caller), id, query),
    results,
    async resultFile(caller, id, name, own) {
      const { owner, status, run, results: stored } = await selectResults(as(caller), id, own);
      const file = stored?.files.find((candidate) => candidate.name === name);
      if (run === null || file === undefined)
        throw new FileNotFound(`job '${id}' (${status}) has no file '${name.slice(0, 200)}'`);
      return { ...file, address: workspace.address(owner, id, run, name) };
    },
    async *watch(caller, id, { offset = '0', pollMs = 500, signal: own } = {}) {
      let last = offset;
      let said = '';
      for (;;) {
        const { status, progress } = await selectState(as(caller), id, { signal: own });
        for (let lines = [] as LogLine[], more = true; more; more = lines.length === 1_000) {
          lines = await selectLogs(as(caller), id, { offset: last, signal: own });
          for (const line of lines) {
            last = line.id;
            yield { kind: 'log', line };
          }
        }
        const state = `${status} ${progress}`;
        if (state !== said) yield { kind: 'state', status, progress };
        said = state;
        if (status !== 'queued' && status !== 'running') return;
        await delay(pollMs, undefined, { signal: own }).catch((cause: unknown) => {
          throw new Cancelled(`watching job '${id}' was cancelled`, { cause });
        });
      }
    },
    drain: (grace) => queue.drain(grace),
    close,
  };

  async function results(caller: JobCaller, id: string, own: QueryOptions = {}): Promise<JobOutcome> {
    const { status, updated, results: stored } = await selectResults(as(caller), id, own);
    if (status === 'queued' || status === 'running')
      throw new JobNotFinished(`batch job '${id}' is ${status}: its results are not there yet`);
    if (status === 'error') {
      const entry = (await selectLogs(as(caller), id, { level: 'error', signal: own.signal })).at(-1);
      const unknown: LogLine = { id: '0', time: new Date(0), level: 'error', message: 'the job failed' };
      return { kind: 'error', entry: entry ?? unknown };
    }
    if (stored === null) throw new JobNotStarted(`batch job '${id}' is ${status}: start it to have results`);
    return { kind: 'finished', results: stored, finished: updated };
  }
}
