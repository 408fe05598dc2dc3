import type { Completeness } from './language-messages.ts';
import { magicEntry, magicNames } from './magic-table.ts';
import { findMagics, type Magic } from './magics.ts';

/** What may stand at a cursor in a magic; `environment` stands for the names of environment variables. */
export interface MagicCompletions {
  readonly matches: readonly string[];
  readonly environment: boolean;
  /** What a match replaces, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

const namesOnLine = /(?:^|[\r\n\u2028\u2029])[^\S\r\n\u2028\u2029]*(%%?[A-Za-z_]*)$/;

/**
 * Completions at a cursor that is in a magic: its name, its first argument, or nothing where it takes what nobody can
 * know. Undefined where code stands, also that of `%timeit`.
 */
export function completeMagic(code: string, cursor: number): MagicCompletions | undefined {
  const before = code.slice(0, cursor);
  if (!before.includes('%')) return undefined;
  const typed = namesOnLine.exec(before)?.[1];
  if (typed !== undefined) {
    const start = cursor - typed.length;
    // Whatever is typed so far, could a magic stand here? A cell magic only where nothing is before it.
    const possible = findMagics(`${code.slice(0, start)}%timeit x`).some((magic) => magic.start === start);
    if (!possible) return undefined;
    const kinds = before.slice(0, start).trim() === '' ? (['line', 'cell'] as const) : (['line'] as const);
    const matches = kinds.flatMap(magicNames).filter((name) => name.startsWith(typed));
    const rest = /^%*\w*/.exec(code.slice(cursor))?.[0].length ?? 0;
    return { matches, environment: false, start, end: cursor + rest };
  }
  const magic = findMagics(code).find((one) => one.start < cursor && cursor <= endOf(code, one));
  const entry = magic && magicEntry(magic.name);
  if (!magic || !entry || entry.code) return undefined;
  const none = { matches: [], environment: false, start: cursor, end: cursor };
  const [, word] = /^%%?\w+\s+(\S*)$/.exec(code.slice(magic.start, cursor)) ?? [];
  if (word === undefined || cursor > magic.lineEnd) return none;
  const matches = (entry.choices ?? []).filter((choice) => choice.startsWith(word));
  return { ...none, matches, environment: magic.name === 'env', start: cursor - word.length };
}

/** What a magic is, when the cursor is in its name, or in what follows it unless that is code. */
export function inspectMagic(code: string, cursor: number): Record<string, string> | undefined {
  if (!code.includes('%')) return undefined;
  const magic = findMagics(code).find((one) => one.start <= cursor && cursor <= one.lineEnd);
  const entry = magic && magicEntry(magic.name);
  if (!magic || !entry) return undefined;
  const signs = magic.kind === 'cell' ? 2 : 1;
  if (entry.code && cursor > magic.start + signs + magic.name.length) return undefined;
  const { usage, help, more } = entry;
  const forms = usage.split(/\s{4,}/);
  const text = [...forms, '', help, ...(more === undefined ? [] : ['', more])].join('\n');
  const markdown = [`\`\`\`\n${forms.join('\n')}\n\`\`\``, help, more].filter(Boolean).join('\n\n');
  return { 'text/plain': text, 'text/markdown': markdown };
}

/** Whether a cell that begins with a cell magic is whole: an empty line ends its body. Undefined for other cells. */
export function magicCompleteness(code: string): Completeness | undefined {
  const [first] = findMagics(code);
  if (first?.bodyStart === undefined || code.slice(0, first.start).trim() !== '') return undefined;
  const body = code.slice(first.bodyStart);
  const whole = /\S[^\n]*\n[^\S\n]*\n?$/.test(body) || /^\s*\n\s*\n/.test(body);
  return { status: whole ? 'complete' : 'incomplete', indent: '' };
}

function endOf(code: string, { lineEnd, bodyStart }: Magic): number {
  return bodyStart === undefined ? lineEnd : code.length;
}
