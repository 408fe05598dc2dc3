import { setTimeout as sleep } from 'node:timers/promises';
import type { CellSession } from '../cell-session.ts';
import { fenced } from '../compiler/documentation.ts';
import type { Handler } from '../dispatch.ts';
import { type LanguageService, wholeNameAt } from '../language.ts';
import type { JsonObject } from '../messages.ts';
import { countPoints, toOffset } from '../positions.ts';
import { fieldsOf } from '../validate.ts';

const mostLines = 15;
const mostCharacters = 1500;

/** A tooltip that shows the value now is better than one with its type that comes when the eyes have moved on. */
const typedLimitMs = 1500;
const late = { found: false, data: {}, live: false } as const;

/**
 * Answers `inspect_request`: signature, type and documentation; else, or while the language service is starting, what
 * the live value looks like.
 */
export function answerInspect(language: LanguageService, cells: CellSession): Handler {
  return async (request) => {
    const fields = fieldsOf(request);
    const code = fields.text('code');
    const points = countPoints(code);
    const cursor = toOffset(code, fields.integer('cursor_pos', { least: 0, most: points }, points));
    const detail = fields.integer('detail_level', { least: 0, most: 1 }, 0);
    const data = await inspectAt(code, cursor, detail, language, cells);
    return { found: data !== undefined, data: data ?? {}, metadata: {} };
  };
}

/** What is known about the name at an offset (UTF-16 units), as MIME bundle; undefined for nothing. */
export async function inspectAt(
  code: string,
  cursor: number,
  detail: number,
  language: LanguageService,
  cells: CellSession,
): Promise<JsonObject | undefined> {
  const magic = code.includes('%') && (await import('../compiler/magic-help.ts')).inspectMagic(code, cursor);
  if (magic) return magic;
  const path = wholeNameAt(code, cursor);
  const asked = language.inspect(code, cursor, detail);
  const text = path && (await cells.describe(path));
  const { found, data, live } = await (text === undefined
    ? asked
    : Promise.race([asked, sleep(typedLimitMs, late, { ref: false })]));
  if (!found) return text === undefined ? undefined : { 'text/plain': text };
  return live && text !== undefined ? withValue(data, shortened(text)) : data;
}

/** What the types say, and what the value is at present. */
function withValue(data: Record<string, string>, value: string): JsonObject {
  return {
    ...data,
    'text/plain': `${data['text/plain'] ?? ''}\n\nValue: ${value}`,
    'text/markdown': `${data['text/markdown'] ?? ''}\n\nValue:\n\n${fenced(value, '')}`,
  };
}

/** A tooltip is no place for more than some lines. */
function shortened(text: string): string {
  const lines = text.slice(0, mostCharacters).split('\n').slice(0, mostLines).join('\n');
  return lines.length < text.length ? `${lines}\n...` : lines;
}
