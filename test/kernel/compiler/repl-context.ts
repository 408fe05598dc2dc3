import assert from 'node:assert/strict';
import { type InspectorNotification, type Runtime, Session } from 'node:inspector';
import { createContext } from 'node:vm';
import { transformCell } from '../../../kernel/compiler/transform.ts';

/** What one cell came to: a value passed by structure, or the first line and the line number of what it threw. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/**
 * A global scope of its own in which cells run as the cell process runs them: `Runtime.evaluate` with `replMode`.
 * `import` gives `{ default: 'default of X', name: 'name of X' }`-like modules from `modules`.
 */
export function openRepl(modules: Record<string, object> = {}) {
  const session = new Session();
  session.connect();
  let contextId: number | undefined;
  const named = `cells-${Math.random()}`;
  const note = ({ params }: InspectorNotification<Runtime.ExecutionContextCreatedEventDataType>) => {
    if (params.context.name === named) contextId = params.context.id;
  };
  session.on('Runtime.executionContextCreated', note);
  session.post('Runtime.enable');
  const imported: [string, unknown][] = [];
  const used: [unknown, unknown][] = [];
  const scope: Record<PropertyKey, unknown> = {
    'furrow.using': (value: unknown, kind: unknown) => {
      used.push([value, kind]);
      return value;
    },
    require: (name: string) => modules[name],
    'furrow.import': Object.assign(
      async (specifier: string, options?: unknown) => {
        imported.push([specifier, options]);
        return modules[specifier] ?? {};
      },
      { meta: { url: 'file:///notebook' } },
    ),
    setTimeout,
  };
  createContext(scope, { name: named });
  let cell = 0;

  async function evaluate(code: string): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Runtime.EvaluateReturnType | undefined>();
    const parameters = { expression: code, replMode: true, awaitPromise: true, returnByValue: true };
    session.post(
      'Runtime.evaluate',
      contextId === undefined ? parameters : { ...parameters, contextId },
      (error, result) => (error ? reject(error) : resolve(result as Runtime.EvaluateReturnType | undefined)),
    );
    const answer = await promise;
    assert.ok(answer);
    const { result, exceptionDetails } = answer;
    if (!exceptionDetails) return { value: result.value };
    const text = exceptionDetails.exception?.description ?? exceptionDetails.text;
    const frame = /cell-\d+\.ts:(\d+):(\d+)/.exec(text);
    return { error: text.split('\n')[0], line: Number(frame?.[1]), column: Number(frame?.[2]) };
  }
  return {
    imported,
    /** What was declared with `using`, and with which keyword. */
    used,
    scope,
    evaluate,
    run: async (source: string): Promise<Outcome> => evaluate(transformCell(source, { cell: ++cell }).code),
    [Symbol.dispose]: () => session.disconnect(),
  };
}
