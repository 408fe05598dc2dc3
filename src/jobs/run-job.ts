import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Config } from '../config.ts';
import { reviveError } from '../engine/wire-error.ts';
import { LimitExceeded, TaskFailed } from '../errors.ts';
import type { EncodedFile } from '../formats/encode-cube.ts';
import type { Json } from '../graph/process-graph.ts';
import { steadily } from '../store/steady-store.ts';
import type { Queryable } from '../store/store.ts';
import { toldError } from '../told-error.ts';
import { logLevels, type NewLogLine, type RunFiles } from './job.ts';
import {
  claimedWork,
  endJob,
  giveBack,
  heartbeatMs,
  type JobClaim,
  mostTries,
  noteLeftovers,
  renewJob,
} from './job-claims.ts';
import { appendLog } from './job-logs.ts';
import { type JobResults, resultDocument } from './job-results.ts';
import type { WorkOrder, WorkReport } from './job-work.ts';
import { measureRun } from './measure-run.ts';
import type { ResultFacts } from './result-facts.ts';
import type { Workspace } from './workspace.ts';

export interface RunJobOptions {
  /** Of the owner of the job. */
  readonly store: Queryable;
  readonly workspace: Workspace;
  readonly config: Config;
  readonly claim: JobClaim;
  /** Bytes. */
  readonly memory: number;
  readonly maxMs: number;
  readonly threads: number;
  /** Of Furrow, as results name it. */
  readonly version: string;
  /** Told whole of a failure of which the job's log tells less. */
  readonly onUnexpected?: ((error: unknown) => void) | undefined;
  /** What of a message its owner may read; all of it when left out. */
  readonly told?: ((message: string) => string) | undefined;
  /** Fires when this process is told to end: the job is then given back. */
  readonly signal: AbortSignal;
}

const workModule = new URL(
  import.meta.url.endsWith('.ts') ? './job-work.ts' : './job-work.js',
  import.meta.url,
);
const sampleMs = 200;
/** Lines that wait for the next heartbeat, or for a store that is away. */
const mostPending = 1_000;

/** Why a run stops that has not failed: somebody else has the job, or this process is to end. */
type Stop = 'lost' | 'told';

/** The folder of a run, from its token, which itself is a secret. */
function runName(token: string): string {
  return `r${createHash('sha256').update(token).digest('hex').slice(0, 16)}`;
}

/**
 * Runs a claimed job to its end in this process: computes in a thread of its own, renews the lease every second, and makes the
 * files the result in one statement, if the job is still this run's. Resolves when nothing is left to do, whatever
 * became of the job; throws what the store throws when it cannot be reached for longer than `storePatienceMs`.
 */
export async function runJob(options: RunJobOptions): Promise<void> {
  const { store, workspace, claim, memory, maxMs, version, signal } = options;
  const { told: toldOf = (text) => text, onUnexpected = () => undefined } = options;
  const { id, owner, token } = claim;
  const measure = measureRun();
  const stop = new AbortController();
  const halt = (why: Stop): void => stop.abort(why);
  const run = runName(token);
  let written: readonly RunFiles[] = [];
  let ending = false;
  let percent = 0;
  let lines: NewLogLine[] = [];

  const work = await steadily(() => claimedWork(store, claim));
  if (work === undefined) return;
  const wanted = new Set<string>(logLevels.slice(0, logLevels.indexOf(work.logLevel) + 1));
  const log = (line: NewLogLine): void => {
    if (wanted.has(line.level) && lines.length < mostPending)
      lines.push({ ...line, message: toldOf(line.message) });
  };
  const flush = async (): Promise<void> => {
    const ready = lines;
    lines = [];
    try {
      if (!(await appendLog(store, id, ready, { token }))) halt('lost');
    } catch (error) {
      lines = [...ready, ...lines].slice(0, mostPending);
      throw error;
    }
  };
  const beat = async (): Promise<void> => {
    if (!(await renewJob(store, claim, { pid: process.pid, progress: percent }))) halt('lost');
    else await flush();
  };

  let beating: Promise<void> | undefined;
  const heart = setInterval(() => {
    // A store that is away is asked again at the next beat; the others wait for it as well.
    beating ??= beat()
      .catch(() => undefined)
      .finally(() => {
        beating = undefined;
      });
  }, heartbeatMs);
  const told = () => halt('told');
  signal.addEventListener('abort', told, { once: true });
  if (signal.aborted) told();

  try {
    log({ level: 'info', message: `started, try ${claim.tries} of ${mostTries}` });
    await steadily(beat);
    if (work.leftovers.length > 0) {
      await workspace.removeRuns(owner, id, work.leftovers);
      await noteLeftovers(store, claim, []);
    }
    const { files, facts } = await compute(options, work.process as Json, {
      stop: stop.signal,
      memory,
      maxMs,
      sample: measure.sample,
      log,
      progress: (value) => {
        percent = value;
      },
    });
    written = [{ run, names: [...files.map(({ name }) => name), 'results.json'] }];
    if (!(await steadily(() => noteLeftovers(store, claim, written)))) return;
    const results = await writeRun(workspace, claim, run, files, { facts, version, signal: stop.signal });
    log({ level: 'info', message: `finished: ${results.files.length} files` });
    await steadily(flush);
    ending = true;
    const ended = await steadily(async (attempt) => {
      const usage = measure.usage();
      if (await endJob(store, claim, { usage, result: { run, results: results as unknown as Json } }))
        return true;
      // The answer to an earlier attempt may have been lost.
      return attempt > 0 && (await isShown(store, id, run));
    });
    if (!ended) await workspace.removeRuns(owner, id, written).catch(() => undefined);
  } catch (error) {
    // Nobody knows whether the store has heard that the files are the result.
    if (ending) throw error;
    // What cannot be removed stands in the row: the next run or the deletion of the job removes it.
    await workspace.removeRuns(owner, id, written).catch(() => undefined);
    if (stop.signal.reason === 'lost') return;
    if (stop.signal.reason === 'told') await steadily(() => giveBack(store, claim));
    else {
      const told = toldError(error);
      if (!told?.whole) onUnexpected(error);
      const { code, message } = told ?? unexpected;
      log({ level: 'error', code, message });
      await steadily(flush).catch(() => undefined);
      await steadily(() => endJob(store, claim, { usage: measure.usage() }));
    }
  } finally {
    clearInterval(heart);
    signal.removeEventListener('abort', told);
    await beating;
  }
}

