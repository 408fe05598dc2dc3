import { setTimeout as sleep } from 'node:timers/promises';
import { openEnds } from '../compiler/open-ends.ts';
import type { Handler } from '../dispatch.ts';
import type { LanguageService } from '../language.ts';
import { fieldsOf } from '../validate.ts';

/** `jupyter console` gives up after a second, and then asks no more for as long as it runs. */
const parserLimitMs = 500;

/** Answers `is_complete_request`: whether Enter in a console should run the code or start another line. */
export function answerIsComplete(language: LanguageService): Handler {
  return async (request) => {
    const code = fieldsOf(request).text('code');
    const late = sleep(parserLimitMs, undefined, { ref: false });
    const parsed = await Promise.race([language.isComplete(code), late]);
    const { status, indent } = parsed === undefined || parsed.status === 'unknown' ? openEnds(code) : parsed;
    return status === 'incomplete' ? { status, indent } : { status };
  };
}
