import type { Completeness } from './language-messages.ts';

const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * Whether a text is a whole cell, by what stands open at its end: brackets, quotes, a template, a comment, an operator. A
 * guess for as long as the parser is not there; it takes brackets and quotes in a regular expression for real ones.
 */
export function openEnds(code: string): Completeness {
  const open: string[] = [];
  for (let at = 0; at < code.length; at++) {
    const character = code[at] ?? '';
    if (open.at(-1) === '`') {
      if (character === '\\') at++;
      else if (character === '`') open.pop();
      else if (code.startsWith('${', at)) {
        open.push('}');
        at++;
      }
    } else if (code.startsWith('//', at)) at = endOf(code, '\n', at);
    else if (code.startsWith('/*', at)) {
      if (!code.includes('*/', at + 2)) return { status: 'incomplete', indent: '' };
      at = code.indexOf('*/', at + 2) + 1;
    } else if (character === '"' || character === "'") {
      at = closingQuote(code, character, at);
      if (at === code.length) return { status: 'incomplete', indent: '' };
    } else if (character === '`') open.push('`');
    else if (pairs[character] !== undefined) open.push(pairs[character]);
    else if (character === open.at(-1)) open.pop();
  }
  const goesOn = open.length > 0 || /(=>?|,|\.|&&|\|\||\?\?|[^+]\+|[^-]-|\*|\bimport|\bfrom)\s*$/.test(code);
  if (!goesOn) return { status: 'complete', indent: '' };
  return { status: 'incomplete', indent: open.includes('`') ? '' : '  '.repeat(open.length) };
}

function endOf(code: string, mark: string, from: number): number {
  const found = code.indexOf(mark, from);
  return found < 0 ? code.length : found;
}

/** Where the quote is closed, or where its line ends; the length of the code when it stays open. */
function closingQuote(code: string, quote: string, from: number): number {
  for (let at = from + 1; at < code.length; at++) {
    if (code[at] === '\\') at++;
    else if (code[at] === quote || code[at] === '\n') return at;
  }
  return code.length;
}
