import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { TestKernel, type Turn } from '../kernel/client.ts';
import { startBuiltKernel } from '../support/built-kernel.ts';
import { testPython } from '../support/venv.ts';
import { type InterruptKind, interruptKinds } from './interrupt-kinds.ts';
import { quantile } from './quantile.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** Beyond it somebody thinks that the button does nothing. */
const fullLimitMs = 100;

/** Of ten the slowest is the 95th of a hundred, and other tests run on the same cores. */
const shortLimitMs = 1000;

/** An interrupt that does not work is given up after this time. */
const patienceMs = 5000;

/** All rounds of a kind; a kernel that is not done by then is ended, and a fresh one takes the next kind. */
const kindLimitMs = 180_000;

/**
 * Interrupts of everything that a cell can be busy with, in one kernel: each ends the cell, 95 of 100 within
 * 100 ms from the request on control to the idle status of the cell, and a variable set before is still there. In the
 * full form also ipykernel's for what it can be interrupted in; its times are figures.
 */
export async function interrupts({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const rounds = short ? 10 : 100;
  const limitMs = short ? shortLimitMs : fullLimitMs;
  const details: Check[] = [];
  const figures: Record<string, number> = {};
  const all: number[] = [];
  const ours = await measureAll(startOurs, Object.entries(interruptKinds), rounds, (line) => tell?.(line));
  for (const [name, { times, failures }] of ours) {
    all.push(...times);
    if (times.length > 0) figures[`${name}_p95_ms`] = quantile(times, 0.95);
    details.push(
      check(
        `${name}: all ${rounds} interrupted, the state kept`,
        failures.length === 0,
        `${failures.length} failed, ${times.length} did not: ${failures[0]}`,
      ),
      within(`${name}: p95 within ${limitMs} ms`, figures[`${name}_p95_ms`], limitMs),
    );
  }
  figures.interrupts = all.length;
  figures.interrupt_p50_ms = quantile(all, 0.5);
  figures.interrupt_p95_ms = quantile(all, 0.95);
  figures.interrupt_max_ms = quantile(all, 1);
  details.push(within(`all kinds: p95 within ${limitMs} ms`, figures.interrupt_p95_ms, limitMs));
  if (!short) details.push(...(await measureIpykernel(rounds, figures, (line) => tell?.(line))));
  return suiteResult('interrupts', details, figures);
}

/** Milliseconds of the interrupts of a kind that did what they are for, and what was wrong with the others. */
interface Measured {
  readonly times: number[];
  readonly failures: string[];
}

/** All kinds in one kernel, but for those after a kind in which it failed: they get a fresh one. */
async function measureAll(
  start: () => Promise<TestKernel>,
  kinds: readonly (readonly [name: string, kind: InterruptKind])[],
  rounds: number,
  tell: (line: string) => void,
): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>();
  let kernel: TestKernel | undefined;
  try {
    for (const [name, kind] of kinds) {
      kernel ??= await start();
      const found = await measure(kernel, kind, rounds);
      measured.set(name, found);
      const { times, failures } = found;
      tell(
        `${name}: ${times.length} interrupted, p95 ${quantile(times, 0.95)} ms${failures.map((one) => `; ${one}`)}`,
      );
      if (failures.length === 0) continue;
      await kernel.stop();
      kernel = undefined;
    }
  } finally {
    await kernel?.stop();
  }
  return measured;
}

async function startOurs(): Promise<TestKernel> {
  const kernel = await startBuiltKernel();
  await kernel.run('let kept = 42;');
  await kernel.ask('complete_request', { code: 'kep', cursor_pos: 3 }); // starts the language service
  return kernel;
}

async function measure(kernel: TestKernel, kind: InterruptKind, rounds: number): Promise<Measured> {
  const times: number[] = [];
  const failures: string[] = [];
  const end = performance.now() + kindLimitMs;
  for (let round = 0; round < rounds && failures.length < 3; round += 1)
    try {
      if (performance.now() > end) throw new NotInterrupted(`${round} took ${kindLimitMs} ms`);
      times.push(await interruptOnce(kernel, kind, 20 + 60 * Math.random()));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      if (performance.now() > end) break;
      // What is left of this round is no fault of the next one.
      kernel.send('interrupt_request', {}, { channel: 'control' });
      await pause(500);
    }
  return { times, failures };
}

