import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestKernel } from '../kernel/client.ts';
import { processTree } from '../support/process-memory.ts';
import { checkAnswers, checkCommStatus, checkStrays, isAnswered } from './messages/account.ts';
import { malformedMessage } from './messages/malformed.ts';
import { headerOf, messageId, type Probe, replyType, seal } from './messages/message.ts';
import { Random } from './messages/random.ts';
import { type Known, preparation } from './messages/requests.ts';
import { validMessage } from './messages/valid.ts';
import { type Check, type SuiteResult, suiteResult } from './suite.ts';

/** Messages that are on their way at once, and how long the last of them may take. */
const batch = 50;
const batchLimitMs = 30_000;

const mostGrowthMb = 20;
const mostSettleSeconds = 30;

/** What the suite does with one kernel. */
interface Run {
  readonly kernel: TestKernel;
  readonly random: Random;
  /** Ids of all that was sent. */
  readonly sent: Set<string>;
  readonly subshells: string[];
  /** What had no answer in time. */
  readonly late: string[];
}

/**
 * Malformed and valid random messages over real sockets: nobody dies, each signed request gets one reply and one
 * busy/idle pair, comm messages the pair only, and none while a cell runs; unsigned, undecodable and replayed frames get
 * nothing; the process tree stays as large as it was.
 */
export async function messages({ short }: { readonly short: boolean }): Promise<SuiteResult> {
  const settle = new URL(`./messages/settle.ts`, import.meta.url).href;
  const kernel = await TestKernel.start({
    env: { NODE_OPTIONS: `--import=${settle}`, FURROW_TYPES: 'warn' },
  });
  try {
    return await runOn(kernel, short);
  } finally {
    await kernel.stop();
  }
}

async function runOn(kernel: TestKernel, short: boolean): Promise<SuiteResult> {
  const run: Run = { kernel, random: new Random(20_261), sent: new Set(), subshells: [], late: [] };
  const pid = kernel.process.pid as number;
  await send(run, [ask('execute_request', { code: preparation })]);
  await many(run, short ? 100 : 1000, validMessage);
  await many(run, short ? 50 : 1000, malformedMessage);
  const before = { resident: await settled(pid), processes: await processTree(pid) };

  const started = performance.now();
  const malformed = await many(run, short ? 50 : 1000, malformedMessage);
  const valid = await many(run, short ? 500 : 10_000, validMessage);
  const seconds = (performance.now() - started) / 1000;
  const replayed = await replay(run, valid.slice(0, 20));
  const last = ask('execute_request', { code: 'twice(21)' });
  await send(run, [last]);
  const growth = (await settled(pid)) - before.resident;

  const now = new Set((await processTree(pid)).map((process) => process.pid));
  const died = before.processes.filter((process) => !now.has(process.pid)).length;
  const checks = [
    checkAnswers(kernel, `${malformed.length} malformed messages get what they must get`, malformed),
    checkAnswers(kernel, `${valid.length} valid messages get what they must get`, valid),
    checkAnswers(kernel, 'a cell runs afterwards', [last]),
    check('each has it in time', run.late.length === 0, run.late.slice(0, 8).join(', ')),
    replayed,
    checkCommStatus(kernel),
    checkStrays(kernel, run.sent),
    check('no process of the kernel dies', died === 0, `${died} did`),
    check(
      `the process tree grows by ${mostGrowthMb} MB at most`,
      growth <= mostGrowthMb * 1e6,
      `It grew by ${(growth / 1e6).toFixed(1)} MB`,
    ),
    await checkShutdown(run),
  ];
  return suiteResult('messages', checks, {
    malformed: malformed.length,
    valid: valid.length,
    deaths: died,
    rss_growth_mb: Math.round(growth / 1e5) / 10,
    messages_per_second: Math.round((malformed.length + valid.length) / seconds),
  });
}

