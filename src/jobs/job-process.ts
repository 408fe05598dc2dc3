import { execFile, spawn } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Config } from '../config.ts';
import { numberSetting, settings } from '../settings.ts';
import type { JobClaim } from './job-claims.ts';

const entry = fileURLToPath(
  new URL(`./job-main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/** What a run is told on its standard input. */
export interface JobOrder extends JobClaim {
  readonly config: Omit<Config, 'collections'> & {
    readonly collections: readonly (readonly [string, string])[];
  };
}

/** How a process ended: in words where something is wrong with it. */
export type JobExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
};

/** Variables that a run needs: ours but for the secrets of the server, those of object storage, and what Node and TLS read. */
const passed =
  /^(FURROW_|AWS_|SSL_CERT_|NODE_EXTRA_CA_CERTS$|HOME$|PATH$|TMPDIR$|TZ$|LANG$|LC_|GLIBC_TUNABLES$)/;
const withheld = /^FURROW_(STORE$|OIDC|HUB|.*(SECRET|TOKEN|PASSWORD))/;
const secrets = new Set(
  Object.values(settings).flatMap(({ variable, secret }) => (secret ? [variable] : [])),
);

/** The environment of a process that computes for somebody, without what opens the store. */
export function minimalEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => passed.test(name) && !withheld.test(name) && !secrets.has(name),
    ),
  );
}

/** What the client of PostgreSQL reads beside its address. */
function storeEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('PG')));
}

/** The last words of a process that are kept. */
const mostSaid = 2_000;

/**
 * Starts the process of a run, in a session of its own: it outlives this process. The order goes over its standard input, so
 * that no list of processes shows it. `onExit` hears how it ended, while this process lives. Gives its pid; undefined when
 * it could not be started.
 */
export function launchJob(
  claim: JobClaim,
  config: Config,
  onExit: (exit: JobExit) => void,
): number | undefined {
  const memory = numberSetting('jobMemory', [256, 2 ** 20]);
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${memory}`, '--disable-warning=ExperimentalWarning', entry, claim.id],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...minimalEnvironment(), ...storeEnvironment() },
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    said = (said + text).slice(-mostSaid);
  });
  child.stderr.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  let told = false;
  const tell = (exit: JobExit) => {
    if (told) return;
    told = true;
    onExit(exit);
  };
  child.once('error', (error) => tell({ code: null, signal: null, said: error.message }));
  child.once('exit', (code, signal) => tell({ code, signal, said }));
  const order: JobOrder = { ...claim, config: { ...config, collections: [...config.collections] } };
  child.stdin.end(JSON.stringify(order));
  child.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
  return child.pid;
}

/** Processes that see each other by number: the machine since its last start, and its space of process numbers. */
export async function thisHost(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  return [hostname(), boot.trim(), space].join(' ').trim();
}

const run = promisify(execFile);

/** Whether the process with that number is, now, one that runs that job: numbers are given again. */
export async function isJobProcess(pid: number, job: string): Promise<boolean> {
  const command =
    process.platform === 'linux'
      ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      : await run('ps', ['-o', 'command=', '-p', String(pid)]).then(
          ({ stdout }) => stdout,
          () => '',
        );
  return command.includes('job-main.') && command.includes(job);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Ends the process of a job on this machine: asked first, by force after `graceMs`, also one that is stopped. Resolves when it is
 * gone, or after 3 s more.
 */
export async function endJobProcess(pid: number, job: string, graceMs = 1_000): Promise<void> {
  const until = performance.now() + graceMs;
  if (!(await isJobProcess(pid, job))) return;
  send(pid, 'SIGTERM');
  while (performance.now() < until) {
    await delay(20);
    if (!(await isJobProcess(pid, job))) return;
  }
  send(pid, 'SIGKILL');
  for (let waited = 0; waited < 150 && (await isJobProcess(pid, job)); waited++) await delay(20);
}
