import { tokenizer } from 'acorn';
import { blank } from './edits.ts';
import { parses } from './magic-code.ts';
import { magicEntry } from './magic-table.ts';
import { timingOptions } from './timing-options.ts';

/** A magic as it stands in a cell; offsets are UTF-16 units. */
export interface Magic {
  /** Without its `%`; it need not be one that there is. */
  readonly name: string;
  readonly kind: 'line' | 'cell';
  /** Where its `%` is. */
  readonly start: number;
  /** The rest of its line, without white space around it, and where it begins. */
  readonly argument: string;
  readonly argumentStart: number;
  /** End of its line, before the line end. */
  readonly lineEnd: number;
  /** What follows the line of a cell magic, to the end of the cell; undefined for a line magic. */
  readonly bodyStart?: number | undefined;
}

/** Whether a variable of this name is there before the cell. */
export type Declared = (name: string) => boolean;

const tokenOptions = { ecmaVersion: 'latest', sourceType: 'module' } as const;
const widestIndent = 200;
const lineEnds = /\r\n|[\n\r\u2028\u2029]/;
const atLineStart = /^[^\S\r\n\u2028\u2029]*%%?[A-Za-z_]/m;
const cellMagic = /^\ufeff?\s*(%%([A-Za-z_]\w*))/;

/**
 * The magics of a cell, in their order. Only where a statement can begin, outside of all brackets: `a\n%b`, and a `%`
 * in a template, comment, text or regular expression, are JavaScript. After a statement that no semicolon ends, a line
 * is a magic where JavaScript could make no sense of it: `%timeit f()`, not `%b`; also `%who` where `declared` says that
 * there is no variable of that name.
 */
export function findMagics(text: string, declared: Declared = () => true): readonly Magic[] {
  if (!atLineStart.test(text)) return [];
  const first = cellMagic.exec(text);
  if (first?.[1] !== undefined) {
    const magic = magicAt(text, first[0].length - first[1].length, 'cell');
    return magic ? [magic] : [];
  }
  const found: Magic[] = [];
  let from = 0;
  while (from < text.length) {
    const magic = nextMagic(text, from, found, declared);
    if (!magic) break;
    found.push(magic);
    from = magic.lineEnd;
  }
  return found;
}

function magicAt(text: string, start: number, kind: Magic['kind']): Magic | undefined {
  const head = /(%%?)([A-Za-z_]\w*)/y;
  head.lastIndex = start;
  const match = head.exec(text);
  if (!match) return undefined;
  const nameEnd = head.lastIndex;
  const rest = text.slice(nameEnd);
  const end = lineEnds.exec(rest);
  const line = end ? rest.slice(0, end.index) : rest;
  const lineEnd = nameEnd + line.length;
  return {
    name: match[2] ?? '',
    kind,
    start,
    argument: line.trim(),
    argumentStart: nameEnd + (line.length - line.trimStart().length),
    lineEnd,
    bodyStart: kind === 'cell' ? lineEnd + (end?.[0].length ?? 0) : undefined,
  };
}

/** The next magic from an offset where a statement begins. */
function nextMagic(
  text: string,
  from: number,
  before: readonly Magic[],
  declared: Declared,
): Magic | undefined {
  const open: string[] = [];
  let last: string | undefined;
  for (let at = from; at < text.length; ) {
    const offset = at;
    try {
      for (const { type, ...token } of tokenizer(text.slice(offset), tokenOptions)) {
        const start = offset + token.start;
        if (open.length === 0 && text[start] === '%' && startsLine(text, start)) {
          const magic = magicAt(text, start, text[start + 1] === '%' ? 'cell' : 'line');
          if (magic && beginsStatement(text, magic, last, before, declared)) return magic;
        }
        nest(open, type.label);
        last = type.label;
        at = offset + token.end;
      }
      return undefined;
    } catch (error) {
      // What cannot be read, a text left open or an `@`, ends with its line; a comment or template takes all the rest.
      const { message, pos } = error as { message?: unknown; pos?: unknown };
      if (typeof pos !== 'number' || /^Unterminated (template|comment)/.test(String(message)))
        return undefined;
      at = Math.max(offset + pos, at);
      const end = lineEnds.exec(text.slice(at));
      if (!end) return undefined;
      at += end.index + end[0].length;
      last = 'unread';
    }
  }
  return undefined;
}