/** Milliseconds from the interrupt to the idle status of what it ends (for a timer: to the idle of the next cell). */
async function interruptOnce(kernel: TestKernel, kind: InterruptKind, busyMs: number): Promise<number> {
  kernel.forget();
  let id =
    kind.after === 'comm'
      ? await startCallback(kernel, kind.code)
      : kernel.startCell(kind.code, { allow_stdin: true });
  if (kind.after === 'timer') {
    await kernel.turn(id);
    await kernel.until(() => kernel.published('stream').length > 0);
  }
  await kernel.until(() => kernel.states(id).includes('busy'));
  if (kind.asks) await kernel.until(() => kernel.answers(id, 'stdin').length > 0);
  await pause(busyMs);
  if (kind.after !== 'timer' && kernel.states(id).includes('idle'))
    throw new NotInterrupted(
      `it ended by itself: ${JSON.stringify(kernel.answers(id, 'shell')[0]?.content)}`,
    );
  const asked = performance.now();
  kernel.send('interrupt_request', {}, { channel: 'control' });
  if (kind.after === 'timer') {
    // The next cell finds a free thread, or is aborted with the one that was interrupted.
    id = kernel.startCell('kept');
  }
  await kernel.until(() => kernel.states(id).includes('idle'), patienceMs);
  const took = performance.now() - asked;
  if (kind.after === undefined) {
    const { reply } = await kernel.turn(id);
    if (reply.status !== 'error' && reply.status !== 'aborted')
      throw new NotInterrupted(`the cell went on: ${JSON.stringify(reply)}`);
  }
  const kept = shown(await kernel.run('kept'));
  if (kept !== '42') throw new NotInterrupted(`the state is lost: ${kept}`);
  return took;
}

/** Sends a message to a comm whose callback runs this code; the id of the message. */
async function startCallback(kernel: TestKernel, code: string): Promise<string> {
  await kernel.run(`comms.registerTarget('busy', (comm) => comm.onMsg(() => { ${code} }));`);
  const comm_id = randomUUID();
  kernel.send('comm_open', { comm_id, target_name: 'busy', data: {} });
  return kernel.send('comm_msg', { comm_id, data: {} });
}

async function measureIpykernel(
  rounds: number,
  figures: Record<string, number>,
  tell: (line: string) => void,
): Promise<Check[]> {
  const python = testPython();
  if (python === undefined)
    return [{ name: 'ipykernel beside ours', status: 'skipped', message: 'python3: npm run setup:peers' }];
  const start = async (): Promise<TestKernel> => {
    const kernel = await TestKernel.start({ command: [python, '-m', 'ipykernel_launcher', '-f'] });
    await kernel.run('kept = 42');
    return kernel;
  };
  const kinds = Object.entries(interruptKinds).flatMap(([name, { python: code, asks }]) =>
    code === undefined ? [] : [[name, { code, asks }] as const],
  );
  const all: number[] = [];
  for (const [name, { times, failures }] of await measureAll(start, kinds, rounds, (line) =>
    tell(`ipykernel, ${line}`),
  )) {
    all.push(...times);
    if (times.length > 0) figures[`ipykernel_${name}_p95_ms`] = quantile(times, 0.95);
    figures[`ipykernel_${name}_failed`] = failures.length;
  }
  figures.ipykernel_interrupt_p95_ms = quantile(all, 0.95);
  return [];
}

/** The interrupt did not do what it is for. */
class NotInterrupted extends Error {
  override readonly name = 'NotInterrupted';
}

function shown(turn: Turn): unknown {
  const data = turn.of('execute_result')[0]?.data as Record<string, unknown> | undefined;
  return data?.['text/plain'] ?? turn.reply.ename;
}

function within(name: string, value: number | undefined, limitMs: number): Check {
  return check(name, value !== undefined && value <= limitMs, `${value} ms`);
}

function check(name: string, held: boolean, message: string): Check {
  return held ? { name, status: 'passed' } : { name, status: 'failed', message };
}
