import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { isInterrupted } from './context.ts';

type Callback = (...values: unknown[]) => unknown;
type Timer = (callback: Callback, ...more: unknown[]) => unknown;

/**
 * Timers of an interrupted cell do not fire: a loop that waits between its turns (`await new Promise(r =>
 * setTimeout(r, 100))`) ends with the interrupt. The global timers are changed and those of `node:timers/promises`, which
 * then never settle; other modules of Node keep theirs.
 */
export function openTimers(): void {
  openPromisedTimers();
  for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) {
    const original = globalThis[name] as unknown as Timer;
    const guarded = (callback: Callback, ...more: unknown[]): unknown =>
      original(typeof callback === 'function' ? guard(callback) : callback, ...more);
    // `util.promisify(setTimeout)` finds its promise version as a symbol on the function.
    const own = Object.getOwnPropertyDescriptors(original);
    Object.defineProperties(guarded, own);
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: true,
      writable: true,
      value: guarded,
    });
  }
}

function openPromisedTimers(): void {
  const { setTimeout: wait, setImmediate: turn, setInterval: every } = timers;
  const settled = async <T>(waited: Promise<T>): Promise<T> => {
    const value = await waited;
    return isInterrupted() ? new Promise<T>(() => {}) : value;
  };
  const guarded = {
    setTimeout: (...values: Parameters<typeof wait>) => settled(wait(...values)),
    setImmediate: (...values: Parameters<typeof turn>) => settled(turn(...values)),
    async *setInterval(...values: Parameters<typeof every>) {
      for await (const value of every(...values)) {
        if (isInterrupted()) break; // which ends the interval
        yield value;
      }
      if (isInterrupted()) await new Promise(() => {});
    },
  };
  Object.assign(timers, guarded);
  syncBuiltinESMExports();
}

function guard(callback: Callback): Callback {
  return function (this: unknown, ...values) {
    if (!isInterrupted()) return callback.apply(this, values);
    clearTimeout(this as NodeJS.Timeout | undefined); // an interval would come again
    return undefined;
  };
}
