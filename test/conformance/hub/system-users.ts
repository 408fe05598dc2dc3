import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A user of this machine, made for the test. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/** Makes a user with a home of mode 0700 below `homes`; takes root. */
export async function addSystemUser(stem: string, homes: string): Promise<SystemUser> {
  const name = `${stem}-${randomBytes(3).toString('hex')}`;
  const home = join(homes, name);
  await mkdir(homes, { recursive: true, mode: 0o711 });
  await chmod(homes, 0o711);
  await run('useradd', ['--create-home', '--home-dir', home, '--shell', '/bin/bash', '--user-group', name]);
  await chmod(home, 0o700);
  return { name, uid: (await stat(home)).uid, home };
}

/** Ends what is left of the user's processes and removes the user with its home. */
export async function removeSystemUser({ name, uid, home }: SystemUser): Promise<void> {
  for (let tried = 0; tried < 50; tried++) {
    const left = await processesOf(uid);
    if (left.length === 0) break;
    for (const pid of left)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    await pause(100);
  }
  await run('userdel', [name]);
  await rm(home, { recursive: true, force: true });
}

/** Processes that a user runs. */
export async function processesOf(uid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    all.map(async (pid) =>
      (await stat(`/proc/${pid}`).catch(() => undefined))?.uid === uid ? [Number(pid)] : [],
    ),
  );
  return found.flat();
}

/** TCP ports that a user's processes listen on, for whoever is on the machine; ascending (proc(5), /proc/net/tcp: state 0A is listening). */
export async function portsOf(uid: number): Promise<number[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const rows = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)));
  const ports = rows
    .filter(([, , , state, , , , owner]) => state === '0A' && Number(owner) === uid)
    .map(([, local = '']) => Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
  return [...new Set(ports)].sort((a, b) => a - b);
}
