import { sendText } from '../channel.ts';
import { currentRequest } from '../context.ts';
import type { MagicUse } from './magic-use.ts';

interface Mark {
  readonly cpu: NodeJS.CpuUsage;
  readonly wall: number;
}

/** Where `%time` of a statement began, by request. */
const marks = new Map<number, Mark>();

/**
 * `%time EXPRESSION` hands over a function and gets its value; around a statement it says `begin` and `end`. Prints the
 * times as IPython does.
 */
export function time({ argument, extra }: MagicUse): unknown {
  if (typeof extra === 'function') return timedRun(extra as () => unknown);
  const request = currentRequest();
  if (argument === 'begin') marks.set(request, mark());
  const begun = marks.get(request);
  if (argument === 'end' && begun) {
    marks.delete(request);
    tell(begun);
  }
  return undefined;
}

/** The value of `work`, awaited; prints how long that took, also when it throws. */
export async function timedRun<T>(work: () => T): Promise<Awaited<T>> {
  const begun = mark();
  try {
    return await work();
  } finally {
    tell(begun);
  }
}

function mark(): Mark {
  return { cpu: process.cpuUsage(), wall: performance.now() };
}

function tell({ cpu, wall }: Mark): void {
  const passed = performance.now() - wall;
  const { user, system } = process.cpuUsage(cpu);
  const cpuText = `user ${duration(user / 1000)}, sys: ${duration(system / 1000)}, total: ${duration((user + system) / 1000)}`;
  sendText('stdout', `CPU times: ${cpuText}\nWall time: ${duration(passed)}\n`);
}

/** Milliseconds as a person says them, with three digits: `12.3 µs`, `1.5 s`, `2min 5s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds >= 60) return longDuration(Math.round(seconds));
  if (seconds <= 0) return '0 ns';
  const units = [
    ['s', 1],
    ['ms', 1e3],
    ['µs', 1e6],
    ['ns', 1e9],
  ] as const;
  const [unit, scale] = units.find(([, factor]) => seconds * factor >= 1) ?? ['ns', 1e9];
  return `${Number((seconds * scale).toPrecision(3))} ${unit}`;
}

function longDuration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}
