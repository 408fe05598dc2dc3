import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { reviveError } from '../engine/wire-error.ts';
import { Cancelled, type FurrowError, LimitExceeded, TaskFailed } from '../errors.ts';
import type { GraphOrder, GraphReport } from './graph-main.ts';
import type { NewLogLine } from './job.ts';
import { minimalEnvironment } from './job-process.ts';
import type { ServerLog } from './job-queue.ts';

const entry = fileURLToPath(
  new URL(`./graph-main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/** How long a process may take to heed a cancel before it is killed. */
const heedMs = 300;
/** The last words of a process that are kept. */
const mostSaid = 2_000;

type Asked<Order> = Order extends { readonly id: number } ? Omit<Order, 'id'> : never;
export type GraphAnswer = Extract<GraphReport, { kind: 'result' | 'picture' }>;

interface AskOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** What the graph has to say; also before it fails. */
  readonly onLine?: ((line: NewLogLine) => void) | undefined;
}

/** A process that runs one graph at a time. */
export interface GraphSeat {
  alive(): boolean;
  /** Throws what the graph throws, `TaskFailed` when the process dies; on abort it is killed unless it heeds soon. */
  ask(order: Asked<Exclude<GraphOrder, { kind: 'cancel' }>>, options: AskOptions): Promise<GraphAnswer>;
  /** What to throw at an answer of another kind than was asked for. */
  confused(answer: GraphAnswer): FurrowError;
  end(): Promise<void>;
}

export interface SeatOptions {
  readonly collections: readonly (readonly [string, string])[];
  /** MiB. */
  readonly memory: number;
  readonly threads: number;
  readonly log: ServerLog;
}

export function openSeat({ collections, memory, threads, log }: SeatOptions): GraphSeat {
  const child = fork(entry, [], {
    execArgv: [`--max-old-space-size=${memory}`, '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: minimalEnvironment(),
  });
  let said = '';
  let asked = 0;
  let gone = false;
  let open:
    | {
        readonly id: number;
        readonly onProgress?: AskOptions['onProgress'];
        readonly onLine?: AskOptions['onLine'];
        resolve(answer: GraphAnswer): void;
        reject(error: Error): void;
      }
    | undefined;
  const exited = Promise.withResolvers<void>();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-mostSaid);
  });
  child.on('message', (report: GraphReport) => {
    if (report.kind === 'ready' || report.id !== open?.id) return;
    if (report.kind === 'progress') open.onProgress?.(report.done, report.total);
    else if (report.kind === 'log') open.onLine?.(report.line);
    else if (report.kind === 'failed') open.reject(reviveError(report.error));
    else open.resolve(report);
  });
  const lost = (how: string) => {
    if (gone) return;
    gone = true;
    const error = /held \d+ MiB|heap out of memory/.test(said)
      ? new LimitExceeded(
          `the process graph needs more than ${memory} MiB of memory (FURROW_RUNNER_MEMORY): ask for less, or make a batch job of it`,
        )
      : new TaskFailed(`the process of the graph ${how}`);
    if (open !== undefined || said !== '') log('warn', `a process of graphs ${how}`, { said });
    open?.reject(error);
    exited.resolve();
  };
  child.once('error', (error) => lost(`cannot be started: ${error.message}`));
  // 'close' comes after the last of what it said.
  child.once('close', (code, signal) =>
    lost(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
  );
  const send = (order: GraphOrder) =>
    child.send(order, (error) => {
      if (error) child.kill('SIGKILL');
    });
  send({ kind: 'setup', collections, memory: memory * 2 ** 20, threads });
  child.unref();
  child.channel?.unref();

  return {
    alive: () => !gone && child.connected,
    async ask(order, { signal, onProgress, onLine }) {
      if (gone) throw new TaskFailed('the process of the graph has ended');
      const id = ++asked;
      const { promise, resolve, reject } = Promise.withResolvers<GraphAnswer>();
      open = { id, onProgress, onLine, resolve, reject };
      let killing: NodeJS.Timeout | undefined;
      const onAbort = () => {
        send({ kind: 'cancel', id });
        killing = setTimeout(() => child.kill('SIGKILL'), heedMs);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      child.ref();
      child.channel?.ref();
      try {
        send({ ...order, id } as GraphOrder);
        if (signal.aborted) onAbort();
        return await promise;
      } finally {
        open = undefined;
        clearTimeout(killing);
        signal.removeEventListener('abort', onAbort);
        child.unref();
        child.channel?.unref();
      }
    },
    confused: (answer) => new TaskFailed(`the process of the graph answered with a ${answer.kind}`),
    async end() {
      // Or who waits for nothing but this would end before it.
      child.ref();
      child.kill('SIGKILL');
      open?.reject(new Cancelled('the server is ending'));
      await exited.promise;
    },
  };
}
