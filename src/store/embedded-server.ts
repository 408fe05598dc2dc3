import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cancelled, StoreUnavailable, throwIfCancelled } from '../errors.ts';
import { embeddedPlace, makePlace, readState, socketPath } from './embedded-place.ts';
import type { QueryOptions, StoreProgress } from './store.ts';

export interface EmbeddedServerOptions extends QueryOptions {
  readonly dataDir: string;
  /** After this long without a client the server ends by itself; 0 (the default): never. */
  readonly idleMs?: number | undefined;
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
  /** How long the server may take to open, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

export interface EmbeddedServer {
  /** The folder of the socket, as `host` of a PostgreSQL client. */
  readonly socketFolder: string;
  /** Closes the database in order and ends the process; does nothing when another process had started the server. */
  close(): Promise<void>;
}

const script = fileURLToPath(
  new URL(`./embedded-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/** Exit code of the server's process when another one serves the folder already. */
const taken = 75;

/** Whether somebody listens at that socket. */
function listens(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection(path);
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** The socket folder of the server that runs on a data folder, or undefined when none answers. */
export async function runningServer(dataDir: string): Promise<string | undefined> {
  const state = await readState(embeddedPlace(dataDir));
  return state?.stage === 'ready' && (await listens(socketPath(state.socketFolder)))
    ? state.socketFolder
    : undefined;
}

async function launch(dataDir: string, idleMs: number, detached: boolean): Promise<ChildProcess> {
  const place = embeddedPlace(dataDir);
  await makePlace(place);
  const log = await open(place.log, 'a', 0o600);
  try {
    // The channel tells a server that is not detached when its parent has died.
    const stdio = detached
      ? (['ignore', log.fd, log.fd] as const)
      : (['ignore', log.fd, log.fd, 'ipc'] as const);
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, dataDir, String(idleMs)],
      {
        stdio: [...stdio],
        detached,
        cwd: place.folder,
      },
    );
    await once(child, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}

async function ready(
  options: EmbeddedServerOptions,
  detached: boolean,
): Promise<{ socketFolder: string; child: ChildProcess | undefined }> {
  const started: { child: ChildProcess | undefined } = { child: undefined };
  try {
    const socketFolder = await untilReady(options, detached, started);
    return { socketFolder, child: started.child };
  } catch (error) {
    // Cancelled, the server closes in order once it is open; one that does not come up heeds no such signal. Nothing is lost.
    started.child?.kill(error instanceof Cancelled ? 'SIGTERM' : 'SIGKILL');
    started.child?.unref();
    throw error;
  }
}

/** The socket's folder of the server that runs on a data folder; the last process started for it is in `started`. */
async function untilReady(
  options: EmbeddedServerOptions,
  detached: boolean,
  started: { child: ChildProcess | undefined },
): Promise<string> {
  const { dataDir, idleMs = 0, onProgress, signal, timeoutMs = 180_000 } = options;
  const place = embeddedPlace(dataDir);
  const deadline = performance.now() + timeoutMs;
  let retry = 0;
  let said = '';
  for (;;) {
    throwIfCancelled(signal, 'opening the store');
    const running = await runningServer(dataDir);
    if (running !== undefined) return running;
    const { child } = started;
    // A server of another process that is starting or closing holds the lock: ours exits at once, and we try again later.
    if (child === undefined || (child.exitCode === taken && performance.now() > retry)) {
      started.child = await launch(dataDir, idleMs, detached);
      retry = performance.now() + 1000;
    } else if (child.exitCode !== taken && (child.exitCode !== null || child.signalCode !== null)) {
      const state = await readState(place);
      const reason =
        state?.stage === 'failed' ? state.message : `it ended with ${child.signalCode ?? child.exitCode}`;
      throw new StoreUnavailable(
        `the embedded store in ${place.folder} does not start: ${reason}. See ${place.log}`,
      );
    }
    if (performance.now() > deadline)
      throw new StoreUnavailable(
        `the embedded store in ${place.folder} did not start in ${timeoutMs / 1000} s. See ${place.log}`,
      );
    const state = await readState(place);
    if (state?.stage === 'starting' && state.message !== said) {
      said = state.message;
      onProgress?.({ message: state.message, fraction: state.fraction });
    }
    // Aborted, it ends at once, and the next turn says so.
    await delay(100, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Makes sure that a server runs on the data folder, starting one of its own session that outlives this process and ends
 * after `idleMs` without clients. Gives the socket's folder. Several processes may call this at once: one server starts.
 * Throws `StoreUnavailable` with the reason and the path of the log, `Cancelled`; what it started then ends.
 */
export async function ensureEmbeddedServer(options: EmbeddedServerOptions): Promise<string> {
  const { socketFolder, child } = await ready(options, true);
  child?.unref();
  return socketFolder;
}

/**
 * Starts the server as a child of this process, for a program that owns the store's lifetime (`npm start`): it ends with
 * `close` or with this process, and by default never by itself. Where a server runs already, that one is used and left alone.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { socketFolder, child } = await ready(options, false);
  return {
    socketFolder,
    async close() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
