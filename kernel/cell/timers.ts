import { isInterrupted } from './context.ts';

type Callback = (...values: unknown[]) => unknown;
type Timer = (callback: Callback, ...more: unknown[]) => unknown;

/**
 * Timers of an interrupted cell do not fire: a loop that waits between its turns (`await new Promise(r =>
 * setTimeout(r, 100))`) ends with the interrupt. Only the global timers are changed, modules of Node keep theirs.
 */
export function openTimers(): void {
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

function guard(callback: Callback): Callback {
  return function (this: unknown, ...values) {
    if (!isInterrupted()) return callback.apply(this, values);
    clearTimeout(this as NodeJS.Timeout | undefined); // an interval would come again
    return undefined;
  };
}
