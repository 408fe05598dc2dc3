import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FurrowServer } from '../../support/furrow-server.ts';
import type { JobClient } from './client.ts';
import { jobProcesses, watchProcesses } from './process-watch.ts';
import { type KnownGraph, killWhole, type Stage, slots } from './stage.ts';

/**
 * What is killed: the server alone; the server and some processes of jobs; the server with all its children, as with its machine; the
 * server in the moment in which it claims; the server and the database.
 */
export const kills = ['server', 'server and jobs', 'machine', 'claiming server', 'server and store'] as const;
export type Kill = (typeof kills)[number];

interface MadeJob {
  readonly id: string;
  readonly client: JobClient;
  readonly graph: KnownGraph;
}

export interface RoundOutcome {
  readonly jobs: number;
  readonly runningAtKill: number;
  readonly finished: number;
  readonly failed: number;
  readonly triedAgain: number;
  /** From the new server's first answer until the last job had ended. */
  readonly seconds: number;
  readonly cancelSeconds: number;
  readonly mostProcesses: number;
  readonly problems: readonly string[];
}

const patienceMs = 180_000;

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

async function strike(
  stage: Stage,
  server: FurrowServer,
  what: Kill,
  ids: ReadonlySet<string>,
): Promise<void> {
  if (what === 'machine') return await killWhole(server);
  if (what === 'server and store' && stage.postgres === undefined) return await killWhole(server);
  if (what === 'server and store') await Promise.all([server.kill(), stage.postgres?.kill()]);
  else await server.kill();
  if (what === 'server and jobs')
    for (const [, pids] of [...(await jobProcesses())].filter(([id]) => ids.has(id)).slice(0, 3))
      pids.forEach(kill);
  if (what === 'server and store') {
    await pause(1_500);
    await stage.postgres?.start();
  }
}

/**
 * One round: jobs of all clients are queued on a server, five run, the kill, a new server. Then each job must have ended: those
 * whose graph works are finished with the very bytes that an undisturbed run gives, or failed with a reason; nothing is
 * lost, no job ever had two processes, and none is left. One more job is cancelled on the new server.
 */
export async function playRound(stage: Stage, what: Kill): Promise<RoundOutcome> {
  const problems: string[] = [];
  const first = await stage.start();
  let runningAtKill = 0;
  const made: MadeJob[] = [];
  const ids = new Set<string>();
  const clients = await stage.clients(first.url);
  for (let at = 0; at < slots + 3; at++) {
    const client = clients[at % clients.length];
    const graph = stage.graphs[at % stage.graphs.length];
    if (client === undefined || graph === undefined) continue;
    const id = await client.create(first.url, graph.process);
    made.push({ id, client, graph });
    ids.add(id);
  }
  // One that would still run after all the others.
  const [someone] = clients;
  const longest = stage.graphs.at(-2);
  if (someone === undefined || longest === undefined) return empty(['nobody there']);
  const doomed = await someone.create(first.url, longest.process);
  ids.add(doomed);
  const watch = watchProcesses(ids);
  try {
    await someone.start(first.url, doomed);
    await Promise.all(made.map(({ id, client }) => client.start(first.url, id)));
    if (what === 'claiming server') await pause(150 * Math.random());
    else {
      await waitFor(
        async () => [...(await jobProcesses()).keys()].filter((id) => ids.has(id)).length >= slots,
      );
      await pause(1_500 * Math.random());
    }
    runningAtKill = [...(await jobProcesses()).keys()].filter((id) => ids.has(id)).length;
    await strike(stage, first, what, ids);
    await pause(500);

    const second = await stage.start();
    try {
      const from = performance.now();
      const cancelSeconds = await cancelled(someone, second.url, doomed, problems);
      let [finished, failed, triedAgain] = [0, 0, 0];
      for (const { id, client, graph } of made) {
        const left = patienceMs - (performance.now() - from);
        const all = await client.until(second.url, [id], { states: ['finished', 'error'], withinMs: left });
        const status = all.get(id)?.status;
        const messages = status === undefined ? [] : await client.messages(second.url, id);
        if (messages.some(({ message }) => /queued again/.test(message))) triedAgain += 1;
        if (status === 'finished') {
          finished += 1;
          const files = await client.files(second.url, id);
          if (JSON.stringify(files) !== JSON.stringify(graph.files))
            problems.push(`job ${id}: the files are not those of an undisturbed run`);
        } else if (status === 'error') {
          failed += 1;
          const reason = messages.findLast(({ level }) => level === 'error')?.message ?? '';
          if (reason === '') problems.push(`job ${id} failed without a reason`);
          if (graph.files !== undefined && !/given up/.test(reason))
            problems.push(`job ${id} failed: ${reason}`);
        } else problems.push(`job ${id} is ${status ?? 'lost'}`);
      }
      const seconds = (performance.now() - from) / 1000;
      await pause(300);
      for (const [id, pids] of await jobProcesses())
        if (ids.has(id)) problems.push(`job ${id} still has processes ${pids.join(', ')}`);
      problems.push(...(await foreignFiles(stage, made)));
      if (watch.most() > 1) problems.push(`a job had ${watch.most()} processes at once`);
      return {
        jobs: made.length,
        runningAtKill,
        finished,
        failed,
        triedAgain,
        seconds,
        cancelSeconds,
        mostProcesses: watch.most(),
        problems,
      };
    } finally {
      await second.stop();
    }
  } finally {
    await watch.stop();
  }
}

function empty(problems: readonly string[]): RoundOutcome {
  const none = { jobs: 0, runningAtKill: 0, finished: 0, failed: 0, triedAgain: 0 };
  return { ...none, seconds: 0, cancelSeconds: 0, mostProcesses: 0, problems };
}

/** Seconds until a cancelled job has no process. */
async function cancelled(client: JobClient, url: string, id: string, problems: string[]): Promise<number> {
  const from = performance.now();
  await client.cancel(url, id);
  await waitFor(async () => !(await jobProcesses()).has(id));
  const seconds = (performance.now() - from) / 1000;
  const status = (await client.list(url)).find((job) => job.id === id)?.status;
  if (status !== 'canceled' && status !== 'created' && status !== 'finished')
    problems.push(`the cancelled job is ${status ?? 'lost'}`);
  return seconds;
}

/** Every job folder holds one run, or none: nothing half-written is left. */
async function foreignFiles({ data }: Stage, jobs: readonly MadeJob[]): Promise<string[]> {
  const problems: string[] = [];
  const root = join(data, 'results');
  for (const owner of await readdir(root))
    for (const { id } of jobs) {
      const runs = await readdir(join(root, owner, id)).catch(() => []);
      if (runs.length > 1) problems.push(`job ${id} has ${runs.length} runs in its folder`);
    }
  return problems;
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition()) && performance.now() < end) await pause(30);
}
