/** Offset of the brace with which a text begins, after white space and comments; -1 when it begins otherwise. */
export function leadingBrace(text: string): number {
  // A piece at a time: one expression for all of them tries every way to divide comments into longer ones.
  const piece = /\s+|\/\/[^\n]*\n|\/\*[\s\S]*?\*\//y;
  let at = 0;
  while (piece.test(text)) at = piece.lastIndex;
  return text[at] === '{' ? at : -1;
}

/** Whether a text could be an object literal rather than a block. */
export function startsWithBrace(text: string): boolean {
  return leadingBrace(text) >= 0;
}
