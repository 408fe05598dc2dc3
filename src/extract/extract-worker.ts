import { openBand } from '../catalog/open-band.ts';
import { serveTasks } from '../engine/serve-tasks.ts';
import { pickBatches, pickPixels } from '../raster/visit-tiles.ts';
import type { ExtractTasks } from './extract-pool.ts';
import { measureParcels } from './measure-parcels.ts';

// Loaded by worker threads only: see `openExtractPool`.
serveTasks<ExtractTasks>({
  gather: async (input) => {
    const { jobs, claimed, done } = input as ExtractTasks['gather']['input'];
    for (const [i, { band, level, picks, targets }] of jobs.entries()) {
      if (Atomics.load(claimed, i) >= pickBatches(picks)) continue;
      const { raster } = await openBand(band);
      await pickPixels(raster, {
        level,
        picks,
        targets,
        claim: () => Atomics.add(claimed, i, 1),
        onBatch: () => void Atomics.add(done, i, 1),
      });
    }
    return { output: undefined };
  },
  measure: async (input) => {
    const { job, from, to } = input as ExtractTasks['measure']['input'];
    return { output: measureParcels(job, from, to) };
  },
  ready: async () => ({ output: undefined }),
});
