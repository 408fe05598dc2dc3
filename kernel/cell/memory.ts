import { setTimeout } from 'node:timers';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Milliseconds after the start at which nobody seems to be in a hurry. */
const settledMs = 20;
const leastIdleMs = 1000;
/** A timer of Node that is set for longer fires at once. */
const mostTimerMs = 2 ** 31 - 1;

/**
 * A collection stops the thread, and with it a cell that comes in between: about 0.1 s at most. The thorough one takes 3 ms
 * for each MiB that is kept, the plain one 0.7.
 */
const mostThoroughBytes = 40 * 2 ** 20;
const mostPlainBytes = 150 * 2 ** 20;

/** Whoever told Node how to compile is left alone: what was off must not be switched on. */
const ownFlags = /--(no-?opt|no-?maglev|no-?turbofan|jitless|lite-mode|single-threaded)\b/;

/**
 * Switches the optimizing compilers off, and gives what switches them on again. What runs once while a session starts is
 * not faster with them, and each costs megabytes from its first use on: 8 MiB less resident before the first cell.
 */
export function optimizeLater(): () => void {
  let off = !ownFlags.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`);
  const compilers = ['opt', 'maglev'];
  if (off) for (const compiler of compilers) setFlagsFromString(`--no-${compiler}`);
  return () => {
    if (!off) return;
    off = false;
    for (const compiler of compilers) setFlagsFromString(`--${compiler}`);
  };
}

/** What `tidyWhenIdle` looks at: when the session is there, whether something is at work, how much has been asked of it. */
export interface WatchedSession {
  readonly ready: Promise<unknown>;
  busy(): boolean;
  uses(): number;
}

/**
 * Gives memory back when no cell runs: shortly after the start, whose garbage it is (5 MiB), and whenever nothing has been
 * asked for `idleMs`.
 */
export function tidyWhenIdle({ ready, busy, uses }: WatchedSession, { idleMs }: { idleMs: number }): void {
  const pause = Math.min(Math.max(idleMs, leastIdleMs), mostTimerMs);
  let tidied = -1;
  let seen = 0;
  const look = (): void => {
    const now = uses();
    if (now === seen && now !== tidied && !busy()) {
      tidied = now;
      tidy();
    }
    seen = now;
    // A session that was busy from the start is tidied in its first pause.
    if (tidied < 0) setTimeout(look, leastIdleMs).unref();
    else if (Number.isFinite(idleMs)) setTimeout(look, pause).unref();
  };
  const begin = (): void => void setTimeout(look, settledMs).unref();
  ready.then(begin, begin);
}

/** How a heap of this size is collected; undefined: not at all, until cells make garbage again. */
export function collectionOf(bytes: number): object | undefined {
  if (bytes > mostPlainBytes) return undefined;
  // It also shrinks the young generation.
  const flavor = bytes > mostThoroughBytes ? {} : { flavor: 'last-resort' };
  return { type: 'major', execution: 'sync', ...flavor };
}

let collect: ((options: object) => void) | undefined;

function tidy(): void {
  const collection = collectionOf(getHeapStatistics().used_heap_size);
  if (!collection) return;
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as typeof collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect?.(collection);
}
