const namePart = /[\p{ID_Continue}$\u200c\u200d]/u;

/**
 * The letters of a name that end at an offset (UTF-16 units) of a text. Read backwards: an expression that is anchored at
 * its end begins anew at every letter of every word, which a long text in quotes makes seconds of.
 */
export function nameBefore(text: string, end: number): string {
  let start = end;
  while (start > 0) {
    const at = start - ((text.codePointAt(start - 2) ?? 0) > 0xffff ? 2 : 1);
    if (!namePart.test(text.slice(at, start))) break;
    start = at;
  }
  return text.slice(start, end);
}
