import { stripTypeScriptTypes } from 'node:module';
import { hasDecorators, lowerDecorators } from './decorators.ts';
import { keepLines } from './keep-lines.ts';
import { isTooDeep } from './nesting.ts';
import { CellSyntaxError, clearMessage, placeOf } from './syntax-error.ts';

const tooDeep = 'Maximum call stack size exceeded';

/**
 * TypeScript to JavaScript with every token on its own line: types become spaces. Only enums, namespaces, parameter
 * properties, `import x = require()` and `<T>value` need real code; then columns may move, lines do not. Decorators stay
 * where nothing else needs code.
 * Throws `CellSyntaxError` for text that is not TypeScript.
 */
export function stripTypes(source: string): string {
  if (isTooDeep(source)) throw new CellSyntaxError(clearMessage(tooDeep, source), source, 1, 1);
  // What type stripping counts as lines ends here too: U+2028 is a line end for V8 and for the stripper.
  try {
    return stripTypeScriptTypes(source);
  } catch (error) {
    if (errorCode(error) !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw cellError(error, source);
  }
  try {
    const printed = stripTypeScriptTypes(source, { mode: 'transform', sourceMap: true });
    return hasDecorators(printed) ? lowerDecorators(source) : keepLines(printed);
  } catch (error) {
    throw cellError(error, source);
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Node puts the place at the head of `stack` only: `:LINE`, some source lines up to that one, and carets where the
 * error is within one line. Without carets the line named is the first of several, or the last one of the text.
 */
function cellError(error: unknown, source: string): unknown {
  if (error instanceof Error && error.message.startsWith(tooDeep))
    return new CellSyntaxError(clearMessage(error.message, source), source, 1, 1, { cause: error });
  const code = errorCode(error);
  if (code !== 'ERR_INVALID_TYPESCRIPT_SYNTAX' && code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return error;
  const { message, stack = '' } = error as Error;
  const text = clearMessage(message.replace(/'?<eof>'?/g, 'the end of the cell'), source);
  const line = Number(/^[^\n]*:(\d+)\n/.exec(stack)?.[1] ?? 1);
  const carets = /\n([^\n]*)\n([ \t]*)\^+\n/.exec(stack);
  if (carets) {
    const column = columnAtWidth(carets[1] ?? '', (carets[2] ?? '').length);
    return new CellSyntaxError(text, source, line, column, { cause: error });
  }
  if (/^Unterminated template/.test(message)) {
    const quote = source.split('\n')[line - 1]?.lastIndexOf('`') ?? -1;
    return new CellSyntaxError(text, source, line, Math.max(quote, 0) + 1, { cause: error });
  }
  const place = /<eof>/.test(message) ? placeOf(source, source.trimEnd().length) : { line, column: 1 };
  return new CellSyntaxError(text, source, place.line, place.column, { cause: error });
}

/** The caret stands at a width in terminal columns; a character beyond the basic plane counts as two in both. */
function columnAtWidth(line: string, width: number): number {
  let column = 1;
  let seen = 0;
  for (const character of line) {
    if (seen >= width) break;
    seen +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
    column += character.length;
  }
  return column;
}
