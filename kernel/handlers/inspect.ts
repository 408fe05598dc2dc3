import type { CellSession } from '../cell-session.ts';
import type { Handler } from '../dispatch.ts';
import { type LanguageService, wholeNameAt } from '../language.ts';
import type { JsonObject } from '../messages.ts';
import { countPoints, toOffset } from '../positions.ts';
import { fieldsOf } from '../validate.ts';

/** Answers `inspect_request`: signature, type and documentation; else what the live value looks like. */
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
  const { found, data } = await language.inspect(code, cursor, detail);
  if (found) return data;
  const path = wholeNameAt(code, cursor);
  const text = path && (await cells.describe(path));
  return text === undefined ? undefined : { 'text/plain': text };
}
