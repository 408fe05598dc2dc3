import type { CellSession } from '../cell-session.ts';
import { magicEntry } from '../compiler/magic-table.ts';
import { blankMagics, findMagics, type Magic } from '../compiler/magics.ts';
import { type KernelError, MagicMisused } from '../errors.ts';
import type { LanguageService } from '../language.ts';
import { type TypeCheck, type TypeMode, typeModes } from '../type-check.ts';

/** What the magics of the kernel work on; `say` prints. */
export interface KernelMagicParts {
  readonly cells: CellSession;
  readonly language: LanguageService;
  readonly types: TypeCheck;
  readonly say: (text: string) => void;
}

/**
 * Does what `%reset` and `%types` of a cell ask for: the cell is then done, goes on to the cell process (with its other
 * code), or fails.
 */
export async function runKernelMagics(
  code: string,
  parts: KernelMagicParts,
): Promise<'done' | 'goes on' | KernelError> {
  const magics = findMagics(code, maybeDeclared).filter(
    ({ name, kind }) => kind === 'line' && magicEntry(name)?.kernel,
  );
  if (magics.length === 0) return 'goes on';
  const alone =
    /^[\s;]*$/.test(withoutComments(blankMagics(code))) && findMagics(code).length === magics.length;
  const reset = magics.find(({ name }) => name === 'reset');
  if (reset && !(alone && magics.length === 1))
    return new MagicMisused(
      '%reset must stand alone in its cell: everything else in it would be forgotten too',
    );
  for (const magic of magics) {
    const problem = magic === reset ? await startAnew(magic, parts) : setTypes(magic, parts);
    if (problem) return problem;
  }
  return alone ? 'done' : 'goes on';
}

/** The names of cells are not known here: `a\n%types` asks for the mode, `a\n%reset` is left to who knows them. */
const maybeDeclared = (name: string): boolean => name !== 'types';

async function startAnew({ argument }: Magic, parts: KernelMagicParts): Promise<KernelError | undefined> {
  if (!/^(?:(?:-f|-s|-sf|-fs)\s*)*;?$/.test(argument)) return misuse('reset', argument);
  await parts.cells.restart();
  parts.language.forgetCells();
  parts.say('All names are gone: the next cell runs in a new process.\n');
  return undefined;
}

function setTypes({ argument }: Magic, { types, say }: KernelMagicParts): KernelError | undefined {
  const mode = argument.replace(/\s*;$/, '');
  if (mode !== '') {
    if (!isMode(mode)) return misuse('types', mode);
    types.mode = mode;
  }
  say(`types: ${types.mode}\n`);
  return undefined;
}

function isMode(text: string): text is TypeMode {
  return (typeModes as readonly string[]).includes(text);
}

function misuse(name: string, argument: string): KernelError {
  return new MagicMisused(`%${name} does not take '${argument}'. Usage: ${magicEntry(name)?.usage ?? ''}`);
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ');
}
