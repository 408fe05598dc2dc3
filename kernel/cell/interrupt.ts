import { Buffer } from 'node:buffer';
import { Worker } from 'node:worker_threads';
import { CellProcessDied, Interrupted } from '../errors.ts';

/** The part of interrupts, and of `prompt`, that lives beside the main thread of the cell process. */
export interface Helper {
  /**
   * Calls `ask`, then waits, blocking this thread, for the text it asked for; undefined when nobody can be asked. Throws
   * `Interrupted`.
   */
  waitForInput(ask: () => void): string | undefined;
  /**
   * Runs `work`, which no interrupt terminates in the middle: a module that is being loaded on first use would stay half
   * loaded for ever. What was interrupted ends right after it.
   */
  shield<T>(work: () => T): T;
}

/** Cells of the memory that main thread and helper share. */
export const shared = { acknowledged: 0, inputState: 1, inputBytes: 2, shielded: 3, text: 16 } as const;
export const inputState = { none: 0, given: 1, refused: 2, interrupted: 3 } as const;
const mostInputBytes = 2 ** 20;

/**
 * Starts the helper thread, which receives interrupts even while this thread spins. `interrupted` is called on this
 * thread whenever it answers an interrupt; it must not throw.
 */
export function startHelper(interrupted: (requests: readonly number[]) => void): Helper {
  const memory = new SharedArrayBuffer(shared.text + mostInputBytes);
  const cells = new Int32Array(memory, 0, 4);
  const file = new URL(
    `./interrupt-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
    import.meta.url,
  );
  const worker = new Worker(file, {
    workerData: memory,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 },
  });
  let last = 0;
  worker.on('message', ({ interrupt, requests }: { interrupt: number; requests: number[] }) => {
    Atomics.store(cells, shared.acknowledged, interrupt);
    Atomics.notify(cells, shared.acknowledged);
    if (interrupt === last) return; // a second poke of an interrupt that was answered must not hit the next cell
    interrupted(requests);
    last = interrupt; // not before: the termination may hit the answer itself, which the next poke then repeats
  });
  worker.on('error', (cause) => {
    throw new CellProcessDied('The helper thread of the cell process died', { cause });
  });
  worker.unref();
  return {
    shield(work) {
      Atomics.store(cells, shared.shielded, 1);
      try {
        return work();
      } finally {
        Atomics.store(cells, shared.shielded, 0);
      }
    },
    waitForInput(ask) {
      Atomics.store(cells, shared.inputState, inputState.none);
      ask();
      Atomics.wait(cells, shared.inputState, inputState.none);
      const state = Atomics.exchange(cells, shared.inputState, inputState.none);
      if (state === inputState.interrupted) throw new Interrupted('The input was interrupted');
      if (state !== inputState.given) return undefined;
      return Buffer.from(memory, shared.text, Atomics.load(cells, shared.inputBytes)).toString();
    },
  };
}
