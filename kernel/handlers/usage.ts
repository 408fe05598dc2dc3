import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, hostname, totalmem } from 'node:os';
import type { Handler } from '../dispatch.ts';
import type { JsonObject } from '../messages.ts';

/** Resident bytes and CPU seconds of a process. */
interface Usage {
  readonly memory: number;
  readonly cpuSeconds: number;
}

/**
 * Answers `usage_request` (what JupyterLab's "Kernel usage" panel asks, as ipykernel answers it): this process and
 * the others of the kernel together; `kernel_cpu` in percent of one core since the request before.
 */
export function answerUsage(pids: () => readonly (number | undefined)[]): Handler {
  let before = { at: performance.now(), cpuSeconds: 0 };
  return () => {
    const all = [process.pid, ...pids()].flatMap((pid) => (pid === undefined ? [] : usageOf(pid)));
    const at = performance.now();
    const cpuSeconds = all.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
    // A cell process that was replaced takes its seconds with it.
    const spent = Math.max(0, cpuSeconds - before.cpuSeconds);
    const percent = (100 * spent) / Math.max(0.001, (at - before.at) / 1000);
    before = { at, cpuSeconds };
    return {
      hostname: hostname(),
      pid: process.pid,
      kernel_cpu: percent,
      kernel_memory: all.reduce((sum, usage) => sum + usage.memory, 0),
      cpu_count: availableParallelism(),
      host_virtual_memory: hostMemory(),
    };
  };
}

function hostMemory(): JsonObject {
  const total = totalmem();
  const free = freemem();
  return { total, available: free, used: total - free, free, percent: (100 * (total - free)) / total };
}

/** Linux says it of any process, other systems only of this one. */
function usageOf(pid: number): Usage {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // Fields 14 and 15 of proc(5), in ticks of 10 ms; the split takes the first two away.
    return { memory: pages * 4096, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  } catch {
    if (pid !== process.pid) return { memory: 0, cpuSeconds: 0 };
    const { user, system } = process.cpuUsage();
    return { memory: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
  }
}
