const brace = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*\{/;

/** Offset of the brace with which a text begins, after white space and comments; -1 when it begins otherwise. */
export function leadingBrace(text: string): number {
  return (brace.exec(text)?.[0].length ?? 0) - 1;
}

/** Whether a text could be an object literal rather than a block. */
export function startsWithBrace(text: string): boolean {
  return leadingBrace(text) >= 0;
}