async function isShown(store: Queryable, id: string, run: string): Promise<boolean> {
  const rows = await store.query(`select 1 as one from furrow.job where id = $1 and run = $2`, [id, run]);
  return rows.length === 1;
}

const unexpected = {
  code: 'Internal',
  message: 'something failed that should not have; the log of the server tells more under the id of the job',
};

interface Watch {
  readonly stop: AbortSignal;
  readonly memory: number;
  readonly maxMs: number;
  sample(): number;
  log(line: NewLogLine): void;
  progress(percent: number): void;
}

/** Computes in a thread, within the limits of memory and time. */
async function compute(
  { config, threads }: RunJobOptions,
  graph: Json,
  { stop, memory, maxMs, sample, log, progress }: Watch,
): Promise<{ files: readonly EncodedFile[]; facts: ResultFacts }> {
  const order: WorkOrder = { graph, collections: [...config.collections], threads };
  const worker = new Worker(workModule, {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: Math.floor(memory / 2 ** 20) },
  });
  const { promise, resolve, reject } = Promise.withResolvers<{
    files: readonly EncodedFile[];
    facts: ResultFacts;
  }>();
  const watching = setInterval(() => {
    const held = sample();
    if (held > memory)
      reject(
        new LimitExceeded(
          `the job held ${Math.ceil(held / 2 ** 20)} MiB of memory; ${Math.floor(memory / 2 ** 20)} are the most (FURROW_JOB_MEMORY)`,
        ),
      );
  }, sampleMs);
  const overtime = setTimeout(() => {
    reject(
      new LimitExceeded(
        `the job ran for ${Math.round(maxMs / 60_000)} minutes, which are the most (FURROW_JOB_MINUTES)`,
      ),
    );
  }, maxMs);
  const onStop = () => reject(new TaskFailed('the run was stopped'));
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  worker.on('message', (report: WorkReport) => {
    if (report.kind === 'progress') progress(report.percent);
    else if (report.kind === 'log') log(report.line);
    else if (report.kind === 'done') resolve(report);
    else reject(reviveError(report.error));
  });
  worker.on('error', (error: NodeJS.ErrnoException) =>
    reject(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? new LimitExceeded(
            `the job needs more than ${Math.floor(memory / 2 ** 20)} MiB of memory (FURROW_JOB_MEMORY)`,
          )
        : error,
    ),
  );
  worker.on('exit', (code) => reject(new TaskFailed(`the thread that computes ended with code ${code}`)));
  try {
    return await promise;
  } finally {
    clearInterval(watching);
    clearTimeout(overtime);
    stop.removeEventListener('abort', onStop);
    // A thread in a native loop does not end; the process that ends after this takes it along.
    void worker.terminate();
  }
}

async function writeRun(
  workspace: Workspace,
  { id, owner }: JobClaim,
  run: string,
  files: readonly EncodedFile[],
  { facts, version, signal }: { facts: ResultFacts; version: string; signal: AbortSignal },
): Promise<JobResults> {
  const stored = await workspace.write(owner, id, run, files, { signal });
  const results = resultDocument(stored, facts, version);
  const bytes = new TextEncoder().encode(JSON.stringify(results));
  await workspace.write(owner, id, run, [{ name: 'results.json', mediaType: 'application/json', bytes }], {
    signal,
  });
  return results;
}
