import { Session } from 'node:inspector';

/** How the evaluation of a script ended. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'thrown'; readonly error: unknown }
  /** Its execution was terminated by an interrupt. */
  | { readonly kind: 'terminated' };

/** Evaluates scripts in the global scope, as a REPL does, through the inspector of this very thread. */
export interface Evaluator {
  /**
   * Runs a script: top-level await, and names that a later script may declare again. The promise stays pending as
   * long as the script awaits something. `tellsErrors`: a debugger hears of errors as they are thrown.
   */
  run(script: string, options?: { readonly tellsErrors?: boolean }): Promise<Outcome>;
  /** Names of `let`, `const` and `class` at the top level of all scripts so far; they are no globals. */
  declaredNames(): string[];
  /** The value of a name at the top level, without running anything that could have an effect. */
  peek(name: string): unknown;
}

interface RemoteObject {
  readonly type: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly objectId?: string;
}

interface Evaluation {
  readonly result: RemoteObject;
  readonly exceptionDetails?: { readonly exception?: RemoteObject; readonly text: string };
}

/** What the inspector answers for a promise nobody holds any more. */
const collected = 'Promise was collected';

const takeName = 'furrow.take';

/**
 * Node's inspector session writes its messages with JSON.stringify: a `toJSON` of all objects would garble them, and no
 * cell would run any more. Removes it; gives what is to be said about it, when there was one.
 */
export function removeToJson(): string | undefined {
  if (!('toJSON' in Object.prototype) || !Reflect.deleteProperty(Object.prototype, 'toJSON'))
    return undefined;
  return 'Object.prototype.toJSON was removed: no cell could run with it. Give toJSON to classes of your own.\n';
}

/** Connects to the inspector of this thread. */
export function openEvaluator(): Evaluator {
  const session = new Session();
  session.connect();
  let taken: unknown;
  Object.defineProperty(globalThis, takeName, { value: (value: unknown) => void (taken = value) });

  const call = (method: string, parameters: object): Error | Evaluation => {
    let answer: Error | Evaluation = { result: { type: 'undefined' } };
    session.post(method, parameters, (error, result) => {
      answer = error ?? (result as Evaluation);
    });
    return answer;
  };

  /** The inspector describes values; this hands over the value itself. */
  const take = (remote: RemoteObject): unknown => {
    if (remote.objectId === undefined) return primitive(remote);
    call('Runtime.callFunctionOn', {
      objectId: remote.objectId,
      functionDeclaration: `function (value) { globalThis['${takeName}'](value); }`,
      arguments: [{ objectId: remote.objectId }],
      silent: true,
    });
    call('Runtime.releaseObject', { objectId: remote.objectId });
    const value = taken;
    taken = undefined;
    return value;
  };

  const outcome = (answer: Evaluation): Outcome => {
    const { result, exceptionDetails } = answer;
    if (!exceptionDetails) return { kind: 'value', value: take(result) };
    return {
      kind: 'thrown',
      error: exceptionDetails.exception ? take(exceptionDetails.exception) : undefined,
    };
  };

  return {
    run(script, { tellsErrors = false } = {}) {
      return new Promise((resolve) => {
        const parameters = { expression: script, replMode: true, awaitPromise: true, silent: !tellsErrors };
        session.post('Runtime.evaluate', parameters, (error: unknown, result: unknown) => {
          if (!error) return resolve(outcome(result as Evaluation));
          const { message, data } = error as { message?: string; data?: string };
          // Nobody can settle it any more: it waits until an interrupt, as it would if memory had not been cleared.
          if (`${message} ${data}`.includes(collected)) return;
          resolve({ kind: 'terminated' });
        });
      });
    },
    declaredNames() {
      let names: string[] = [];
      session.post('Runtime.globalLexicalScopeNames', {}, (_error, result) => {
        names = (result as { names?: string[] } | undefined)?.names ?? [];
      });
      return names;
    },
    peek(name) {
      // Not in REPL mode, which answers a microtask later.
      const answer = call('Runtime.evaluate', { expression: name, throwOnSideEffect: true, silent: true });
      if (answer instanceof Error || answer.exceptionDetails) return undefined;
      return take(answer.result);
    },
  };
}

function primitive({ type, value, unserializableValue }: RemoteObject): unknown {
  if (unserializableValue === undefined) return type === 'undefined' ? undefined : value;
  if (type === 'bigint') return BigInt(unserializableValue.slice(0, -1));
  return unserializableValue === '-0' ? -0 : Number(unserializableValue);
}
