/**
 * A cell that is not valid TypeScript, or uses something a cell cannot have. The cell does not run at all.
 * `line` and `column` are 1-based, columns count UTF-16 units; `excerpt` is the line with a caret under the column.
 * Its `name` is `SyntaxError`, since that is what the person at the notebook knows.
 */
export class CellSyntaxError extends SyntaxError {
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;

  constructor(message: string, source: string, line: number, column: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SyntaxError';
    this.line = line;
    this.column = column;
    this.excerpt = caretExcerpt(source, line, column);
  }
}

const widest = 160;

/**
 * Line `line` of `source` (1-based) with its number, and `length` carets under `column` (1-based, UTF-16 units).
 * Long lines are cut around the column, tabs become spaces, so that the caret stands under its character.
 */
export function caretExcerpt(source: string, line: number, column: number, length = 1): string {
  const text = source.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1] ?? '';
  const at = Math.min(Math.max(column - 1, 0), text.length);
  const from = at > widest - 40 ? at - (widest >> 1) : 0;
  const shown = text.slice(from, from + widest).replaceAll('\t', ' ');
  const gutter = `${line} | `;
  const carets = '^'.repeat(Math.max(1, Math.min(length, from + widest - at, text.length - at)));
  return `${gutter}${shown}\n${' '.repeat(gutter.length - 2)}| ${' '.repeat(shownWidth(shown.slice(0, at - from)))}${carets}`;
}

/** Columns a text takes in a fixed-width font: wide characters (CJK, emoji) take two, combining marks none. */
function shownWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\u200d/u.test(character)) continue;
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/** An element that closes itself, or the end of one: in TypeScript neither can stand in code that makes sense. */
const jsx =
  /<[A-Za-z][\w.]*(\s+[\w-]+(=("[^"\n]*"|'[^'\n]*'|\{[^}\n]*\}))?)*\s*\/>|<\/[A-Za-z][\w.]*\s*>|<>[\s\S]*<\/>/;

const mostRead = 20_000;

/** A parser's message, with what a person at a notebook can do about it. */
export function clearMessage(message: string, source: string): string {
  if (/^'return' outside of function|^Return statement is not allowed here/.test(message))
    return 'A cell is no function to return from: its last expression is its result';
  if (/^Not enough stack space|^Maximum call stack size exceeded/.test(message))
    return 'An expression nests too deeply, or has too many terms, to be read: divide it, or read its values from a file';
  if (jsx.test(source.slice(0, mostRead)))
    return `${message}. Cells are TypeScript, not TSX: JSX must be written as calls, such as h('b', null, 'text')`;
  return message;
}

/** 1-based line and column (UTF-16 units) of an offset into `source`. */
export function placeOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split(/\r\n|[\n\r\u2028\u2029]/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
