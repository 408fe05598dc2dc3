import { availableParallelism } from 'node:os';
import { type Transferable, Worker } from 'node:worker_threads';
import { Cancelled, InvalidArgument, LimitExceeded, TaskFailed } from '../errors.ts';
import { hostsAllowed } from '../storage/egress.ts';
import { reviveError, type WireError } from './wire-error.ts';

/** What a pool's workers can do: the input and output of each task, by name. Both must survive a structured clone. */
export type TaskTypes = Readonly<Record<string, { readonly input: unknown; readonly output: unknown }>>;

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Buffers that move to the worker and are gone here afterwards. */
  readonly transfer?: readonly Transferable[] | undefined;
}

/** Worker threads that run tasks, one at a time each. */
export interface Pool<Tasks extends TaskTypes> {
  readonly threads: number;
  /**
   * Runs a task on the next free worker. Throws what the task throws, `TaskFailed` when its worker dies (the other tasks go
   * on, on a new worker), `Cancelled` when the signal fires: the worker of a running task is then ended at once.
   */
  run<Name extends keyof Tasks & string>(
    name: Name,
    input: Tasks[Name]['input'],
    options?: TaskOptions,
  ): Promise<Tasks[Name]['output']>;
  /** Ends all workers; tasks that have not finished fail with `Cancelled`. */
  close(): Promise<void>;
}

interface Job {
  readonly name: string;
  timer?: NodeJS.Timeout | undefined;
  readonly input: unknown;
  readonly transfer: readonly Transferable[];
  resolve(output: unknown): void;
  reject(error: Error): void;
}

interface Seat {
  readonly worker: Worker;
  job: Job | undefined;
  /** Ends the worker when nothing has come for long enough. */
  idle?: NodeJS.Timeout | undefined;
}

export interface PoolOptions {
  /** What the workers load; it calls `serveTasks`. */
  readonly module: URL;
  /** One for each processor when left out. */
  readonly threads?: number | undefined;
  /** A task that runs longer is ended with its worker and fails with `LimitExceeded`, which says `message` of its name. */
  readonly most?: { ms(): number; message(task: string): string } | undefined;
  /** A worker without a task ends after this time, and does not keep the process alive until then. For good when left out. */
  readonly idleMs?: number | undefined;
}

/** A task on its way to a worker. The hosts come with every task: the user may have named another since the worker started. */
export interface WorkerTask {
  readonly name: string;
  readonly input: unknown;
  readonly hosts: readonly string[];
}

export type WorkerAnswer = { readonly output: unknown } | { readonly error: WireError };

/** A pool of workers; they start when the first tasks come. Throws `InvalidArgument` for a number of threads that is none. */
export function openPool<Tasks extends TaskTypes>(options: PoolOptions): Pool<Tasks> {
  const { threads = availableParallelism() } = options;
  if (!Number.isInteger(threads) || threads < 1)
    throw new InvalidArgument(`a pool has 1 worker thread or more, not ${threads}`);
  const seats = new Set<Seat>();
  const waiting: Job[] = [];
  const ending = new Set<Promise<unknown>>();
  let closed = false;

  const end = (seat: Seat): Promise<unknown> => {
    seats.delete(seat);
    seat.job = undefined;
    const ended = seat.worker.terminate().finally(() => ending.delete(ended));
    ending.add(ended);
    return ended;
  };

  const seatWorker = (): Seat => {
    const seat: Seat = { worker: new Worker(options.module), job: undefined };
    seats.add(seat);
    seat.worker.on('message', (answer: WorkerAnswer) => {
      const job = seat.job;
      seat.job = undefined;
      if ('error' in answer) job?.reject(reviveError(answer.error));
      else job?.resolve(answer.output);
      next();
      if (seat.job === undefined) rest(seat);
    });
    const lost = (reason: string, cause?: unknown) => {
      if (!seats.delete(seat)) return;
      seat.job?.reject(new TaskFailed(`the worker of task '${seat.job.name}' ${reason}`, { cause }));
      seat.job = undefined;
      next();
    };
    seat.worker.on('error', (error) => lost(`died: ${error.message}`, error));
    seat.worker.on('messageerror', (cause) => {
      const { job } = seat;
      if (!seats.has(seat)) return;
      const reason = `gave an answer that cannot be read: ${cause.message}`;
      // It is alive, and nobody would ask it again.
      void end(seat).then(() =>
        job?.reject(new TaskFailed(`the worker of task '${job.name}' ${reason}`, { cause })),
      );
      next();
    });
    seat.worker.on('exit', (code) => lost(`ended with code ${code}`));
    return seat;
  };

  const rest = (seat: Seat) => {
    if (options.idleMs === undefined) return;
    seat.worker.unref();
    clearTimeout(seat.idle);
    seat.idle = setTimeout(() => {
      if (seat.job === undefined && seats.has(seat)) void end(seat);
    }, options.idleMs).unref();
  };

  const next = () => {
    while (!closed && waiting.length > 0) {
      const idle = [...seats].find(({ job }) => job === undefined);
      if (idle === undefined && seats.size >= threads) return;
      const job = waiting.shift();
      if (job === undefined) return;
      const seat = idle ?? seatWorker();
      seat.job = job;
      clearTimeout(seat.idle);
      seat.worker.ref();
      const { most } = options;
      if (most !== undefined)
        job.timer = setTimeout(() => abandon(job, new LimitExceeded(most.message(job.name))), most.ms());
      try {
        const task: WorkerTask = { name: job.name, input: job.input, hosts: hostsAllowed() };
        seat.worker.postMessage(task, [...new Set(job.transfer)]);
      } catch (error) {
        seat.job = undefined;
        job.reject(
          new TaskFailed(`task '${job.name}' cannot be sent to a worker: ${String(error)}`, { cause: error }),
        );
      }
    }
  };

  const abandon = (job: Job, error: Error) => {
    const place = waiting.indexOf(job);
    if (place >= 0) waiting.splice(place, 1);
    const seat = [...seats].find((candidate) => candidate.job === job);
    if (seat !== undefined) void end(seat);
    job.reject(error);
    next();
  };

  return {
    threads,
    run: (name, input, { signal, transfer = [] } = {}) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new TaskFailed(`task '${name}': the pool is closed`));
        if (signal?.aborted)
          return reject(new Cancelled(`task '${name}' was cancelled`, { cause: signal.reason }));
        const onAbort = () =>
          abandon(job, new Cancelled(`task '${name}' was cancelled`, { cause: signal?.reason }));
        const settle = () => {
          clearTimeout(job.timer);
          signal?.removeEventListener('abort', onAbort);
        };
        const job: Job = {
          name,
          input,
          transfer,
          resolve: (output) => {
            settle();
            resolve(output);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.push(job);
        next();
      }),
    close: async () => {
      closed = true;
      const jobs = [...waiting.splice(0), ...[...seats].flatMap(({ job }) => job ?? [])];
      for (const seat of seats) void end(seat);
      for (const job of jobs) job.reject(new Cancelled(`task '${job.name}': the pool was closed`));
      await Promise.all(ending);
    },
  };
}
