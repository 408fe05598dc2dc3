import { readdir, readFile } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/** A process, told apart by its start from a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  readonly parent: number;
  readonly startedAt: string;
}

/**
 * The processes that `pid` started, and those they started, as they are now. JupyterLab's kernels lead sessions of their
 * own, so a signal to its group does not reach them: who must end them has to know them beforehand.
 */
export async function descendants(pid: number): Promise<ProcessId[]> {
  const all = await listProcesses();
  const found: ProcessId[] = [];
  const open = [pid];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop())
    for (const process of all)
      if (process.parent === parent) {
        found.push(process);
        open.push(process.pid);
      }
  return found;
}

/** Those of `processes` that still run. */
export async function stillRunning(processes: readonly ProcessId[]): Promise<ProcessId[]> {
  if (processes.length === 0) return [];
  const now = new Map((await listProcesses()).map((process) => [process.pid, process.startedAt]));
  return processes.filter(({ pid, startedAt }) => now.get(pid) === startedAt);
}

/** Asks them to end, waits, and ends by force what is left after `graceMs`. */
export async function endProcesses(processes: readonly ProcessId[], graceMs: number): Promise<void> {
  let left = await stillRunning(processes);
  for (const { pid } of left) sendSignal(pid, 'SIGTERM');
  for (
    const until = Date.now() + graceMs;
    left.length > 0 && Date.now() < until;
    left = await stillRunning(left)
  )
    await new Promise((done) => setTimeout(done, 50));
  for (const { pid } of left) sendSignal(pid, 'SIGKILL');
}

/** Sends a signal (to a process group when `pid` is negative); a process that is gone is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it ended by itself in the meantime.
  }
}

function listProcesses(): Promise<ProcessId[]> {
  return process.platform === 'linux' ? listFromProc() : listFromPs();
}

/** proc(5): `pid (name) state ppid ... starttime` with starttime as field 22; a name may hold spaces and parentheses. */
async function listFromProc(): Promise<ProcessId[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(
    pids.map(async (pid): Promise<ProcessId[]> => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [state, parent] = fields;
      if (state === undefined || state === 'Z' || state === 'X' || fields.length < 20) return [];
      return [{ pid: Number(pid), parent: Number(parent), startedAt: fields[19] ?? '' }];
    }),
  );
  return processes.flat();
}

async function listFromPs(): Promise<ProcessId[]> {
  const { lines } = await runCommand('ps', ['-A', '-o', 'pid=,ppid=,stat=,lstart=']);
  return lines.flatMap((line) => {
    const [pid, parent, state = '', ...startedAt] = line.trim().split(/\s+/);
    if (state.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), startedAt: startedAt.join(' ') }];
  });
}
