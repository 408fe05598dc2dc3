import type { Handler } from '../dispatch.ts';

/** Answers `interrupt_request` as soon as the interrupt is under way: the cell's own reply says how it ended. */
export function answerInterrupt(interrupt: () => void): Handler {
  return () => {
    interrupt();
    return {};
  };
}
