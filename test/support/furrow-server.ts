import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { SetupFailed } from './setup-failed.ts';

export interface FurrowServerOptions {
  /** Its data folder; a temporary one, removed at the end, when left out. */
  readonly data?: string | undefined;
  /** Variables of its environment besides those of this process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** How long it may take to listen, in milliseconds. */
  readonly patienceMs?: number | undefined;
}

export interface FurrowServer extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly process: ChildProcess & { readonly pid: number };
  /** All that it wrote to standard error so far. */
  log(): string;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. The data folder stays. */
  kill(): Promise<void>;
}

/** Runs `furrow serve` as a process of its own on a free port. Throws `SetupFailed` with its log when it does not listen. */
export async function startFurrow(options: FurrowServerOptions = {}): Promise<FurrowServer> {
  const { environment = {}, patienceMs = 60_000 } = options;
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'furrow-serve-')));
  const child = spawn(process.execPath, [join(packageRoot(), 'cli', 'main.ts'), 'serve', '--port', '0'], {
    env: { ...process.env, FURROW_DATA: data, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  let log = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    log += bytes.toString();
  });
  const listening = Promise.withResolvers<string>();
  let printed = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
    const [, address] = /listening at (\S+)\n/.exec(printed) ?? [];
    if (address !== undefined) listening.resolve(address);
  });
  const timer = setTimeout(
    () => listening.reject(new SetupFailed(`furrow serve does not listen:\n${log}`)),
    patienceMs,
  );
  void ended.then((code) =>
    listening.reject(new SetupFailed(`furrow serve ended with ${code} before it listened:\n${log}`)),
  );
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await ended;
  };
  const dispose = async () => {
    await end('SIGTERM');
    if (options.data === undefined) await rm(data, { recursive: true, force: true });
  };
  try {
    const url = await listening.promise;
    if (child.pid === undefined) throw new SetupFailed('furrow serve has no process');
    return {
      url,
      process: child as FurrowServer['process'],
      log: () => log,
      stop: () => end('SIGTERM'),
      kill: async () => {
        await end('SIGKILL');
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await end('SIGKILL');
    await dispose();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
