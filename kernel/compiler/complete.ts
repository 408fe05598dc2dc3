import type TypeScript from 'typescript';
import type { CompletionMatch, Completions } from './language-messages.ts';
import type { LanguageProject } from './language-project.ts';
import { ts } from './typescript.ts';

const most = 1000;

/**
 * Completions at a cursor (UTF-16 offset), by the types of the cell and of those before it. What is typed of the word
 * is left out of the question, so that the next letters of the same word are answered from the last answer.
 */
export function openCompleter(project: LanguageProject): (code: string, cursor: number) => Completions {
  let asked: { program: TypeScript.Program | undefined; start: number } | undefined;
  let entries: readonly TypeScript.CompletionEntry[] = [];
  return (code, position) => {
    const cursor = Math.max(0, Math.min(position, code.length));
    const specifier = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"\n]*)$/.exec(
      code.slice(0, cursor),
    );
    const typed = specifier
      ? (/[^/]*$/.exec(specifier[2] ?? '')?.[0] ?? '')
      : (/[\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(0, cursor))?.[0] ?? '');
    const start = cursor - typed.length;
    const rest = specifier ? '' : (/^[\p{ID_Continue}$\u200c\u200d]*/u.exec(code.slice(cursor))?.[0] ?? '');
    const question = code.slice(0, start) + code.slice(cursor + rest.length);
    const { file, offset } = project.open(question);
    const program = project.service.getProgram();
    if (!asked || asked.program !== program || asked.start !== start) {
      const options: TypeScript.GetCompletionsAtPositionOptions = {
        includeCompletionsForModuleExports: false,
        includeCompletionsWithInsertText: false,
      };
      entries = project.service.getCompletionsAtPosition(file, offset + start, options)?.entries ?? [];
      asked = { program, start };
    }
    return { matches: select(entries, typed, project.kindOf), start, end: cursor };
  };
}

/** Entries that begin with what is typed, in its own case first; else those that do in any case. */
function select(
  entries: readonly TypeScript.CompletionEntry[],
  typed: string,
  kindOf: (name: string) => string | undefined,
): CompletionMatch[] {
  const lower = typed.toLowerCase();
  const rank = (name: string): number => (name.startsWith(typed) ? 0 : 1);
  const seen = new Set<string>();
  return entries
    .filter(({ name, kind }) => name.toLowerCase().startsWith(lower) && kind !== ts.ScriptElementKind.warning)
    .toSorted(
      (a, b) => rank(a.name) - rank(b.name) || compare(a.sortText, b.sortText) || compare(a.name, b.name),
    )
    .filter(({ name }) => !seen.has(name) && seen.add(name))
    .slice(0, most)
    .map(({ name, kind }) => ({
      text: name,
      type: typeOf(kind, kindOf(name)),
    }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Front ends draw an icon by these names. */
function typeOf(kind: string, declaredAs: string | undefined): string {
  if (kind === 'alias' && declaredAs !== undefined)
    return declaredAs === 'import' ? 'variable' : typeOf(declaredAs, undefined);
  switch (kind) {
    case 'function':
    case 'local function':
    case 'method':
    case 'construct':
      return 'function';
    case 'property':
    case 'getter':
    case 'setter':
    case 'accessor':
    case 'enum member':
      return 'property';
    case 'var':
    case 'let':
    case 'const':
    case 'local var':
    case 'parameter':
      return 'variable';
    case 'external module name':
    case 'directory':
    case 'script':
    case 'import':
    case 'alias':
      return 'module';
    case 'type parameter':
      return 'type';
    default:
      return kind;
  }
}
