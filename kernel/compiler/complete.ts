import type TypeScript from 'typescript';
import { chainMembers } from './chain-members.ts';
import type { Completions } from './language-messages.ts';
import type { LanguageProject, SettledProgram } from './language-project.ts';
import { nameBefore } from './name-before.ts';
import { type PlainQuestion, plainQuestion } from './plain-chain.ts';
import { plainTypes } from './plain-types.ts';
import { ts } from './typescript.ts';

const most = 1000;

/** Most matches of which the signature is given: the first that a front end shows. */
const mostSignatures = 40;

/** A name that may be offered: `kind` is an element kind of the language service. */
interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly sortText: string;
  readonly symbol?: TypeScript.Symbol | undefined;
}

/** What a program was asked and answered: gone with it, as its symbols would keep it in memory. */
interface Answers {
  readonly scope: Map<string, TypeScript.Symbol>;
  readonly members: Map<string, readonly Entry[] | undefined>;
  readonly signatures: Map<TypeScript.Symbol, string>;
  names?: readonly Entry[] | undefined;
  last?: { readonly question: string; readonly start: number; readonly entries: readonly Entry[] };
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
  const kept = new WeakMap<SettledProgram, Answers>();
  const answersOf = (settled: SettledProgram): Answers => {
    const before = kept.get(settled);
    if (before) return before;
    const answers = { scope: new Map(), members: new Map(), signatures: new Map() };
    kept.set(settled, answers);
    return answers;
  };

  function find(question: string, start: number, typed: string, inModule: boolean): readonly Entry[] {
    const asked = plain && !inModule ? plainQuestion(question, start, typed) : undefined;
    const settled = project.settled();
    const answers = settled && answersOf(settled);
    const found = asked && settled && fromProgram(project, asked, settled, answersOf(settled));
    if (found) return found;
    const { last } = answers ?? {};
    if (last?.question === question && last.start === start) return last.entries;
    const entries = fromService(project, question, start);
    project.settle();
    const now = project.settled();
    if (now) answersOf(now).last = { question, start, entries };
    return entries;
  }

  return (code, position) => {
    const cursor = Math.max(0, Math.min(position, code.length));
    const specifier = specifierBefore.exec(code.slice(0, cursor));
    const typed = specifier ? (/[^/]*$/.exec(specifier[2] ?? '')?.[0] ?? '') : nameBefore(code, cursor);
    const start = cursor - typed.length;
    const rest = specifier ? '' : (/^[\p{ID_Continue}$\u200c\u200d]*/u.exec(code.slice(cursor))?.[0] ?? '');
    const question = code.slice(0, start) + code.slice(cursor + rest.length);
    const entries = select(find(question, start, typed, specifier !== null), typed);
    const settled = project.settled();
    const signatures = settled && answersOf(settled).signatures;
    const matches = entries.map(({ name, kind, symbol }, at) => {
      const type = typeOf(kind, project.kindOf(name));
      if (!settled || !signatures || !symbol || at >= mostSignatures || type !== 'function')
        return { text: name, type };
      const signature = signatures.get(symbol) ?? signatureOf(settled, symbol);
      signatures.set(symbol, signature);
      return { text: name, type, signature };
    });
    return { matches, start, end: cursor };
  };
}

/** How a function is called, `(a: number): string`, and whether there are other ways. */
function signatureOf({ checker, names }: SettledProgram, symbol: TypeScript.Symbol): string {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const [first, ...more] = checker.getTypeOfSymbolAtLocation(target, names).getCallSignatures();
  if (!first) return '';
  const text = plainTypes(checker.signatureToString(first, names));
  return more.length > 0 ? `${text} (+${more.length} more)` : text;
}

const specifierBefore = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"\n]*)$/;

function fromService(project: LanguageProject, question: string, start: number): readonly Entry[] {
  const { file, offset } = project.open(question);
  return project.service.getCompletionsAtPosition(file, offset + start, serviceOptions)?.entries ?? [];
}

const serviceOptions: TypeScript.GetCompletionsAtPositionOptions = {
  includeCompletionsForModuleExports: false,
  includeCompletionsWithInsertText: false,
  includeSymbol: true,
};

/** The answer of the program that is there; undefined where the language service must be asked. */
function fromProgram(
  project: LanguageProject,
  asked: PlainQuestion,
  { checker, names }: SettledProgram,
  answers: Answers,
): readonly Entry[] | undefined {
  if (asked.kind === 'names') {
    answers.names ??= project.service.getCompletionsAtPosition(
      names.fileName,
      names.end,
      serviceOptions,
    )?.entries;
    return answers.names;
  }
  const { scope, members } = answers;
  const chain = asked.chain.names;
  const key = chain
    .map(({ name, called, optional }) => name + (called ? '()' : '') + (optional ? '?.' : '.'))
    .join('');
  if (!members.has(key)) {
    if (scope.size === 0)
      for (const symbol of checker.getSymbolsInScope(names, valueNames)) scope.set(symbol.name, symbol);
    const root = scope.get(chain[0]?.name ?? '');
    members.set(key, root && chainMembers(checker, names, root, asked.chain));
  }
  return members.get(key);
}

const valueNames = ts.SymbolFlags.Value | ts.SymbolFlags.Alias;

/** Entries that begin with what is typed, in its own case first; else those that do in any case. */
function select(entries: readonly Entry[], typed: string): readonly Entry[] {
  const lower = typed.toLowerCase();
  const rank = (name: string): number => (name.startsWith(typed) ? 0 : 1);
  const seen = new Set<string>();
  return entries
    .filter(({ name, kind }) => name.toLowerCase().startsWith(lower) && kind !== ts.ScriptElementKind.warning)
    .toSorted(
      (a, b) => rank(a.name) - rank(b.name) || compare(a.sortText, b.sortText) || compare(a.name, b.name),
    )
    .filter(({ name }) => !seen.has(name) && seen.add(name))
    .slice(0, most);
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
