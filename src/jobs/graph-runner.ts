import type { Config } from '../config.ts';
import { Cancelled, InfrastructureBusy, InvalidArgument, ResultTimeout } from '../errors.ts';
import type { Grid } from '../geometry/grid.ts';
import type { Json } from '../graph/process-graph.ts';
import { limit } from '../limits.ts';
import { numberSetting } from '../settings.ts';
import type { ComputedResult } from './compute-result.ts';
import { fairQueue } from './fair-queue.ts';
import { type GraphSeat, openSeat } from './graph-seat.ts';
import type { NewLogLine } from './job.ts';
import type { ServerLog } from './job-queue.ts';
import type { JobCaller } from './open-jobs.ts';
import { type XyzConfiguration, xyzConfiguration } from './services.ts';

export interface WaitOptions {
  readonly caller: JobCaller;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, from when it begins; limit `answerMs` when left out. */
  readonly maxMs?: number | undefined;
}

export interface RunOptions extends WaitOptions {
  readonly targetGrid?: Grid | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told what the log of a batch job would say: which images are read, and which are left out as they cannot be read. */
  readonly onLine?: ((line: NewLogLine) => void) | undefined;
}

/** A tile of a service: `process` and `configuration` are the service's. */
export interface ServiceTile {
  readonly process: Json;
  readonly configuration?: XyzConfiguration | undefined;
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** Runs process graphs for callers who wait, in processes that are kept ready; one that is killed or hangs fails only its request. */
export interface GraphRunner {
  /**
   * Throws what running and encoding throw, `Cancelled`, `ResultTimeout`, `LimitExceeded` (memory, limit `answerBytes`),
   * `TaskFailed` when its process died, and `InfrastructureBusy` when too many wait.
   */
  run(process: Json, options: RunOptions): Promise<ComputedResult>;
  /** PNG; transparent where there is no value. The server's log says which images are left out. Throws `InvalidArgument` for a tile that is none, and as `run` does. */
  tile(tile: ServiceTile, options: WaitOptions): Promise<Uint8Array>;
  /** Ends the processes; who waits gets `Cancelled`. */
  close(): Promise<void>;
}

interface Request {
  readonly kind: 'run' | 'tile';
  readonly caller: string;
  readonly maxMs: number;
  begin(seat: GraphSeat): Promise<void>;
  refuse(error: Error): void;
}

/** Warnings of tiles that are remembered, so that each is logged once. */
const mostTold = 1_000;

export interface OpenGraphRunnerOptions {
  readonly config: Config;
  readonly log?: ServerLog | undefined;
  /** `FURROW_RUNNERS` when left out. */
  readonly size?: number | undefined;
}

/** Starts with one process, the others come when they are needed. */
export function openGraphRunner({
  config,
  log = () => undefined,
  size,
}: OpenGraphRunnerOptions): GraphRunner {
  const most = size ?? numberSetting('runners', [1, 64]);
  const memory = numberSetting('runnerMemory', [256, 2 ** 20]);
  const threads = numberSetting('jobThreads', [1, 64]);
  const waiting = fairQueue<Request>();
  const working = new Map<GraphSeat, Request>();
  const idle: GraphSeat[] = [];
  let closed = false;
  const told = new Set<string>();

  /** A map asks for many tiles of the same images. */
  function tellOnce({ level, message }: NewLogLine): void {
    if (level !== 'warning' || told.has(message)) return;
    if (told.size >= mostTold) told.clear();
    told.add(message);
    log('warn', `tiles of a service: ${message}`);
  }

  const newSeat = (): GraphSeat => openSeat({ collections: [...config.collections], memory, threads, log });

  function next(): void {
    while (!closed && working.size < most) {
      const runs = [...working.values()].filter(({ kind }) => kind === 'run').length;
      // One process is kept for tiles, which are many and quick.
      const mayRun = runs < Math.max(1, most - 1);
      const request = waiting.take(working.values(), ({ kind }) => kind === 'tile' || mayRun);
      if (request === undefined) return;
      let seat = idle.pop();
      while (seat !== undefined && !seat.alive()) seat = idle.pop();
      const chosen = seat ?? newSeat();
      working.set(chosen, request);
      void request.begin(chosen).finally(() => {
        working.delete(chosen);
        if (closed) void chosen.end();
        else if (chosen.alive()) idle.push(chosen);
        else if (idle.length === 0) idle.push(newSeat());
        next();
      });
    }
  }

  function ask<T>(
    kind: Request['kind'],
    { caller, signal, maxMs = limit('answerMs') }: WaitOptions,
    work: (seat: GraphSeat, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (closed) return Promise.reject(new Cancelled('the server is ending'));
    if (signal?.aborted)
      return Promise.reject(new Cancelled('the process graph was cancelled', { cause: signal.reason }));
    const room = limit('graphRequests');
    if (waiting.size >= room || waiting.of(caller.name) >= Math.ceil(room / 2))
      return Promise.reject(
        new InfrastructureBusy(`${waiting.size} process graphs and tiles wait already: try again later`),
      );
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const request: Request = {
      kind,
      caller: caller.name,
      maxMs,
      refuse: reject,
      begin: async (seat) => {
        const stop = new AbortController();
        const timer = setTimeout(() => {
          const seconds = Math.round(maxMs / 100) / 10;
          stop.abort(
            new ResultTimeout(`the process graph takes longer than ${seconds} s: make a batch job of it`),
          );
        }, maxMs);
        const cancelled = () =>
          stop.abort(new Cancelled('the process graph was cancelled', { cause: signal?.reason }));
        signal?.addEventListener('abort', cancelled, { once: true });
        if (signal?.aborted) cancelled();
        try {
          resolve(await work(seat, stop.signal));
        } catch (error) {
          reject(stop.signal.aborted ? stop.signal.reason : error);
        } finally {
          clearTimeout(timer);
          signal?.removeEventListener('abort', cancelled);
        }
      },
    };
    const leave = () => {
      if (!waiting.remove(request)) return;
      reject(new Cancelled('the process graph was cancelled', { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', leave, { once: true });
    waiting.add(request);
    next();
    return promise.finally(() => signal?.removeEventListener('abort', leave));
  }

  idle.push(newSeat());
  return {
    run: (process, options) =>
      ask('run', options, async (seat, signal) => {
        const { targetGrid, onProgress, onLine } = options;
        const report = await seat.ask({ kind: 'run', process, targetGrid }, { signal, onProgress, onLine });
        if (report.kind !== 'result') throw seat.confused(report);
        return report.result;
      }),
    tile: async ({ process, configuration = {}, z, x, y }, options) => {
      if (
        ![z, x, y].every(Number.isInteger) ||
        z < 0 ||
        z > 24 ||
        x < 0 ||
        y < 0 ||
        x >= 2 ** z ||
        y >= 2 ** z
      )
        throw new InvalidArgument(`there is no tile ${z}/${x}/${y}`);
      const tile = { process, configuration: xyzConfiguration({ ...configuration }), z, x, y };
      return await ask('tile', options, async (seat, signal) => {
        const report = await seat.ask({ kind: 'tile', tile }, { signal, onLine: tellOnce });
        if (report.kind !== 'picture') throw seat.confused(report);
        return report.png;
      });
    },
    close: async () => {
      closed = true;
      for (const request of waiting.empty()) request.refuse(new Cancelled('the server is ending'));
      const seats = [...idle.splice(0), ...working.keys()];
      await Promise.all(seats.map((seat) => seat.end()));
    },
  };
}
