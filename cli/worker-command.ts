import { readConfig } from '../src/config.ts';
import { openJobs } from '../src/jobs/open-jobs.ts';
import { settings } from '../src/settings.ts';
import { openStore } from '../src/store/open-store.ts';
import { numberOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const defaultGrace = 5;

export const workerCommand: SeasonCommand = {
  usage: ['worker', 'run batch jobs of a server on this machine'],
  help: `furrow worker [options]

Takes batch jobs from the queue of the store and runs each in a process of its own, until Ctrl-C or SIGTERM: then what runs may
finish for a while, and the rest goes back to the queue. Any number of workers share one queue. They need the store
(FURROW_STORE), the collections (FURROW_COLLECTIONS) and the place of results (FURROW_RESULTS) of their servers; a server with
FURROW_JOB_SLOTS=0 leaves all jobs to them.

  --slots N          jobs at a time (${settings.jobSlots.value}; FURROW_JOB_SLOTS)
  --grace SECONDS    how long jobs may go on when the worker is told to stop (${defaultGrace})`,
  async run(argv, signal) {
    const { values } = readArguments('worker', argv, { slots: text, grace: text }, []);
    const slots = numberOf('slots', values.slots, { least: 1, most: 1_000, whole: true });
    const grace = numberOf('grace', values.grace, { least: 0, most: 86_400 }) ?? defaultGrace;
    const config = readConfig();
    const store = await openStore(config, {
      signal,
      onProgress: ({ message }) => console.error(`furrow worker: ${message}`),
    });
    try {
      const jobs = await openJobs({
        store,
        config,
        slots,
        log: (level, message, facts) => {
          const line = { time: new Date().toISOString(), level, message, ...facts };
          console.error(JSON.stringify(line));
        },
      });
      console.error('furrow worker: waiting for jobs');
      await stopped(signal);
      console.error('furrow worker: stopping');
      await jobs.drain(grace * 1000);
      return 0;
    } finally {
      await store.close();
    }
  },
};

/** Resolves when the signal fires; a timer keeps the process until then. */
function stopped(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const awake = setInterval(() => undefined, 60_000);
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  return promise.finally(() => clearInterval(awake));
}
