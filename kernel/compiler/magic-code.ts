import { type Program, parse, tokenizer } from 'acorn';
import { stripTypes } from './strip-types.ts';

/** The JavaScript program of a TypeScript text, in the text's own offsets; undefined where it has none. */
export function programOf(text: string): Program | undefined {
  const plain = tryParse(text);
  if (plain) return plain;
  try {
    const script = stripTypes(text);
    return script.length === text.length ? tryParse(script) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a text is a whole TypeScript program. */
export function parses(text: string): boolean {
  if (tryParse(text)) return true;
  try {
    return tryParse(stripTypes(text)) !== undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function tryParse(script: string): Program | undefined {
  try {
    return parse(script, { ecmaVersion: 'latest', sourceType: 'module' });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Where the last token of a text ends, so that a comment behind it can go; its end where it cannot be read. */
export function endOfCode(text: string): number {
  let end = 0;
  try {
    for (const token of tokenizer(text, { ecmaVersion: 'latest', sourceType: 'module' })) end = token.end;
  } catch (error) {
    if (error instanceof SyntaxError) return text.trimEnd().length;
    throw error;
  }
  return end;
}
