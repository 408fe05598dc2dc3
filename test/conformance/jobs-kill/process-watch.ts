import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Processes of jobs by job, as the system lists them now: those that have ended but were not fetched yet do not count. */
export async function jobProcesses(): Promise<Map<string, number[]>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = new Map<string, number[]>();
  await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const [, job] = /job-main\.[jt]s\0(j-[0-9a-f]{32})/.exec(command) ?? [];
      if (job !== undefined) found.set(job, [...(found.get(job) ?? []), Number(pid)]);
    }),
  );
  return found;
}

export interface ProcessWatch {
  /** The most processes that one of the jobs ever had at a time. */
  most(): number;
  looks(): number;
  stop(): Promise<void>;
}

/** Looks every few milliseconds how many processes each of the jobs has. */
export function watchProcesses(jobs: ReadonlySet<string>): ProcessWatch {
  const over = new AbortController();
  let most = 0;
  let looks = 0;
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const [job, pids] of await jobProcesses()) if (jobs.has(job)) most = Math.max(most, pids.length);
      looks++;
      await pause(20);
    }
  })();
  return {
    most: () => most,
    looks: () => looks,
    stop: async () => {
      over.abort();
      await watching;
    },
  };
}
