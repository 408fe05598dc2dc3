import type { ChunkTasks } from './cube/chunk-pool.ts';
import { serveTasks } from './engine/serve-tasks.ts';
import { computeChunkTask } from './graph/chunk-task.ts';

// Loaded by worker threads only: see `openChunkPool`.
serveTasks<ChunkTasks>({
  chunk: async (input) => {
    const output = await computeChunkTask(input as ChunkTasks['chunk']['input']);
    return { output, transfer: output.map(({ buffer }) => buffer) };
  },
});
