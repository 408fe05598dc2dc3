import { setTimeout as sleep } from 'node:timers/promises';
import type { CellSession } from '../cell-session.ts';
import type { CompletionMatch } from '../compiler/language-messages.ts';
import type { Handler } from '../dispatch.ts';
import { type LanguageService, namePathAt } from '../language.ts';
import type { JsonObject } from '../messages.ts';
import { countPoints, toOffset, toPoints } from '../positions.ts';
import { fieldsOf } from '../validate.ts';

/** Most matches of one reply: front ends show a few dozen. */
const mostMatches = 500;

/** JupyterLab drops what takes longer than a second: by then live values alone are better than nothing. */
const typedLimitMs = 700;

/** What every object inherits says nothing about one of which the types know members. */
const ofEveryObject: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));
const nothing: ReadonlySet<string> = new Set();

/** How long live values may take once the types have answered; they take one or two unless a cell computes. */
const busyMs = 25;

/**
 * Answers `complete_request`: what the types say, then what live values have beyond their types. Live values are
 * asked for a plain chain of names only, as anything else would have to run. While the language service is starting they
 * are the answer where there are any.
 */
export function answerComplete(language: LanguageService, cells: CellSession): Handler {
  return async (request) => {
    const fields = fieldsOf(request);
    const code = fields.text('code');
    const points = countPoints(code);
    const cursor = toOffset(code, fields.integer('cursor_pos', { least: 0, most: points }, points));
    // Loaded when there may be one: most sessions see no magic.
    const magic =
      code.includes('%') && (await import('../compiler/magic-help.ts')).completeMagic(code, cursor);
    if (magic) {
      const names = magic.environment
        ? await variableNames(cells, code.slice(magic.start, cursor))
        : magic.matches;
      const matches = names.map((text) => ({ text, type: 'magic' }));
      return completions(code, magic.start, magic.end, matches);
    }
    const chain = namePathAt(code, cursor);
    const asked = language.complete(code, cursor);
    const asking = chain ? cells.members(chain.path, chain.prefix) : [];
    // A cell that computes does not answer: where the types have an answer, it is not waited for.
    const members = await Promise.race([
      asking,
      asked.then(({ matches }) => (matches.length > 0 ? sleep(busyMs, [], { ref: false }) : asking)),
    ]);
    const live = members.filter(({ text }) => isName(text) && text.startsWith(chain?.prefix ?? ''));
    const late = { matches: [], start: cursor, end: cursor };
    const typed = await (live.length > 0
      ? Promise.race([asked, sleep(typedLimitMs, late, { ref: false })])
      : asked);

    const found = new Map<string, CompletionMatch>(typed.matches.map((match) => [match.text, match]));
    const sameSpan = chain && (typed.matches.length === 0 || typed.start === chain.start);
    const { start, end } = sameSpan && typed.matches.length === 0 ? chain : typed;
    const known = typed.matches.length > 0 ? ofEveryObject : nothing;
    if (sameSpan)
      for (const match of live)
        if (!found.has(match.text) && !known.has(match.text)) found.set(match.text, match);
    return completions(code, start, end, [...found.values()].slice(0, mostMatches));
  };
}

/** The reply: texts, each with its type, that replace `[start, end)` of the code, in UTF-16 units. */
function completions(
  code: string,
  start: number,
  end: number,
  matches: readonly CompletionMatch[],
): JsonObject {
  const from = toPoints(code, start);
  const to = toPoints(code, end);
  const types = matches.map(({ text, type = '', signature = '' }) => ({
    start: from,
    end: to,
    text,
    type,
    signature,
  }));
  return {
    matches: matches.map(({ text }) => text),
    cursor_start: from,
    cursor_end: to,
    metadata: { _jupyter_types_experimental: types },
  };
}

async function variableNames(cells: CellSession, typed: string): Promise<string[]> {
  const variables = await cells.members(['process', 'env']);
  return variables
    .map(({ text }) => text)
    .filter((name) => name.startsWith(typed))
    .sort();
}

function isName(text: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text);
}
