import { magicEntry } from '../../compiler/magic-table.ts';
import { MagicMisused } from '../../errors.ts';
import type { Display } from '../display.ts';
import type { Evaluator } from '../evaluate.ts';

/** What magics use of the cell process. */
export interface MagicTools {
  readonly display: Display;
  readonly evaluator: Evaluator;
  /** The notebook's folder. */
  readonly folder: string;
  /** Aborted when the cell that calls is interrupted. */
  readonly signal: () => AbortSignal;
}

/** One use of a magic: the rest of its line, and the body of its cell or the code that it runs. */
export interface MagicUse extends MagicTools {
  readonly name: string;
  readonly argument: string;
  readonly extra: unknown;
}

/** The error of a magic that was given something it does not take. */
export function misused(name: string, problem: string): MagicMisused {
  return new MagicMisused(`${problem}. Usage: ${magicEntry(name)?.usage ?? `%${name}`}`);
}
