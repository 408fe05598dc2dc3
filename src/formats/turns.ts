import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../errors.ts';

/** Work on rows gives way to other work (interrupts, messages) this often. */
const TURN_MS = 25;

/**
 * Turns of the event loop for a long loop over rows, without which no signal could fire while it runs: at each row
 * `if (turns.due()) await turns.take();`.
 */
export class Turns {
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  #next = performance.now() + TURN_MS;

  /** `what` names the work in the message. */
  constructor(what: string, signal: AbortSignal | undefined) {
    this.#what = what;
    this.#signal = signal;
  }

  due(): boolean {
    return performance.now() >= this.#next;
  }

  /** Throws `Cancelled` when the signal has fired. */
  async take(): Promise<void> {
    await setImmediate();
    throwIfCancelled(this.#signal, this.#what);
    this.#next = performance.now() + TURN_MS;
  }
}
