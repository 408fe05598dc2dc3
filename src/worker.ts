import type { ChunkTasks } from './cube/chunk-pool.ts';
import { serveTasks } from './engine/serve-tasks.ts';
import { computeChunkTask, measureChunkTask } from './graph/chunk-task.ts';

// Loaded by worker threads only: see `openChunkPool`.
serveTasks<ChunkTasks>({
  chunk: async (input) => {
    const output = await computeChunkTask(input as ChunkTasks['chunk']['input']);
    return { output, transfer: output.map(({ buffer }) => buffer) };
  },
  zones: async (input) => {
    const output = await measureChunkTask(input as ChunkTasks['zones']['input']);
    return { output, transfer: [output.results.buffer, output.pixels.buffer] };
  },
});
