import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { descendants, stillRunning } from '../../start/process-tree.ts';
import type { TestKernel, Turn } from '../kernel/client.ts';
import { startBuiltKernel } from '../support/built-kernel.ts';
import { processTree } from '../support/process-memory.ts';
import { quantile } from './quantile.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** A cell after a death runs within this time. */
const nextCellMs = 2000;

/** What the cell process is killed in. `comm`: a callback of the front end's message blocks while the cell awaits. */
const moments = {
  loop: 'for (;;) {}',
  printing: "for (let i = 0; ; i++) console.log('line', i)",
  awaiting: 'await new Promise(() => {})',
  child: "import { execSync } from 'node:child_process'; execSync('sleep 60')",
  displaying: "for (;;) { display.html('<b>1</b>'); await new Promise((r) => setTimeout(r, 1)); }",
  comm: "comms.registerTarget('busy', (comm) => { for (;;) {} }); await new Promise(() => {})",
  start_up: 'for (;;) {}',
} as const;
type Moment = keyof typeof moments;

/**
 * 200 times (short: 20) the cell process is killed with SIGKILL while a cell runs, at random moments: each cell ends with
 * one error that says so, the next one runs within 2 s, and no process is left behind.
 */
export async function cellKills({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const rounds = short ? 20 : 200;
  const kernel = await startBuiltKernel();
  const names = Object.keys(moments) as Moment[];
  const times: number[] = [];
  const failures: string[] = [];
  let before = 0;
  try {
    let pid = await nextCell(kernel);
    await kernel.ask('complete_request', { code: 'proc', cursor_pos: 4 }); // starts the language service
    before = (await descendants(kernel.process.pid as number)).length;
    for (let round = 0; round < rounds; round += 1) {
      const moment = names[round % names.length] as Moment;
      kernel.forget();
      const problem = await killOnce(kernel, moment, pid, 80 * Math.random());
      if (problem !== undefined) failures.push(`${moment}: ${problem}`);
      const ended = performance.now();
      pid = await nextCell(kernel);
      times.push(performance.now() - ended);
      if (round % 20 === 19) tell?.(`${round + 1} of ${rounds}, ${failures.length} failed`);
    }
    await pause(300);
    const after = (await descendants(kernel.process.pid as number)).length;
    const all = await processTree(kernel.process.pid as number);
    kernel.send('shutdown_request', { restart: false }, { channel: 'control' });
    await pause(1500);
    const left = await stillRunning(all);
    const reported = rounds - failures.length;
    const slowest = quantile(times, 1);
    const details: Check[] = [
      check(
        `${rounds} of ${rounds} reported as an error of the cell`,
        reported === rounds,
        `${reported}: ${failures.slice(0, 3).join('; ')}`,
      ),
      check(`the next cell runs within ${nextCellMs} ms`, slowest <= nextCellMs, `${slowest} ms`),
      check(
        'no process is left behind by those that were killed',
        after <= before,
        `${after} processes for ${before}`,
      ),
      check('no process is left behind by the shutdown', left.length === 0, `${left.length} processes`),
    ];
    const figures = {
      kills: rounds,
      reported,
      next_cell_p50_ms: quantile(times, 0.5),
      next_cell_p95_ms: quantile(times, 0.95),
      next_cell_max_ms: slowest,
    };
    return suiteResult('cell-kills', details, figures);
  } finally {
    await kernel.stop();
  }
}

/** Starts a cell and kills the cell process; what was wrong with how it was told, if anything. */
async function killOnce(
  kernel: TestKernel,
  moment: Moment,
  pid: number,
  busyMs: number,
): Promise<string | undefined> {
  const id = kernel.startCell(moments[moment]);
  await kernel.until(() => kernel.states(id).includes('busy'));
  if (moment === 'comm') {
    await pause(50);
    kernel.send('comm_open', { comm_id: randomUUID(), target_name: 'busy', data: {} });
  }
  await pause(busyMs);
  process.kill(pid, 'SIGKILL');
  const first = await ended(kernel, id);
  if (moment !== 'start_up' || first !== undefined) return first;
  // A cell is sent to the process that takes its place, which dies before it is ready.
  const second = kernel.startCell(moments.start_up);
  const started = await cellProcessOf(kernel);
  if (started === undefined) return 'no cell process was started again';
  await pause(busyMs / 2);
  process.kill(started, 'SIGKILL');
  return ended(kernel, second);
}

async function ended(kernel: TestKernel, id: string): Promise<string | undefined> {
  const turn = await kernel.turn(id);
  const { ename, evalue } = turn.reply;
  if (ename !== 'CellProcessDied' || !String(evalue).includes('SIGKILL'))
    return `told as ${String(ename)}: ${String(evalue)}`;
  const replies = kernel.answers(id, 'shell').length;
  const states = kernel.states(id).join();
  if (replies !== 1 || states !== 'busy,idle') return `${replies} replies, the states ${states}`;
  const errors = turn.of('error').length;
  return errors === 1 ? undefined : `${errors} errors on iopub`;
}

/** The next cell's answer: the number of the cell process. */
async function nextCell(kernel: TestKernel): Promise<number> {
  const turn: Turn = await kernel.run('process.pid');
  const data = turn.of('execute_result')[0]?.data as Record<string, unknown> | undefined;
  return Number(data?.['text/plain']);
}

async function cellProcessOf(kernel: TestKernel): Promise<number | undefined> {
  for (let turn = 0; turn < 100; turn += 1) {
    for (const { pid } of await descendants(kernel.process.pid as number))
      if (/\/cell\/main\.js/.test(commandOf(pid))) return pid;
    await pause(10);
  }
  return undefined;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

function check(name: string, held: boolean, message: string): Check {
  return held ? { name, status: 'passed' } : { name, status: 'failed', message };
}
