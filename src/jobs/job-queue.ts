import { endJobsOf } from '../accounts/end-jobs.ts';
import type { Config } from '../config.ts';
import type { Store } from '../store/store.ts';
import {
  claimJob,
  giveBack,
  type JobClaim,
  mostTries,
  type RunningJob,
  runningJobs,
  takeBack,
} from './job-claims.ts';
import { appendLog } from './job-logs.ts';
import { endJobProcess, isJobProcess, type JobExit, launchJob } from './job-process.ts';

/** A line for the people who keep the server. */
export type ServerLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;

export interface QueueOptions {
  /** As the service. */
  readonly store: Store;
  readonly config: Config;
  /** Of `thisHost`. */
  readonly host: string;
  /** Jobs that run at a time on this machine; 0 only watches over those of others. */
  readonly slots: number;
  readonly log: ServerLog;
}

/** How often the queue is looked at when nobody nudges; less often while nothing runs here. */
const tickMs = 500;
const restMs = 1_000;
/**
 * A lease that has ended is taken from its process only when it was seen so for this long: after a time without the store the
 * processes, which also waited for it, renew theirs first.
 */
const patienceMs = 4_000;

export interface JobQueue {
  /** Something was put into the queue. */
  nudge(): void;
  /** A running job of this machine, as it was last seen. */
  seat(id: string): RunningJob | undefined;
  /** The process that was started here for a job, before it has told the store itself. */
  started(id: string): number | undefined;
  /** Claims nothing more, and waits for the jobs that this process has started; what runs after `graceMs` is given back. */
  drain(graceMs: number): Promise<void>;
  /** Claims nothing more; the processes of jobs go on. */
  close(): Promise<void>;
}

/** Watches over the queue and the leases until it is closed, claims jobs for this machine and starts a process for each. */
export function openQueue({ store, config, host, slots, log }: QueueOptions): JobQueue {
  const own = new Map<string, { readonly claim: JobClaim; readonly pid: number }>();
  const overdue = new Map<string, number>();
  let seen = new Map<string, RunningJob>();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> | undefined;
  let again = false;
  let away = false;

  async function tick(): Promise<void> {
    const all = await runningJobs(store);
    // Claimed while the account was being disabled: what ends its jobs did not see them.
    const shut = new Set(all.flatMap(({ owner, disabled }) => (disabled ? [owner] : [])));
    for (const owner of shut) await endJobsOf(store, owner);
    const running = all.filter(({ disabled }) => !disabled);
    const here = running.filter((job) => job.host === host);
    seen = new Map(here.map((job) => [job.id, job]));
    const lost = await Promise.all(running.map(isLost));
    let busy = here.length;
    for (const [at, job] of running.entries())
      if (lost[at] === true && (await recover(job)) && job.host === host) busy -= 1;
    for (const key of overdue.keys()) if (!running.some((job) => keyOf(job) === key)) overdue.delete(key);
    for (; busy < slots && !closed; busy++) {
      const claim = await claimJob(store, host);
      if (claim === undefined) break;
      await start(claim);
    }
  }

  /** Whether the process of a job is gone for certain, or has been silent for too long. */
  async function isLost(job: RunningJob): Promise<boolean> {
    // Of processes started here it is heard how they ended.
    const heard = own.get(job.id)?.claim.token === job.token;
    if (!heard && job.host === host && job.pid !== null && !(await isJobProcess(job.pid, job.id)))
      return true;
    const key = keyOf(job);
    if (!job.expired) {
      overdue.delete(key);
      return false;
    }
    const since = overdue.get(key) ?? performance.now();
    overdue.set(key, since);
    return performance.now() - since >= patienceMs;
  }

  async function recover(job: RunningJob): Promise<boolean> {
    // On this machine nothing runs twice at once: a silent process ends before its job goes to another.
    if (job.host === host && job.pid !== null) await endJobProcess(job.pid, job.id, 0);
    return await lose(job, `its process was lost (try ${job.tries} of ${mostTries})`);
  }

  async function lose(
    job: Pick<RunningJob, 'id' | 'token'> & { readonly leaseUntil?: string | undefined },
    reason: string,
    { code = 'Internal', final = false } = {},
  ): Promise<boolean> {
    const status = await takeBack(store, job, { final });
    if (status === undefined) return false;
    const again = status === 'queued' ? '; it is queued again' : '; the job is given up';
    const level = status === 'queued' ? 'warning' : 'error';
    await appendLog(store, job.id, [{ level, message: `${reason}${again}`, code }]);
    log('warn', `job ${job.id}: ${reason}${again}`);
    return true;
  }

  async function start(claim: JobClaim): Promise<void> {
    const pid = launchJob(claim, config, (exit) => {
      const told = closed ? Promise.resolve() : ended(claim, exit).catch(tell);
      void told.finally(() => {
        own.delete(claim.id);
        nudge();
      });
    });
    if (pid === undefined) {
      await giveBack(store, claim);
      log('error', `job ${claim.id}: its process cannot be started`);
    } else own.set(claim.id, { claim, pid });
  }

  async function ended(claim: JobClaim, { code, signal, said }: JobExit): Promise<void> {
    if (code !== 0) {
      const full = /heap out of memory|Allocation failed/.test(said);
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      if (full)
        await lose(claim, 'it needs more memory than FURROW_JOB_MEMORY allows', {
          code: 'LimitExceeded',
          final: true,
        });
      else await lose(claim, `its process ${how} (try ${claim.tries} of ${mostTries})`);
    }
    if (said !== '') log('error', `job ${claim.id}: its process said`, { said });
  }

  function tell(error: unknown): void {
    if (!away) log('error', `the queue of jobs: ${error instanceof Error ? error.message : String(error)}`);
    away = true;
    // Who could not ask cannot know how long the others have been silent.
    overdue.clear();
  }

  function nudge(): void {
    if (closed) return;
    if (ticking !== undefined) {
      again = true;
      return;
    }
    clearTimeout(timer);
    again = false;
    ticking = tick()
      .then(() => {
        away = false;
      }, tell)
      .finally(() => {
        ticking = undefined;
        if (closed) return;
        if (again) nudge();
        else timer = setTimeout(nudge, seen.size + own.size > 0 ? tickMs : restMs);
      });
  }

  async function close(): Promise<void> {
    closed = true;
    clearTimeout(timer);
    await ticking;
  }

  nudge();
  return {
    nudge,
    seat: (id) => seen.get(id),
    started: (id) => own.get(id)?.pid,
    close,
    async drain(graceMs) {
      await close();
      const until = performance.now() + graceMs;
      while (own.size > 0 && performance.now() < until) await new Promise((done) => setTimeout(done, 50));
      // Asked to end, each gives its job back; the lease tells of one that cannot.
      await Promise.all([...own.values()].map(({ claim, pid }) => endJobProcess(pid, claim.id, 5_000)));
    },
  };
}

function keyOf({ id, token, leaseUntil }: RunningJob): string {
  return `${id} ${token} ${leaseUntil}`;
}
