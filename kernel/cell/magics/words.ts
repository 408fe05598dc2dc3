/**
 * The words of a line by the rules of a shell's quotes: white space divides, '...' keeps everything, "..." keeps all but
 * `\"` and `\\`, a backslash elsewhere keeps the next character. Nothing else has a meaning. Undefined when a quote is
 * left open.
 */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  const piece = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;
  while (at < line.length) {
    piece.lastIndex = at;
    const match = piece.exec(line);
    if (!match) return undefined;
    at = piece.lastIndex;
    const [whole, single, double, escaped, plain] = match;
    if (/^\s/.test(whole)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? plain ?? '');
  }
  if (word !== undefined) words.push(word);
  return words;
}
