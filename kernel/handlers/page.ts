import type { CellSession } from '../cell-session.ts';
import type { LanguageService } from '../language.ts';
import type { JsonObject } from '../messages.ts';
import { inspectAt } from './inspect.ts';

/** `name?`, `name??` and `?name` ask about a name or a magic, as in IPython; none of them is TypeScript. */
const question = /^\s*(?:\?{1,2}(%{0,2}[\w$.]+)|(%{0,2}[\w$.]+)\?{1,2})\s*;?\s*$/;

/** The name that a cell asks about, undefined when the cell is code. */
export function askedName(code: string): string | undefined {
  const asked = question.exec(code);
  return asked?.[1] ?? asked?.[2];
}

/** The payload that makes a front end show what is known about a name; undefined for an unknown name. */
export async function pageOf(
  name: string,
  detail: number,
  language: LanguageService,
  cells: CellSession,
): Promise<JsonObject | undefined> {
  const data = await inspectAt(name, name.length, detail, language, cells);
  return data && { source: 'page', data, start: 0 };
}
