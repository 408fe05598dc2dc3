import { serveTasks } from '../engine/serve-tasks.ts';
import type { CodecTasks } from './codec-pool.ts';
import { decodeTile } from './jp2-decode.ts';

// Loaded by worker threads only: see `codecPool`.
serveTasks<CodecTasks>({
  jpeg2000: async (input) => {
    const output = await decodeTile(input as CodecTasks['jpeg2000']['input']);
    return { output, transfer: output.map(({ buffer }) => buffer) };
  },
});
