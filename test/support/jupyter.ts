import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testPython } from './venv.ts';

/** A JupyterLab of the tests with the kernel and the extension of this checkout, and nothing of the user's settings. */
export interface Jupyter {
  /** `http://127.0.0.1:PORT/` */
  readonly address: string;
  readonly token: string;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** The server did not answer, or Python is missing. */
export class JupyterFailed extends Error {
  override readonly name = 'JupyterFailed';
}

/** Environment that keeps Jupyter's own files inside `folder` and finds kernels and extensions in `prefix`. */
export function jupyterEnvironment(folder: string, prefix: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: folder,
    JUPYTER_PATH: join(prefix, 'share', 'jupyter'),
    JUPYTER_CONFIG_DIR: join(folder, 'config'),
    JUPYTER_DATA_DIR: join(folder, 'data'),
    JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
    IPYTHONDIR: join(folder, 'ipython'),
  };
}

/**
 * Starts JupyterLab on a free port of loopback. `folder` is scratch space, `root` the folder that it serves, `prefix`
 * holds `share/jupyter` with the kernelspec and the extension.
 */
export async function startJupyter(options: {
  readonly folder: string;
  readonly root: string;
  readonly prefix: string;
  readonly env?: NodeJS.ProcessEnv;
  /** `notebook` for Notebook 7 in place of JupyterLab. */
  readonly module?: 'jupyterlab' | 'notebook';
}): Promise<Jupyter> {
  if (testPython() === undefined)
    throw new JupyterFailed('the Python test environment is absent: npm run setup:peers');
  const { folder, root, prefix, module = 'jupyterlab' } = options;
  mkdirSync(join(folder, 'config'), { recursive: true });
  const token = randomBytes(16).toString('hex');
  const port = await freePort();
  const settings = join(folder, 'data', 'lab', 'user-settings', '@jupyterlab', 'apputils-extension');
  mkdirSync(settings, { recursive: true });
  writeFileSync(
    join(settings, 'notification.jupyterlab-settings'),
    '{"fetchNews":"false","checkForUpdates":false}',
  );
  const args = [
    '-m',
    module,
    '--no-browser',
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--IdentityProvider.token=${token}`,
    `--ServerApp.root_dir=${root}`,
    `--LabApp.user_settings_dir=${join(folder, 'data', 'lab', 'user-settings')}`,
    `--LabApp.workspaces_dir=${join(folder, 'data', 'lab', 'workspaces')}`,
    '--LabApp.extension_manager=readonly',
    `--${module === 'notebook' ? 'JupyterNotebookApp' : 'LabApp'}.expose_app_in_browser=True`,
  ];
  if (process.getuid?.() === 0) args.push('--allow-root');
  const address = `http://127.0.0.1:${port}/`;
  const env = { ...jupyterEnvironment(folder, prefix), ...options.env };
  const { child, log } = await startServer(args, env, `${address}api/status?token=${token}`);
  const stop = async () => {
    await stopGroup(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { address, token, log, stop };
}

/** Starts a server of the Python environment, leading a group of its own, and waits until `address` answers; throws with its log. */
export async function startServer(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  address: string,
): Promise<{ child: ChildProcess; log: () => string }> {
  const child = spawn(testPython() ?? 'python3', args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  try {
    await answers(address, child);
  } catch (cause) {
    await stopGroup(child);
    throw new JupyterFailed(
      `${args[1]} did not answer (${cause instanceof Error ? cause.message : String(cause)}):\n${log.slice(-4000)}`,
      { cause },
    );
  }
  return { child, log: () => log };
}

/** Waits until an address answers with a good status; throws when the server ends first, or after a minute. */
async function answers(address: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new JupyterFailed(`it ended with code ${child.exitCode}`);
    const ok = await fetch(address).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(100);
  }
  throw new JupyterFailed('no answer in 60 s');
}

/** Ends a process that leads its group, and the group by force when it takes long. */
export async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

/** A port of loopback that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new JupyterFailed('no free port');
  return address.port;
}
