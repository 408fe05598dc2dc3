import { inspect, types } from 'node:util';
import { sourceColumn } from '../compiler/source-columns.ts';
import type { Bundle } from '../messages.ts';
import { bundle, bundleOf } from './bundle.ts';
import { globalsOfCells } from './magics/own-names.ts';
import { plainText } from './plain-text.ts';

/** What a debugger calls in the cell process, through the inspector: also while a cell spins or is paused. */
export interface DebugHooks {
  /** Names of globals that came after the kernel's own. */
  names(): string[];
  /** The MIME bundle of a value; a display of its own that takes time is waited for only if `mayWait`. */
  bundle(value: unknown, mayWait: boolean): Bundle | Promise<Bundle>;
  /** The columns of the source for places in scripts of cells. */
  columns(places: readonly (readonly [script: string, line: number, column: number])[]): number[];
  /** The value, or the beginning of a long text: what passes the helper thread has to fit into its memory. */
  cut(value: unknown): unknown;
  /** Counts how often a breakpoint was reached. */
  hit(breakpoint: number): number;
  /** Prints the message of a log point; never stops. */
  log(parts: readonly (string | (() => unknown))[]): false;
}

const mostText = 10_000;

/** Puts the hooks where the debugger finds them: `globalThis['furrow.debug']`. */
export function openDebugHooks(): void {
  const hits = new Map<number, number>();
  const { log } = console;
  const hooks: DebugHooks = {
    names: globalsOfCells,
    bundle: (value, mayWait) => {
      const shown = bundleOf(value);
      return types.isPromise(shown) && !mayWait ? bundle({ 'text/plain': plainText(value) }) : shown;
    },
    columns: (places) => places.map(([script, line, column]) => sourceColumn(script, line, column)),
    cut: (value) =>
      typeof value === 'string' && value.length > mostText
        ? `${value.slice(0, mostText)}… ${value.length - mostText} more characters`
        : value,
    hit: (breakpoint) => {
      const count = (hits.get(breakpoint) ?? 0) + 1;
      hits.set(breakpoint, count);
      return count;
    },
    log: (parts) => {
      log(parts.map((part) => (typeof part === 'string' ? part : textOf(part))).join(''));
      return false;
    },
  };
  Object.defineProperty(globalThis, 'furrow.debug', { value: hooks });
}

function textOf(read: () => unknown): string {
  try {
    const value = read();
    return typeof value === 'string' ? value : inspect(value, { colors: false, depth: 1 });
  } catch (error) {
    return `<${String(error)}>`;
  }
}
