import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, freemem, hostname, totalmem } from 'node:os';
import type { Handler } from '../dispatch.ts';
import type { JsonObject } from '../messages.ts';

/** Resident bytes and CPU seconds of a process. */
interface Usage {
  readonly memory: number;
  readonly cpuSeconds: number;
}

/**
 * Answers `usage_request` (what JupyterLab's "Kernel usage" panel asks, as ipykernel answers it): this process and all
 * that it and its cells started, together; `kernel_cpu` in percent of one core since the request before.
 */
export function answerUsage(): Handler {
  let before = { at: performance.now(), cpuSeconds: new Map<number, number>() };
  return () => {
    const all = new Map(processTree(process.pid).map((pid) => [pid, usageOf(pid)]));
    const at = performance.now();
    let spent = 0;
    let memory = 0;
    for (const [pid, usage] of all) {
      spent += Math.max(0, usage.cpuSeconds - (before.cpuSeconds.get(pid) ?? 0));
      memory += usage.memory;
    }
    const percent = (100 * spent) / Math.max(0.001, (at - before.at) / 1000);
    before = { at, cpuSeconds: new Map([...all].map(([pid, { cpuSeconds }]) => [pid, cpuSeconds])) };
    return {
      hostname: hostname(),
      pid: process.pid,
      kernel_cpu: percent,
      kernel_memory: memory,
      cpu_count: availableParallelism(),
      host_virtual_memory: hostMemory(),
    };
  };
}

/** A process and all its descendants, as Linux lists them; elsewhere the process alone. */
function processTree(root: number): number[] {
  const found = [root];
  for (const pid of found)
    try {
      // Each thread lists the processes that it started.
      for (const task of readdirSync(`/proc/${pid}/task`))
        for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '))
          if (child !== '') found.push(Number(child));
    } catch {
      // It has ended meanwhile.
    }
  return found;
}

function hostMemory(): JsonObject {
  const total = totalmem();
  const free = freemem();
  return { total, available: free, used: total - free, free, percent: (100 * (total - free)) / total };
}

/** Linux says it of any process, other systems only of this one. */
function usageOf(pid: number): Usage {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // A process may have any name, parentheses too.
    const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
    return {
      // proc(5): in units of 1024 bytes, whatever the pages of the machine; a zombie has none.
      memory: 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0),
      // Fields 14 and 15 of proc(5), in ticks of 10 ms (USER_HZ); the first two are cut off.
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    };
  } catch {
    if (pid !== process.pid) return { memory: 0, cpuSeconds: 0 };
    const { user, system } = process.cpuUsage();
    return { memory: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
  }
}
