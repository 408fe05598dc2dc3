import type { Debugger, Runtime } from 'node:inspector';
import { isMadeName } from '../compiler/made-names.ts';
import { DebugRefused } from '../errors.ts';
import type { JsonObject } from '../messages.ts';
import { isObject } from '../validate.ts';
import { hooks } from './break-conditions.ts';
import type { InspectorClient } from './inspector-client.ts';
import { type Remote, valueText } from './remote-values.ts';
import { held, type Variables } from './variables.ts';

const mostGlobals = 2000;
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** How long an expression may compute before it is terminated, and its answer may take beyond that. */
const expressionMs = 4000;
const answerMs = 1000;

/** Where an expression is evaluated: in a frame of the paused cell, or at the top level. */
export type Place = Debugger.CallFrame | undefined;

/** Evaluates JavaScript at a place. Throws `DebugRefused` with what it throws. */
export async function evaluateAt(
  inspector: InspectorClient,
  place: Place,
  expression: string,
  { repl: asks = false, limitMs = expressionMs }: { repl?: boolean; limitMs?: number } = {},
): Promise<Remote> {
  const parameters = { expression, generatePreview: true, silent: true, objectGroup: held, timeout: limitMs };
  // Only a thread that is not paused can finish what REPL mode promises.
  const repl = asks ? { replMode: true, awaitPromise: true } : {};
  const { result, exceptionDetails } = await (place
    ? inspector.request<Debugger.EvaluateOnCallFrameReturnType>(
        'Debugger.evaluateOnCallFrame',
        { ...parameters, callFrameId: place.callFrameId },
        limitMs + answerMs,
      )
    : inspector.request<Runtime.EvaluateReturnType>(
        'Runtime.evaluate',
        { ...parameters, ...repl, disableBreaks: true },
        limitMs + answerMs,
      ));
  if (exceptionDetails) throw new DebugRefused(valueText(exceptionDetails.exception ?? result));
  return result;
}

/** What cells declared at their top level, and globals that they made; no getter runs. */
export async function globalVariables(
  inspector: InspectorClient,
  variables: Variables,
): Promise<JsonObject[]> {
  const [lexical, made] = await Promise.all([
    inspector.request<Runtime.GlobalLexicalScopeNamesReturnType>('Runtime.globalLexicalScopeNames'),
    inspector.request<Runtime.EvaluateReturnType>('Runtime.evaluate', {
      expression: `${hooks}?.names() ?? []`,
      returnByValue: true,
      silent: true,
    }),
  ]);
  const globals = (Array.isArray(made.result.value) ? made.result.value : []) as string[];
  const declared = new Set(lexical.names);
  const names = [...declared, ...globals.filter((name) => !declared.has(name))]
    .filter((name) => identifier.test(name) && !isMadeName(name))
    .slice(0, mostGlobals);
  const look = (expression: string, generatePreview: boolean) =>
    inspector.request<Runtime.EvaluateReturnType>('Runtime.evaluate', {
      expression: `${hooks}.cut(${expression})`,
      ...(declared.has(expression) ? {} : { throwOnSideEffect: true }),
      generatePreview,
      silent: true,
      disableBreaks: true,
      objectGroup: held,
    });
  // Keys of maps come whole in previews, and may be too large.
  const values = await Promise.all(names.map((name) => look(name, true).catch(() => look(name, false))));
  return names.flatMap((name, at) => {
    const { result, exceptionDetails } = values[at] ?? {};
    return result && !exceptionDetails ? [variables.variable(name, result, name)] : [];
  });
}

/** The MIME bundle of a variable, as a cell that ends with its name shows it; an empty one where there is none. */
export async function richVariable(
  inspector: InspectorClient,
  place: Place,
  name: string,
  stopped: boolean,
): Promise<JsonObject> {
  if (!identifier.test(name)) return { data: {}, metadata: {} };
  const known = await evaluateAt(inspector, place, `typeof ${name}`).catch(() => undefined);
  if (known === undefined || known.value === 'undefined') return { data: {}, metadata: {} };
  const expression = `${stopped ? '' : 'await '}${hooks}.bundle(${name}, ${!stopped})`;
  const value = await evaluateAt(inspector, place, expression, stopped ? {} : { repl: true });
  const json = await inspector.request<Runtime.CallFunctionOnReturnType>('Runtime.callFunctionOn', {
    objectId: value.objectId,
    functionDeclaration: 'function () { return JSON.stringify(this); }',
    returnByValue: true,
    silent: true,
  });
  const { value: text } = json.result;
  if (typeof text !== 'string') throw new DebugRefused(`'${name}' cannot be shown: it is too large`);
  const bundle: unknown = JSON.parse(text);
  return isObject(bundle as JsonObject) ? (bundle as JsonObject) : { data: {}, metadata: {} };
}

/** Gives a name at the top level the value of a variable of a frame. */
export async function copyToGlobals(
  inspector: InspectorClient,
  place: Place,
  { from, to }: { from: string; to: string },
): Promise<void> {
  for (const name of [from, to])
    if (!identifier.test(name)) throw new DebugRefused(`'${name}' is no name of a variable`);
  await evaluateAt(inspector, place, `void (${hooks}.copied = ${from})`);
  // An assignment reaches what a cell declared, and else makes a global that a later cell may declare again.
  await evaluateAt(inspector, undefined, `${to} = ${hooks}.copied; ${hooks}.copied = undefined;`);
}

/** Assigns to a name at the top level. */
export async function setGlobal(
  inspector: InspectorClient,
  name: string,
  expression: string,
): Promise<Remote> {
  if (!identifier.test(name)) throw new DebugRefused(`'${name}' is no name of a variable`);
  return evaluateAt(inspector, undefined, `${name} = (${expression}\n)`);
}
