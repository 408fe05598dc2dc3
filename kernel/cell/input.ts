import { InputNotAllowed, Interrupted, InvalidArgument } from '../errors.ts';
import { report } from './channel.ts';
import { throwIfInterrupted } from './context.ts';
import type { Helper } from './interrupt.ts';

/** How an answer is typed. */
export interface InputOptions {
  /** Typed characters are not shown. */
  readonly password?: boolean | undefined;
}

/** Asks the person at the front end for a line of text. Rejects with `InputNotAllowed`, or `Interrupted`. */
export type Input = (prompt?: string, options?: InputOptions) => Promise<string>;

/** Input of cells: the functions they call, and what the kernel's answers do. */
export interface InputDesk {
  readonly input: Input;
  /** As in browsers and Deno: blocks until the answer comes, null when there is none. */
  readonly prompt: (message?: string, preset?: string) => string | null;
  answer(ask: number, value: string): void;
  refuse(ask: number, message: string): void;
  /** Rejects all open questions. */
  interrupt(): void;
}

/** Opens the desk; `helper` wakes a blocked `prompt`. */
export function openInputDesk(helper: Helper): InputDesk {
  const open = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  let count = 0;

  const checked = (prompt: unknown): string => {
    if (prompt !== undefined && typeof prompt !== 'string')
      throw new InvalidArgument(`The prompt must be a text, not ${typeof prompt}`);
    return prompt ?? '';
  };

  return {
    input: async (prompt, { password = false } = {}) => {
      throwIfInterrupted();
      const ask = ++count;
      const question = { type: 'ask-input', ask, prompt: checked(prompt), password, sync: false } as const;
      return new Promise<string>((resolve, reject) => {
        open.set(ask, { resolve, reject });
        report(question);
      });
    },
    prompt: (message, preset) => {
      throwIfInterrupted();
      const prompt = checked(message);
      const value = helper.waitForInput(() =>
        report({ type: 'ask-input', ask: ++count, prompt, password: false, sync: true }),
      );
      return value === '' ? (preset ?? '') : (value ?? null);
    },
    answer(ask, value) {
      open.get(ask)?.resolve(value);
      open.delete(ask);
    },
    refuse(ask, message) {
      open.get(ask)?.reject(new InputNotAllowed(message));
      open.delete(ask);
    },
    interrupt() {
      for (const { reject } of open.values()) reject(new Interrupted('The input was interrupted'));
      open.clear();
    },
  };
}
