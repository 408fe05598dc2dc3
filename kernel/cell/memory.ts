import { setTimeout } from 'node:timers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Milliseconds after the start at which nobody seems to be in a hurry. */
const settledMs = 20;
const leastIdleMs = 1000;
/** A timer of Node that is set for longer fires at once. */
const mostTimerMs = 2 ** 31 - 1;

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

let collect: ((options: object) => void) | undefined;

/** A collection that also shrinks the young generation; takes about 20 ms for what the start leaves. */
function tidy(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as typeof collect;
    setFlagsFromString('--no-expose-gc');
  }
  collect?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}
