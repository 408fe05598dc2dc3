import { spawn } from 'node:child_process';
import { chown, mkdir, readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants } from '../../start/process-tree.ts';
import { SetupFailed } from '../support/setup-failed.ts';
import type { BuiltImage } from './image-builder.ts';

export interface Container extends AsyncDisposable {
  /** What it wrote so far. */
  log(): string;
  /** Waits until an address of loopback answers 200; throws `SetupFailed` with the log when it ends before, or after `limitMs`. */
  answers(address: string, limitMs: number): Promise<void>;
  /** User ids and command lines of all that runs in it, as this machine sees them. */
  processes(): Promise<{ uids: readonly string[]; command: string }[]>;
  /** SIGTERM to its first process, as engines do. Its exit code, undefined where it had to be killed after `limitMs`. */
  stop(limitMs: number): Promise<number | null | undefined>;
  readonly ended: Promise<number | null>;
}

/**
 * Root is read-only and there is no /tmp to write to; only the home, the one volume, can be written. The user has no way to more
 * rights: no capability and no set-uid program gives any. Mounts and processes are in namespaces that end with the first process.
 */
const inside = `
root=$1; home=$2; folder=$3; user=$4; group=$5; shift 5
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$home" "$root$folder"
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid="$user" --regid="$group" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \\
  env --chdir="$folder" "$@"
`;

/**
 * Runs an image as its configuration says (entry, command, user, folder, variables), without an engine: a chroot in namespaces of
 * its own, on this machine's network. `home` is made, and belongs to the image's user.
 */
export async function startContainer(
  { config, rootfs }: BuiltImage,
  home: string,
  { command = config.Cmd, environment = {}, entry = config.Entrypoint }: ContainerOptions = {},
): Promise<Container> {
  const [user = '', group = ''] = config.User.split(':');
  if (!/^[1-9]\d*$/.test(user) || !/^[1-9]\d*$/.test(group))
    throw new SetupFailed(`the image runs as '${config.User}', which is no number of a user without rights`);
  await mkdir(home, { recursive: true });
  await chown(home, Number(user), Number(group));
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child'];
  const script = ['sh', '-ec', inside, 'sh', rootfs, home, config.WorkingDir, user, group];
  const own = config.Env.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]);
  const child = spawn('/usr/bin/unshare', [...namespaces, ...script, ...entry, ...command], {
    env: { ...Object.fromEntries(own), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => setTimeout(() => resolve(code), 50));
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  const stop = async (limitMs: number) => {
    if (!running()) return ended;
    const [first] = child.pid === undefined ? [] : await descendants(child.pid);
    if (first !== undefined) process.kill(first.pid, 'SIGTERM');
    const waiting = new AbortController();
    const late = sleep(limitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
    const code = await Promise.race([ended, late]);
    waiting.abort();
    if (running()) child.kill('SIGKILL');
    await ended;
    return code;
  };
  return {
    log: () => text,
    ended,
    stop,
    processes: async () =>
      child.pid === undefined
        ? []
        : Promise.all((await descendants(child.pid)).map(({ pid }) => factsOf(pid))),
    answers: async (address, limitMs) => {
      for (const until = Date.now() + limitMs; Date.now() < until; await sleep(100)) {
        const status = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(5000) }).then(
          async (answer) => {
            await answer.arrayBuffer();
            return answer.status;
          },
          () => undefined,
        );
        if (status === 200) return;
        if (!running()) throw new SetupFailed(`it ended with ${await ended}:\n${text.slice(-3000)}`);
      }
      throw new SetupFailed(`${address} does not answer in ${limitMs / 1000} s:\n${text.slice(-3000)}`);
    },
    [Symbol.asyncDispose]: async () => {
      await stop(10_000);
    },
  };
}

export interface ContainerOptions {
  readonly command?: readonly string[] | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** In place of the image's own. */
  readonly entry?: readonly string[] | undefined;
}

/** A command in a container of its own, to its end, which comes after two minutes at the latest. */
export async function runContainer(
  image: BuiltImage,
  home: string,
  options: ContainerOptions,
): Promise<{ code: number | null; output: string }> {
  await using container = await startContainer(image, home, options);
  const timer = setTimeout(() => void container.stop(5000), 120_000);
  const code = await container.ended;
  clearTimeout(timer);
  return { code, output: container.log() };
}

async function factsOf(pid: number) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [, uids = ''] = /^Uid:\s*(.*)$/m.exec(status) ?? [];
  return { uids: uids.split(/\s+/), command: line.replaceAll('\0', ' ').trim() };
}

/** Paths below `folder`, links not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
}
