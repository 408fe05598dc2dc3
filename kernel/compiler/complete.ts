import type TypeScript from 'typescript';
import { chainMembers } from './chain-members.ts';
import type { CompletionMatch, Completions } from './language-messages.ts';
import type { LanguageProject, SettledProgram } from './language-project.ts';
import { type PlainChain, plainQuestion } from './plain-chain.ts';
import { ts } from './typescript.ts';

const most = 1000;

/** A name that may be offered: `kind` is an element kind of the language service. */
interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly sortText: string;
}

/**
 * Completions at a cursor (UTF-16 offset), by the types of the cell and of those before it. What is typed of the word
 * is left out of the question, so that the next letters of the same word are answered from the last answer. What
 * needs nothing of the cell itself is answered by the program that is there: a new one takes 10 to 30 ms.
 * `plain: false` asks the language service always.
 */
export function openCompleter(
  project: LanguageProject,
  { plain = true }: { plain?: boolean } = {},
): (code: string, cursor: number) => Completions {
  let asked: { question: string; start: number; settled: SettledProgram | undefined } | undefined;
  let entries: readonly Entry[] = [];
  const answers = plain ? openPlainAnswers(project) : undefined;
  return (code, position) => {
    const cursor = Math.max(0, Math.min(position, code.length));
    const specifier = specifierBefore.exec(code.slice(0, cursor));
    const typed = specifier
      ? (/[^/]*$/.exec(specifier[2] ?? '')?.[0] ?? '')
      : (/[\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(0, cursor))?.[0] ?? '');
    const start = cursor - typed.length;
    const rest = specifier ? '' : (/^[\p{ID_Continue}$\u200c\u200d]*/u.exec(code.slice(cursor))?.[0] ?? '');
    const question = code.slice(0, start) + code.slice(cursor + rest.length);
    const found = specifier ? undefined : answers?.(question, start, typed);
    if (
      !found &&
      !(asked?.question === question && asked.start === start && asked.settled === project.settled())
    ) {
      entries = fromService(project, question, start);
      project.settle();
      asked = { question, start, settled: project.settled() };
    }
    return { matches: select(found ?? entries, typed, project.kindOf), start, end: cursor };
  };
}

const specifierBefore = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"\n]*)$/;

function fromService(project: LanguageProject, question: string, start: number): readonly Entry[] {
  const { file, offset } = project.open(question);
  return project.service.getCompletionsAtPosition(file, offset + start, serviceOptions)?.entries ?? [];
}

const serviceOptions: TypeScript.GetCompletionsAtPositionOptions = {
  includeCompletionsForModuleExports: false,
  includeCompletionsWithInsertText: false,
};

/** Answers from the settled program, remembered as long as it is the same; undefined where the service must be asked. */
function openPlainAnswers(project: LanguageProject) {
  let program: SettledProgram | undefined;
  let scope = new Map<string, TypeScript.Symbol>();
  const members = new Map<string, readonly Entry[] | undefined>();
  let names: readonly Entry[] | undefined;

  function membersOf({ names: chain }: PlainChain, { checker, names: place }: SettledProgram) {
    const key = chain.map(({ name, optional }) => name + (optional ? '?.' : '.')).join('');
    if (!members.has(key)) {
      if (scope.size === 0)
        for (const symbol of checker.getSymbolsInScope(place, valueNames)) scope.set(symbol.name, symbol);
      const root = scope.get(chain[0]?.name ?? '');
      const found = root && chainMembers(checker, place, root, { names: chain });
      members.set(key, found);
    }
    return members.get(key);
  }

  return (question: string, start: number, typed: string): readonly Entry[] | undefined => {
    const asked = plainQuestion(question, start, typed);
    const settled = asked && project.settled();
    if (!settled) return undefined;
    if (settled !== program) {
      program = settled;
      scope = new Map();
      members.clear();
      names = undefined;
    }
    if (asked.kind === 'members') return membersOf(asked.chain, settled);
    const { fileName, end } = settled.names;
    names ??= project.service.getCompletionsAtPosition(fileName, end, serviceOptions)?.entries;
    return names;
  };
}

const valueNames = ts.SymbolFlags.Value | ts.SymbolFlags.Alias;

/** Entries that begin with what is typed, in its own case first; else those that do in any case. */
function select(
  entries: readonly Entry[],
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
