import { serveTasks } from '../../src/engine/serve-tasks.ts';
import type { ExtractTasks } from '../../src/extract/extract-pool.ts';
import { measureParcels } from '../../src/extract/measure-parcels.ts';

/** What goes wrong is told by the module's query: `skip` answers without reading, `die` ends the thread with a part claimed. */
const fault = new URL(import.meta.url).search;

serveTasks<ExtractTasks>({
  gather: async (input) => {
    const { claimed } = input as ExtractTasks['gather']['input'];
    Atomics.add(claimed, 0, 1);
    if (fault === '?die') process.exit(3);
    return { output: undefined };
  },
  measure: async (input) => {
    const { job, from, to } = input as ExtractTasks['measure']['input'];
    return { output: measureParcels(job, from, to) };
  },
  ready: async () => ({ output: undefined }),
});
