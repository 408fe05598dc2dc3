import type { CellSession } from '../cell-session.ts';
import type { Handler, Request } from '../dispatch.ts';
import { InvalidRequest } from '../errors.ts';
import type { History } from '../history.ts';
import type { LanguageService } from '../language.ts';
import type { Bundle, Json, JsonObject } from '../messages.ts';
import type { Output } from '../output.ts';
import { fieldsOf } from '../validate.ts';
import { inspectAt } from './inspect.ts';

/** What executing needs of the kernel. */
export interface ExecuteParts {
  readonly output: Output;
  readonly cells: CellSession;
  readonly history: History;
  readonly language: LanguageService;
  /** Type errors of a cell while it runs; resolves soon after `ended`, with or without an answer. */
  readonly check: (code: string, ended: Promise<unknown>) => Promise<string | undefined>;
  readonly abortQueue: () => void;
}

/** `name?`, `name??` and `?name` ask about a name, as in IPython. */
const question = /^\s*(?:\?{1,2}([\w$.]+)|([\w$.]+)(\?{1,2}))\s*$/;

/** Answers `execute_request`: runs a cell, publishes its result or error, remembers it. */
export function answerExecute({
  output,
  cells,
  history,
  language,
  check,
  abortQueue,
}: ExecuteParts): Handler {
  let count = 0;

  const ask = async (request: Request, code: string): Promise<JsonObject | undefined> => {
    const asked = question.exec(code);
    const name = asked?.[1] ?? asked?.[2];
    if (name === undefined) return undefined;
    const detail = code.includes('??') ? 1 : 0;
    const data = await inspectAt(name, name.length, detail, language, cells);
    if (!data) throw new InvalidRequest(`Nothing is known about '${name}'`);
    return { payload: [{ source: 'page', data, start: 0 }], user_expressions: {} };
  };

  return async (request) => {
    const fields = fieldsOf(request);
    const code = fields.text('code');
    const silent = fields.flag('silent', false);
    const stored = fields.flag('store_history', !silent) && !silent;
    const stopOnError = fields.flag('stop_on_error', true);
    const expressions = textsOf(request, fields.object('user_expressions', {}));
    fields.flag('allow_stdin', true);
    const cell = stored ? ++count : Math.max(count, 1);
    const { number } = request;

    if (!silent) output.publish(number, 'execute_input', { code, execution_count: cell });
    if (code.trim() === '') return { execution_count: cell, payload: [], user_expressions: {} };

    const asked = question.test(code) ? ask(request, code) : undefined;
    if (asked) {
      try {
        return { execution_count: cell, ...(await asked) };
      } catch (error) {
        if (!(error instanceof InvalidRequest)) throw error;
        const failure = { ename: error.code, evalue: error.message, traceback: [error.message] };
        return fail(failure, cell);
      } finally {
        if (stored) history.add(cell, code);
      }
    }

    output.answersFor(number);
    const running = cells.execute({ type: 'execute', request: number, code, cell, expressions });
    const checking = silent ? undefined : check(code, running);
    const { failure, result, expressions: user_expressions } = await running;
    if (stored) history.add(cell, code, plainTextOf(result));
    if (!failure) language.record({ id: number, source: code });
    if (result && !silent) output.publish(number, 'execute_result', { ...result, execution_count: cell });
    const failed = failure ? fail({ ...failure }, cell) : undefined;
    // The result is out; only the reply waits, and only for as long as `check` allows itself.
    const problems = await checking;
    if (problems !== undefined) output.stream(number, 'stderr', Buffer.from(`${problems}\n`));
    return (
      failed ?? { execution_count: cell, payload: [], user_expressions: user_expressions as unknown as Json }
    );

    function fail(failure: JsonObject, executionCount: number): JsonObject {
      output.publish(number, 'error', failure);
      if (stopOnError) abortQueue();
      return {
        status: 'error',
        ...failure,
        execution_count: executionCount,
        payload: [],
        user_expressions: {},
      };
    }
  };
}

function plainTextOf(result: Bundle | undefined): string | undefined {
  const text = result?.data['text/plain'];
  return typeof text === 'string' ? text : undefined;
}

function textsOf({ header }: Request, object: JsonObject): Record<string, string> {
  for (const [name, value] of Object.entries(object))
    if (typeof value !== 'string')
      throw new InvalidRequest(`user_expressions.${name} of ${header.msg_type} is not a text`);
  return object as Record<string, string>;
}
