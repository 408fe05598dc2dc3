import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cancelled } from '../src/errors.ts';
import { descendants, endProcesses, type ProcessId, sendSignal, stillRunning } from './process-tree.ts';
import { StartFailed } from './start-failed.ts';
import { pythonEnvironment, venvFolder } from './venv.ts';

export interface JupyterOptions {
  /** The checkout: JupyterLab's root folder. */
  readonly root: string;
  readonly dataDir: string;
  readonly port: number;
  readonly token: string;
  readonly environment?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Jupyter {
  /** Address of the notebook, token included. */
  readonly address: string;
  readonly log: string;
  /** Where its files with tokens and connections are. */
  readonly runtimeFolder: string;
  /** Resolves when JupyterLab has ended, with its exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Ends JupyterLab, its kernels and terminals. */
  stop(): Promise<void>;
}

const firstNotebook = 'notebooks/01-first-season.ipynb';
const readyMs = 90_000;
const stopMs = 10_000;
const killMs = 2000;

/**
 * Starts JupyterLab on 127.0.0.1 and waits until both its status and the notebook's page answer 200. Throws `StartFailed`
 * with the end of its log when it ends before that or does not answer in time.
 */
export async function startJupyter(options: JupyterOptions): Promise<Jupyter> {
  const { root, dataDir, port, token, environment = process.env, signal } = options;
  await prepareLab(root);
  const log = join(dataDir, 'logs', 'jupyterlab.log');
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  const descriptor = openSync(log, 'w', 0o600);
  const child = spawn(join(venvFolder(root), 'bin', 'python'), jupyterArguments(root, port), {
    cwd: root,
    env: jupyterEnvironment(environment, dataDir, token),
    stdio: ['ignore', descriptor, descriptor],
    detached: true,
  });
  closeSync(descriptor);
  // Whatever ends this process, JupyterLab does not outlive it.
  process.once(
    'exit',
    () => child.exitCode === null && child.pid !== undefined && sendSignal(child.pid, 'SIGTERM'),
  );
  const ended = new Promise<number | NodeJS.Signals>((done) => {
    child.on('exit', (code, by) => done(by ?? code ?? 1));
    child.on('error', () => done(127));
  });
  const address = `http://127.0.0.1:${port}/lab/tree/${firstNotebook}?token=${token}`;
  try {
    for (const url of [`http://127.0.0.1:${port}/api/status`, address])
      await waitForAnswer(url, { token, ended, log, signal });
  } catch (error) {
    await stopJupyter(child, ended);
    throw error;
  }
  const runtimeFolder = join(dataDir, 'jupyter', 'runtime');
  return { address, log, runtimeFolder, ended, stop: () => stopJupyter(child, ended) };
}

/** The last lines of JupyterLab's log, for the message that tells of its end. */
export async function logTail(log: string, lines = 15): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

function jupyterArguments(root: string, port: number): string[] {
  return [
    '-m',
    'jupyterlab',
    '--no-browser',
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${root}`,
    '--ServerApp.open_browser=False',
    // Neither the list of extensions on PyPI nor news nor new versions are asked for: no network is needed.
    '--LabApp.extension_manager=readonly',
    '--LabApp.news_url=None',
    '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    // The kernel completes and checks by itself; looking for language servers costs half a second.
    '--LanguageServerManager.autodetect=False',
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
}

/**
 * A folder of our own for JupyterLab's configuration, so that one made for another installation cannot break this one;
 * what the user sets here stays here. The history of cells and Node's compiled code go below the data folder too, unless
 * the user says where. The token travels in the environment because arguments are public in `ps`.
 */
export function jupyterEnvironment(
  environment: NodeJS.ProcessEnv,
  dataDir: string,
  token: string,
): NodeJS.ProcessEnv {
  const { JUPYTER_PATH: _path, JUPYTER_CONFIG_PATH: _config, ...rest } = pythonEnvironment(environment);
  const own = join(dataDir, 'jupyter');
  return {
    ...rest,
    JUPYTER_CONFIG_DIR: join(own, 'config'),
    JUPYTER_DATA_DIR: join(own, 'data'),
    JUPYTER_RUNTIME_DIR: join(own, 'runtime'),
    JUPYTER_PREFER_ENV_PATH: '1',
    JUPYTER_TOKEN: token,
    FURROW_HISTORY: environment.FURROW_HISTORY || join(dataDir, 'history'),
    NODE_COMPILE_CACHE: environment.NODE_COMPILE_CACHE || join(dataDir, 'cache', 'compiled'),
  };
}

async function prepareLab(root: string): Promise<void> {
  // JupyterLab runs a script of its own by the Node on PATH; it is CommonJS, and our package.json above says otherwise.
  await writeFile(join(venvFolder(root), 'package.json'), '{ "private": true, "type": "commonjs" }\n');
  // Answers the question about news beforehand, which would otherwise cover the notebook.
  const folder = join(venvFolder(root), 'share', 'jupyter', 'lab', 'settings');
  await mkdir(folder, { recursive: true });
  const settings = {
    '@jupyterlab/apputils-extension:notification': { checkForUpdates: false, fetchNews: 'false' },
  };
  await writeFile(join(folder, 'overrides.json'), `${JSON.stringify(settings, null, 2)}\n`);
}

interface Waiting {
  readonly token: string;
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly log: string;
  readonly signal: AbortSignal | undefined;
}

async function waitForAnswer(url: string, { token, ended, log, signal }: Waiting): Promise<void> {
  let last = 'no answer';
  for (const until = Date.now() + readyMs; Date.now() < until; ) {
    if (signal?.aborted)
      throw new Cancelled('JupyterLab was stopped while starting', { cause: signal.reason });
    const answer = await fetch(url, {
      headers: { authorization: `token ${token}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.status === 200) return;
    if (answer !== undefined) last = `status ${answer.status}`;
    const end = await Promise.race([
      ended,
      new Promise<undefined>((done) => setTimeout(done, 100, undefined)),
    ]);
    if (end !== undefined)
      throw new StartFailed(
        `JupyterLab ended while starting (${end}); the end of ${log}:\n${await logTail(log)}`,
      );
  }
  throw new StartFailed(
    `JupyterLab did not answer within ${readyMs / 1000} s (${last}); the end of ${log}:\n${await logTail(log)}`,
  );
}

async function stopJupyter(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const started = await descendants(pid);
  sendSignal(pid, 'SIGTERM');
  // On SIGTERM the server shuts its kernels down by the protocol and then ends.
  const inTime = await Promise.race([
    ended.then(() => true),
    new Promise<false>((done) => setTimeout(done, stopMs, false).unref()),
  ]);
  if (!inTime) sendSignal(-pid, 'SIGKILL');
  const left: readonly ProcessId[] = await stillRunning(started);
  await endProcesses(left, killMs);
}