async function many(
  run: Run,
  count: number,
  make: (random: Random, known: Known) => Probe,
): Promise<Probe[]> {
  const all: Probe[] = [];
  while (all.length < count) {
    const size = Math.min(batch, count - all.length);
    const probes = Array.from({ length: size }, () => make(run.random, run));
    await send(run, probes);
    all.push(...probes);
  }
  return all;
}

/** Sends messages, and waits until all have had what they get; one that never does is found by the checks. */
async function send(run: Run, probes: readonly Probe[]): Promise<void> {
  const { kernel, sent, subshells } = run;
  // On both channels, after all that may get no answer.
  const last = (['shell', 'control'] as const).map((channel) => ask('kernel_info_request', {}, channel));
  for (const probe of [...probes, ...last]) {
    sent.add(probe.id);
    kernel.sendRaw(probe.frames, probe.channel);
  }
  const done = () => [...probes, ...last].every((probe) => isAnswered(kernel, probe));
  await kernel.until(done, batchLimitMs).catch(() => {
    const open = probes.filter((probe) => !isAnswered(kernel, probe));
    run.late.push(...open.map(({ name, id }) => `${name} (${kernel.states(id).join()})`));
  });
  const listed = ask('list_subshell_request', {}, 'control');
  sent.add(listed.id);
  kernel.sendRaw(listed.frames, 'control');
  const { reply } = await kernel.turn(listed.id, 'control', batchLimitMs);
  subshells.splice(0, Number.POSITIVE_INFINITY, ...(reply.subshell_id as string[]));
}

function ask(type: string, content: object, channel: 'shell' | 'control' = 'shell'): Probe {
  const id = messageId();
  const frames = seal({ header: headerOf(id, type), content });
  return { name: type, id, channel, expected: 'reply', reply: replyType(type), frames };
}

/** Sends messages a second time. */
async function replay(run: Run, probes: readonly Probe[]): Promise<Check> {
  const { kernel } = run;
  const before = probes.map(({ id }) => kernel.heard(id));
  for (const { frames, channel } of probes) kernel.sendRaw(frames, channel);
  await send(run, []);
  const again = probes.filter(({ id }, at) => kernel.heard(id) !== before[at]);
  return check('replayed frames get nothing', again.length === 0, `${again.length} were answered again`);
}

async function checkShutdown(run: Run): Promise<Check> {
  const { kernel } = run;
  const probe = ask('shutdown_request', { restart: false }, 'control');
  const ended = new Promise<true>((resolve) => kernel.process.once('exit', () => resolve(true)));
  kernel.sendRaw(probe.frames, 'control');
  const inTime = await Promise.race([ended, sleep(5000, false)]);
  const answered = checkAnswers(kernel, 'shutdown', [probe]);
  return check(
    'a shutdown is answered, and ends the kernel',
    inTime && answered.status === 'passed',
    answered.message ?? 'It did not end',
  );
}

/**
 * Resident bytes of a process tree after garbage collections, once they stay the same. The language process makes its
 * own, five seconds after the last question.
 */
async function settled(pid: number): Promise<number> {
  const samples: number[] = [];
  while (samples.length < mostSettleSeconds) {
    const pids = (await processTree(pid)).map((process) => process.pid);
    pids.forEach(tryCollect);
    await sleep(1000);
    samples.push(pids.reduce((sum, one) => sum + residentBytes(one), 0));
    const last = samples.slice(-4);
    if (samples.length > 8 && Math.max(...last) - Math.min(...last) < 1e6) break;
  }
  return samples.at(-1) ?? 0;
}

/** proc(5): `VmRSS` is in units of 1024 bytes. */
function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(statusOf(pid))?.[1] ?? 0);
}

/** Not where `settle.ts` is not loaded: the signal would end that process. */
function tryCollect(pid: number): void {
  const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(statusOf(pid))?.[1] ?? '0'}`);
  if ((caught >> BigInt(constants.signals.SIGUSR2 - 1)) & 1n) process.kill(pid, 'SIGUSR2');
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}

function check(name: string, held: boolean, message: string): Check {
  return held ? { name, status: 'passed' } : { name, status: 'failed', message };
}
