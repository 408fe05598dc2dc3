import type { Handler } from '../dispatch.ts';
import type { LanguageService } from '../language.ts';
import { fieldsOf } from '../validate.ts';

/** Answers `is_complete_request`: whether Enter in a console should run the code or start another line. */
export function answerIsComplete(language: LanguageService): Handler {
  return async (request) => {
    const { status, indent } = await language.isComplete(fieldsOf(request).text('code'));
    return status === 'incomplete' ? { status, indent } : { status };
  };
}