/** `open` after one more token: what stands open around the next. */
function nest(open: string[], label: string): void {
  if (label === '`' && open.at(-1) === '`') open.pop();
  else if (/^(?:[`([{]|\$\{)$/.test(label)) open.push(label);
  else if (/^[)\]}]$/.test(label)) open.pop();
}

function startsLine(text: string, offset: number): boolean {
  const before = text.slice(Math.max(0, offset - widestIndent), offset);
  return /(?:^|[\r\n\u2028\u2029])[^\S\r\n\u2028\u2029]*$/.test(
    offset > widestIndent ? `x${before}` : before,
  );
}

/** What cannot follow a name in an expression: `npm install`, `env "A"`, `timeit !x`, `timeit -n 5`. */
const noOperator =
  /^(?!(?:in|instanceof|as|satisfies)(?![\p{ID_Continue}$]))(?:[\p{ID_Start}$_"'\d\\@#~]|!(?!=)|-\w+\s+[\p{ID_Start}$_"'\d])/u;

function beginsStatement(
  text: string,
  { name, kind, start, argument }: Magic,
  last: string | undefined,
  before: readonly Magic[],
  declared: Declared,
): boolean {
  // No expression has `%%`.
  if (last === undefined || last === ';' || kind === 'cell') return true;
  if (magicEntry(name) && (noOperator.test(argument) || !(declared(name) || makes(text, name)))) return true;
  const above = blanked(text.slice(0, start), before, false);
  return !parses(`${above}% x`) && parses(above);
}

/** Whether a text seems to make a variable of this name. */
function makes(text: string, name: string): boolean {
  return new RegExp(
    `(?:\\b(?:let|const|var|function|class|as|import)\\s+|[{[,:]\\s*)${name}(?![\\w$])|(?<![\\w$%.])${name}\\s*=(?!=)`,
  ).test(text);
}

/**
 * The same text, line for line and character for character, for those who read TypeScript: text of magics becomes
 * spaces, code of `%time` and `%timeit` stays where it is. With `declaring`, so does code whose names are its own.
 */
export function blankMagics(
  text: string,
  { declaring = false, declared }: { declaring?: boolean; declared?: Declared | undefined } = {},
): string {
  return blanked(text, findMagics(text, declared), declaring);
}

function blanked(text: string, magics: readonly Magic[], declaring: boolean): string {
  let output = '';
  let at = 0;
  for (const magic of magics) {
    const code = codeOf(text, magic, declaring);
    // The semicolon keeps the code from going on with the statement above.
    output += `${text.slice(at, magic.start)};${blank(text.slice(magic.start + 1, code.start))}`;
    output += text.slice(code.start, code.end);
    at = magic.bodyStart === undefined || isMisplaced(text, magic) ? magic.lineEnd : text.length;
    output += blank(text.slice(code.end, at));
  }
  return output + text.slice(at);
}

function isMisplaced(text: string, { kind, start }: Magic): boolean {
  return kind === 'cell' && text.slice(0, start).trim() !== '';
}

/** The part of a magic that is TypeScript. */
function codeOf(text: string, magic: Magic, declaring: boolean): { start: number; end: number } {
  const { name, kind, argument, argumentStart, lineEnd, bodyStart = lineEnd } = magic;
  const nothing = { start: lineEnd, end: lineEnd };
  if (!magicEntry(name)?.code || isMisplaced(text, magic)) return nothing;
  if (name === 'timeit' && declaring) return nothing;
  if (kind === 'cell') {
    const setup = name === 'timeit' ? timingOptions(argument).length : argument.length;
    return { start: setup < argument.length ? argumentStart + setup : bodyStart, end: text.length };
  }
  const start = argumentStart + (name === 'timeit' ? timingOptions(argument).length : 0);
  // What follows on the next line would go on with it.
  if (/^\s*[([`+\-*/%.,?&|<>=^]/.test(text.slice(lineEnd))) return nothing;
  return { start, end: lineEnd };
}
