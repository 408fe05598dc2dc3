import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

/*
 * A thread beside the one that computes, which may be in a loop: ends the process when whoever started it is gone, or when
 * it holds more memory than it may. A worker cannot exit its process, so it kills it, after a word on standard error.
 */
const { memory, parent } = workerData as { readonly memory: number; readonly parent: number };

setInterval(() => {
  const held = process.memoryUsage.rss();
  if (held > memory) writeSync(2, `held ${Math.ceil(held / 2 ** 20)} MiB of memory\n`);
  if (held > memory || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 200);
