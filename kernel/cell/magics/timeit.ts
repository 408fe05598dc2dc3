import { setImmediate as turn } from 'node:timers/promises';
import { timingOptions } from '../../compiler/timing-options.ts';
import { sendText } from '../channel.ts';
import { throwIfInterrupted } from '../context.ts';
import { type MagicUse, misused } from './magic-use.ts';
import { duration } from './time.ts';

/** What the timed code is given: a clock, a place for its values, and whether it was interrupted. */
interface TimingDesk {
  readonly now: () => number;
  kept: unknown;
  stopped: boolean;
}

/** Runs the code so many times; the milliseconds that took. */
type Loop = (loops: number, desk: TimingDesk) => number | Promise<number>;

const usualRuns = 7;
/** Milliseconds that one run should take, and that all of them may. */
const runMs = 200;
const allMs = 2000;
const mostLoops = 1e9;
const mostEstimates = 12;
const fewestRuns = 3;

/** `%timeit` and `%%timeit`: mean and standard deviation of the time that one loop takes, over several runs. */
export async function timeit({ argument, extra, signal }: MagicUse): Promise<void> {
  const { loops: wanted, runs: wantedRuns } = timingOptions(argument);
  for (const [option, value] of [['-n', wanted] as const, ['-r', wantedRuns] as const])
    if (value !== undefined && (value < 1 || !Number.isSafeInteger(value)))
      throw misused('timeit', `${option} takes a whole number from 1 on, not ${value}`);
  const interrupted = signal();
  const desk: TimingDesk = { now: () => performance.now(), kept: undefined, stopped: false };
  interrupted.addEventListener('abort', () => (desk.stopped = true), { once: true });
  const loop = extra as Loop;
  const run = async (loops: number): Promise<number> => {
    const passed = await loop(loops, desk);
    // Interrupts and comm messages get their turn between runs.
    await turn();
    throwIfInterrupted();
    return Math.max(0, passed) / loops;
  };

  const loops = wanted ?? (await findLoops(run));
  const first = await run(loops);
  const runs = wantedRuns ?? clamp(Math.floor(allMs / Math.max(first * loops, 1e-6)), fewestRuns, usualRuns);
  const times = [first];
  while (times.length < runs) times.push(await run(loops));
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length;
  const counts = `${runs} ${runs === 1 ? 'run' : 'runs'}, ${loops.toLocaleString('en-US')} ${loops === 1 ? 'loop' : 'loops'} each`;
  sendText(
    'stdout',
    `${duration(mean)} ± ${duration(Math.sqrt(variance))} per loop (mean ± std. dev. of ${counts})\n`,
  );
}

/** One, two or five times a power of ten, so that a run takes about `runMs`. Compiles the code on the way. */
async function findLoops(run: (loops: number) => Promise<number>): Promise<number> {
  let loops = 1;
  let each = await run(loops);
  // What is not compiled yet is slow: an estimate counts once a run of its loops took long enough.
  for (let turns = 0; turns < mostEstimates && each * loops < runMs / 2 && loops < mostLoops; turns++) {
    const next = roundLoops(Math.min(runMs / Math.max(each, 1e-9), loops * 1000));
    if (next <= loops) break;
    loops = next;
    each = await run(loops);
  }
  return loops;
}

function roundLoops(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  const factor = [5, 2].find((times) => times * power <= most) ?? 1;
  return Math.min(mostLoops, factor * power);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
