import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageRoot } from '../../../src/config.ts';
import { freePort, stopGroup } from '../../support/jupyter.ts';
import { SetupFailed } from '../../support/setup-failed.ts';
import { openPython } from './needs.ts';
import type { School } from './school.ts';

/** A running JupyterHub. */
export interface Hub {
  /** `http://127.0.0.1:PORT/` */
  readonly address: string;
  readonly proxyApi: string;
  readonly data: string;
  readonly runtime: string;
  readonly pid: number;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Nothing of this may reach a user's server. */
export const canary = { HUB_CANARY: 'nobody-but-the-hub' } as const;

/**
 * The Python of the hub's own environment, made of the pins of the image and of JupyterLab where it is absent. Takes the network
 * then. Users run it too.
 */
export function hubPython(tell: (line: string) => void): string {
  const folder = join(packageRoot(), '.venv-hub');
  const python = join(folder, 'bin', 'python');
  const pins = ['start/requirements.txt', 'docker/requirements-hub.txt'].map((file) =>
    join(packageRoot(), file),
  );
  const wanted = createHash('sha256');
  for (const file of pins) wanted.update(readFileSync(file));
  const digest = wanted.digest('hex');
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return python;
  tell('JupyterHub is installed into .venv-hub');
  const install = ['-m', 'pip', 'install', '--quiet', ...pins.flatMap((file) => ['-r', file])];
  for (const [program, args] of [
    [openPython() ?? 'python3', ['-m', 'venv', folder]],
    [python, install],
  ] as const) {
    const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new SetupFailed(`${program} ${args.join(' ')} ended with ${status}`);
  }
  writeFileSync(stamp, digest);
  return python;
}

export interface HubOptions {
  readonly python: string;
  /** Scratch space that users can pass through. */
  readonly folder: string;
  /** `share/jupyter` in it holds the kernel and the views. */
  readonly prefix: string;
  readonly school: School;
  readonly admin: { readonly name: string; readonly password: string };
}

/** Starts the hub by the configuration that is shipped, told by its environment alone. */
export async function startHub({ python, folder, prefix, school, admin }: HubOptions): Promise<Hub> {
  const [port, internal, proxy] = await Promise.all([freePort(), freePort(), freePort()]);
  const data = join(folder, 'hub');
  const runtime = join(folder, 'run');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    ...canary,
    FURROW_HUB_DATA: data,
    FURROW_HUB_RUNTIME: runtime,
    FURROW_HUB_PORT: String(port),
    FURROW_HUB_INTERNAL_PORT: String(internal),
    FURROW_HUB_PROXY_API_PORT: String(proxy),
    FURROW_HUB_AUTHENTICATOR: 'native',
    FURROW_HUB_ADMINS: admin.name,
    FURROW_HUB_ADMIN_PASSWORD: admin.password,
    FURROW_HUB_GROUPS: 'students=*',
    FURROW_HUB_JUPYTER_PATH: join(prefix, 'share', 'jupyter'),
    FURROW_HUB_STORE: school.administrator,
    FURROW_HUB_S3_ENDPOINT: school.s3.settings.endpoint.href,
    FURROW_HUB_S3_BUCKET: school.results,
    FURROW_HUB_S3_READ: school.season,
    FURROW_HUB_S3_KEYS_COMMAND: school.keysCommand.join(' '),
    FURROW_HUB_COLLECTIONS: `course=${school.collection}`,
    FURROW_HUB_COURSE_COLLECTION: 'course',
    FURROW_HUB_COURSE_DATASET: school.dataset,
  };
  const config = join(packageRoot(), 'docker', 'jupyterhub_config.py');
  const child = spawn(python, ['-m', 'jupyterhub', '-f', config], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let log = '';
  const kept = join(packageRoot(), 'test', 'artefacts', 'hub.log');
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, '');
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      appendFileSync(kept, text);
    });
  const address = `http://127.0.0.1:${port}/`;
  const stop = () => stopGroup(child);
  if (!(await answers(`${address}hub/health`, child))) {
    await stop();
    throw new SetupFailed(`JupyterHub does not answer:\n${log.slice(-4000)}`);
  }
  const proxyApi = `http://127.0.0.1:${proxy}/api/routes`;
  return { address, proxyApi, data, runtime, pid: child.pid ?? 0, log: () => log, stop };
}

async function answers(address: string, child: ChildProcess): Promise<boolean> {
  for (const until = Date.now() + 60_000; Date.now() < until && child.exitCode === null; await pause(200)) {
    const ok = await fetch(address).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return true;
  }
  return false;
}
