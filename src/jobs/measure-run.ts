import type { JobUsage } from './job.ts';

/** Times and sizes of this process, injected so that a test can count them itself. */
export interface ProcessMeter {
  /** Milliseconds, from anywhere. */
  now(): number;
  /** Seconds of CPU so far, all threads. */
  cpuSeconds(): number;
  /** Bytes held now. */
  memory(): number;
}

export const ownProcess: ProcessMeter = {
  now: () => performance.now(),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  memory: () => process.memoryUsage.rss(),
};

export interface RunMeasure {
  /** Takes a sample of the memory and gives it in bytes. */
  sample(): number;
  usage(): JobUsage;
}

/** Measures a run from now on: CPU and time, and memory added up between the samples. */
export function measureRun(meter: ProcessMeter = ownProcess): RunMeasure {
  const began = meter.now();
  let last = began;
  let heldMs = 0;
  const sample = (): number => {
    const bytes = meter.memory();
    const now = meter.now();
    heldMs += (bytes / 2 ** 20) * (now - last);
    last = now;
    return bytes;
  };
  return {
    sample,
    usage: () => {
      sample();
      return {
        cpu: { value: Number(meter.cpuSeconds().toFixed(2)), unit: 'cpu-seconds' },
        memory: { value: Number((heldMs / 1000).toFixed(1)), unit: 'mb-seconds' },
        duration: { value: Number(((last - began) / 1000).toFixed(2)), unit: 'seconds' },
      };
    },
  };
}
