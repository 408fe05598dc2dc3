import { readdirSync, readFileSync } from 'node:fs';
import { descendants, type ProcessId } from '../../start/process-tree.ts';

/** A process with all that it started, as they are now. Linux. */
export async function processTree(pid: number): Promise<ProcessId[]> {
  const all = await descendants(pid);
  return [...all, { pid, parent: 0, startedAt: startOf(pid) }];
}

/** proc(5), field 22 of `stat`. */
function startOf(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`, '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Samples the resident memory of a process tree, the sum of what each process holds, and gives its peak in bytes. Linux. */
export function watchMemory(pid: number, everyMs = 20): { now(): number; stop(): number } {
  const page = 4096;
  let pids = treeOf(pid);
  let listedAt = performance.now();
  let peak = 0;
  const now = (): number => {
    // Listing all processes takes longer than asking a few.
    if (performance.now() - listedAt > 250) {
      pids = treeOf(pid);
      listedAt = performance.now();
    }
    const pages = pids.map((one) => Number(readOr(`/proc/${one}/statm`, '0 0').split(' ')[1]));
    const bytes = page * pages.reduce((sum, count) => sum + count, 0);
    peak = Math.max(peak, bytes);
    return bytes;
  };
  now();
  const timer = setInterval(now, everyMs);
  return {
    now,
    stop() {
      clearInterval(timer);
      now();
      return peak;
    },
  };
}

function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOr(`/proc/${name}/stat`, '');
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = [root];
  for (const parent of found) for (const [pid, above] of parents) if (above === parent) found.push(pid);
  return found;
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback; // it ended meanwhile
  }
}
