import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The cell process leads a process group (`cell-process.ts`), so what its cells start can be told from everything else.
 * A child that was started with `detached` has left the group, and is left alone.
 */
export function endOwnGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL'); // it leads none: Windows, or a program that was started by hand
  }
}

/** Sends a signal to all that this process has started, and not to itself: its user's code may listen to signals too. */
export function signalGroup(signal: NodeJS.Signals): void {
  for (const pid of othersOfGroup())
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended, or become another user's.
    }
}

function othersOfGroup(): number[] {
  const own = process.pid;
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,pgid='], { encoding: 'utf8' }).trim().split('\n');
    return rows
      .map((row) => row.trim().split(/\s+/).map(Number))
      .flatMap(([pid = own, group]) => (group === own && pid !== own ? [pid] : []));
  }
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) && pid !== own && groupOf(pid) === own ? [pid] : [];
  });
}

/** proc(5): `pid (name) state ppid pgrp ...`; a name may hold spaces and parentheses. */
function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined;
  }
}
