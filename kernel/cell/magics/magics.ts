import { types } from 'node:util';
import { KernelError, MagicMisused } from '../../errors.ts';
import type { MagicTools, MagicUse } from './magic-use.ts';
import { time } from './time.ts';

type Run = (use: MagicUse) => unknown;

const richText: Run = async (use) => (await import('./rich-text.ts')).showBody(use);
const script: Run = async (use) => (await import('./script.ts')).runScript(use);

/** What each magic does. A family is loaded when it is used first: most sessions use none. */
const runs: Readonly<Record<string, Run>> = {
  npm: async (use) => (await import('./npm.ts')).npm(use),
  timeit: async (use) => (await import('./timeit.ts')).timeit(use),
  time,
  env: async (use) => (await import('./environment.ts')).env(use),
  pwd: ({ folder }) => folder,
  who: async (use) => (await import('./names.ts')).who(use),
  whos: async (use) => (await import('./names.ts')).whos(use),
  lsmagic: async () => (await import('./listing.ts')).listMagics(),
  magic: async (use) => (await import('./listing.ts')).showTable(use),
  html: richText,
  markdown: richText,
  latex: richText,
  svg: richText,
  bash: script,
  sh: script,
  writefile: async (use) => (await import('./write-file.ts')).writeBody(use),
  // The kernel did it before this cell began.
  types: () => undefined,
};

/** Makes what the code of a cell with magics calls: `(name, argument, extra?)`. */
export function openMagics(tools: MagicTools): (name: string, argument: string, extra?: unknown) => unknown {
  return function magic(name, argument, extra) {
    const run = Object.hasOwn(runs, name) ? runs[name] : undefined;
    if (!run) throw new MagicMisused(`%${name} must stand alone in a cell that a front end sends`);
    const place: { stack?: string } = {};
    Error.captureStackTrace(place, magic);
    const outcome = run({ ...tools, name, argument, extra });
    return types.isPromise(outcome) ? outcome.catch((error: unknown) => refuse(error, place)) : outcome;
  };
}

/** An error of the magic's own tells where in the cell it was used; one of code that it ran, where that was. */
function refuse(error: unknown, { stack = '' }: { readonly stack?: string }): never {
  if (error instanceof KernelError)
    error.stack = `${error.name}: ${error.message}\n${stack.split('\n').slice(1).join('\n')}`;
  throw error;
}
