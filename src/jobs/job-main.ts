import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../config.ts';
import { InvalidArgument } from '../errors.ts';
import { numberSetting, setting } from '../settings.ts';
import { openStore } from '../store/open-store.ts';
import { storeFor } from '../store/store-for.ts';
import type { JobOrder } from './job-process.ts';
import { runJob } from './run-job.ts';
import { withoutPlaces } from './untold-places.ts';
import { openWorkspace } from './workspace.ts';

/*
 * The process of one run of one batch job: `job-main.ts JOB`, the order as JSON on standard input. It needs nobody once it
 * has started. SIGTERM: the job is given back to the queue. What becomes of the job stands in its row; exit code 1 says
 * that not even that could be written.
 */
const ended = new AbortController();
process.once('SIGTERM', () => ended.abort());
/** Below all that somebody waits for (nice). */
const lowest = 10;

async function readOrder(): Promise<JobOrder> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  if (text === '') throw new InvalidArgument('the server ended before it said which job to run');
  return JSON.parse(text) as JobOrder;
}

try {
  setPriority(lowest);
} catch {
  // Not everywhere allowed; then it runs like the others.
}
const { config: told, ...claim } = await readOrder();
const config = { ...told, collections: new Map(told.collections) };
const { version } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as {
  version: string;
};
const onePerson = setting('accounts') !== 'on';
const store = await openStore(config, { onePerson });
await runJob({
  store: storeFor(store, claim.owner),
  workspace: openWorkspace(config),
  config,
  claim,
  memory: numberSetting('jobMemory', [256, 2 ** 20]) * 2 ** 20,
  maxMs: numberSetting('jobMinutes', [1, 35_000]) * 60_000,
  threads: numberSetting('jobThreads', [1, 64]),
  version,
  ...(onePerson ? {} : { told: withoutPlaces(config.collections) }),
  // The process that started this one writes it into its log.
  onUnexpected: (error) => console.error(error),
  signal: ended.signal,
});
process.exit(0);
