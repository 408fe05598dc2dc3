import { Interrupted } from './errors.ts';
import type { OpenCell, OpenWork } from './open-work.ts';

/** What an interrupt needs of the session whose work it ends. */
export interface InterruptParts {
  readonly work: OpenWork;
  /** Sends it to the cell process, with the requests that it is to end. */
  readonly send: (requests: readonly number[]) => void;
  /** No answer came in time. */
  readonly giveUp: () => void;
  /** How long (ms) an answer may take; code in a blocking native call does not hear an interrupt. */
  readonly limitMs: number;
}

interface OpenInterrupt {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  /** The cells and comm messages that it is to end. */
  readonly cells: readonly OpenCell[];
  readonly comms: readonly number[];
  readonly timer: NodeJS.Timeout;
}

/** How long a cell may take to end after an interrupt got through, and how often it is asked. */
const insistMs = 250;
const mostInterrupts = 4;

/** Interrupts of a cell process, one at a time. */
export class CellInterrupts {
  readonly #parts: InterruptParts;
  #open: OpenInterrupt | undefined;

  constructor(parts: InterruptParts) {
    this.#parts = parts;
  }

  /** Whether one is under way. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Ends these cells and comm messages, or joins the interrupt that is under way. Resolves when it was answered. */
  begin(cells: readonly OpenCell[], comms: readonly number[]): Promise<void> {
    if (!this.#open) {
      const { send, giveUp, limitMs } = this.#parts;
      const timer = setTimeout(giveUp, limitMs);
      this.#open = { ...Promise.withResolvers<void>(), cells, comms, timer };
      send([...comms, ...cells.map(({ request }) => request)]);
    }
    return this.#open.promise;
  }

  /** The cell process has answered, or there is nobody left who could. */
  answered(): void {
    const interrupt = this.#open;
    this.#open = undefined;
    if (!interrupt) return;
    clearTimeout(interrupt.timer);
    interrupt.resolve();
    if (interrupt.cells.length + interrupt.comms.length > 0) this.#insist(interrupt);
  }

  /** Nothing is waited for any more. */
  close(): void {
    clearTimeout(this.#open?.timer);
  }

  /**
   * The termination may have hit the very code that was to end a cell: asks again, in the end it ends here. Comm
   * messages end here at once: nobody sees how one ended, but a widget waits until it has.
   */
  #insist({ cells, comms }: OpenInterrupt): void {
    const { work } = this.#parts;
    setTimeout(() => {
      for (const request of comms) work.handled(request);
      const open = cells.filter((cell) => work.isOpen(cell));
      for (const cell of open) {
        cell.interrupts += 1;
        if (cell.interrupts < mostInterrupts) continue;
        work.fail(cell.request, new Interrupted('The cell was interrupted; it may still be at work'));
      }
      // Not those that began since: nobody interrupted them.
      const again = open.filter(({ interrupts }) => interrupts < mostInterrupts);
      if (again.length > 0) void this.begin(again, []);
    }, insistMs);
  }
}
