import { InvalidRequest } from './errors.ts';

/** Code units of a pattern at most: time goes with its length times that of the text. */
const mostPattern = 1000;

const anyText = Symbol('any text');
type Token = typeof anyText | ((character: number) => boolean);

/**
 * Whether a whole text matches a pattern of the shell: `*` and `?` stand for any text and any character, `[...]` and
 * `[!...]` for a set with ranges. Takes the time of pattern times text at most. Throws `InvalidRequest` on a pattern
 * that is too long, or has a range that runs backwards.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  if (pattern.length > mostPattern)
    throw new InvalidRequest(
      `The pattern has ${pattern.length} characters, over the limit of ${mostPattern}`,
    );
  const tokens = (pattern.match(/\[!?[^\]]+\]|[\s\S]/gu) ?? []).map(tokenOf);
  return (text) => matches(tokens, text);
}

function tokenOf(part: string): Token {
  if (part === '*') return anyText;
  if (part === '?') return () => true;
  if (part.length > 2 && part.startsWith('[')) return setOf(part);
  const wanted = part.codePointAt(0);
  return (character) => character === wanted;
}

function setOf(part: string): (character: number) => boolean {
  const negated = part.length > 3 && part[1] === '!';
  const characters = Array.from(part.slice(negated ? 2 : 1, -1), (one) => one.codePointAt(0) ?? 0);
  const ranges: (readonly [number, number])[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const first = characters[at] ?? 0;
    const last = characters[at + 1] === hyphen ? characters[at + 2] : undefined;
    ranges.push([first, last ?? first]);
    if (last === undefined) continue;
    if (last < first)
      throw new InvalidRequest(`The set ${part} of the pattern has a range that runs backwards`);
    at += 2;
  }
  return (character) => ranges.some(([first, last]) => character >= first && character <= last) !== negated;
}

const hyphen = 0x2d;

/** On a mismatch only the last `*` takes one character more: an earlier one could reach nothing that this one does not. */
function matches(tokens: readonly Token[], text: string): boolean {
  let token = 0;
  let at = 0;
  let star: { readonly token: number; at: number } | undefined;
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === anyText) {
      token += 1;
      star = { token, at };
    } else if (wanted?.(text.codePointAt(at) ?? 0)) {
      token += 1;
      at += widthAt(text, at);
    } else if (star) {
      star.at += widthAt(text, star.at);
      at = star.at;
      token = star.token;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === anyText);
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
