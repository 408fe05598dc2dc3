import { Script } from 'node:vm';
import { DebugRefused, InvalidRequest } from '../errors.ts';
import type { Json, JsonObject } from '../messages.ts';
import { type Fields, fieldsOf, isObject } from '../validate.ts';
import { hooks, type SourceBreakpoint } from './break-conditions.ts';
import { cellThread, type Debuggee } from './debuggee.ts';
import {
  copyToGlobals,
  evaluateAt,
  globalVariables,
  type Place,
  richVariable,
  setGlobal,
} from './globals.ts';
import { asArgument, type Remote, typeName, valueText } from './remote-values.ts';
import { frameScopes, stackFrames } from './stopped.ts';
import { held } from './variables.ts';

type Command = (
  fields: Fields,
  given: JsonObject,
) => JsonObject | undefined | Promise<JsonObject | undefined>;

/** What an adapter needs: the cell process, and a way to interrupt it. */
export interface AdapterParts {
  readonly debuggee: Debuggee;
  readonly interrupt: () => void;
  readonly publish: (event: string, body: JsonObject) => void;
}

const whole = { least: 0, most: Number.MAX_SAFE_INTEGER };
const evaluateMs = 30_000;

/** What one source may ask for: the inspector counts lines in 32 bits, and is asked once for each breakpoint. */
const mostLines = 2 ** 31 - 1;
const mostBreakpoints = 1000;

/**
 * Answers requests of the Debug Adapter Protocol, with the additions of Jupyter (messaging, "Debug request"): gives the
 * `body` of the response. The functions throw `DebugRefused` where something cannot be done now.
 */
export function openAdapter({
  debuggee,
  interrupt,
  publish,
}: AdapterParts): (command: string, given: JsonObject) => Promise<JsonObject> {
  const { inspector, breakpoints, sources, variables } = debuggee;
  let started = false;

  const placeOf = (fields: Fields, name = 'frameId'): Place => {
    if (!fields.has(name)) return undefined;
    const id = fields.integer(name, whole);
    const found = debuggee.frames.find((frame) => frame.id === id);
    if (!found && debuggee.stopped)
      throw new DebugRefused(`There is no frame ${id} any more: the cell has gone on since`);
    return found?.frame;
  };

  const shown = (value: Remote): JsonObject => {
    const { name: _name, value: result, ...rest } = variables.variable('', value);
    return { ...rest, result, type: typeName(value) };
  };

  const evaluate = async (place: Place, expression: string): Promise<Remote> => {
    const text = parses(`{ ${expression}\n}`) ? expression : await withoutTypes(expression);
    const cut = parses(`(${text}\n)`) ? `${hooks}.cut(${text}\n)` : text;
    return evaluateAt(inspector, place, cut, debuggee.stopped ? {} : { repl: true, limitMs: evaluateMs });
  };

  const setVariable: Command = async (fields) => {
    const name = fields.text('name');
    const expression = fields.text('value');
    const holder = variables.holder(fields.integer('variablesReference', whole));
    if (holder.kind === 'globals') return setAnswer(await setGlobal(inspector, name, expression), shown);
    const place = holder.kind === 'scope' ? holder.frame : debuggee.frames[0]?.frame;
    const value = await evaluate(place, expression);
    if (holder.kind === 'scope')
      await inspector.request('Debugger.setVariableValue', {
        scopeNumber: holder.number,
        variableName: name,
        newValue: asArgument(value),
        callFrameId: holder.frame.callFrameId,
      });
    else await variables.setProperty(holder.object, name, value);
    return setAnswer(value, shown);
  };

  const listVariables: Command = async (fields) => {
    const holder = variables.holder(fields.integer('variablesReference', whole));
    const start = fields.integer('start', whole, 0);
    const count = fields.integer('count', whole, 0);
    const filter = fields.has('filter') ? { filter: fields.choice('filter', ['indexed', 'named']) } : {};
    if (holder.kind === 'object')
      return { variables: await variables.children(holder.object, { ...filter, start, count }) };
    const all = await (async (): Promise<readonly JsonObject[]> => {
      if (holder.kind === 'globals') return globalVariables(inspector, variables);
      if (holder.kind === 'range') return variables.range(holder.object, holder.start, holder.end);
      const result = await variables.scope(holder.object);
      return [...holder.more, ...result.map(({ name, value }) => variables.variable(name, value, name))];
    })();
    return { variables: all.slice(start, count > 0 ? start + count : undefined) };
  };

  const proceed =
    (method: string, body?: JsonObject): Command =>
    async () => {
      await debuggee.proceed(method);
      return body;
    };

  const detach = (): undefined => {
    started = false;
    debuggee.detach();
    return undefined;
  };

  const commands: Readonly<Record<string, Command>> = {
    debugInfo: () => ({
      isStarted: started,
      hashMethod: 'Murmur2',
      hashSeed: sources.names.seed,
      tmpFilePrefix: sources.names.prefix,
      tmpFileSuffix: sources.names.suffix,
      breakpoints: breakpoints.list(),
      stoppedThreads: debuggee.stopped ? [cellThread] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: true,
    }),
    initialize: () => {
      started = true;
      return capabilities;
    },
    attach: async () => {
      started = true;
      await debuggee.attach();
      publish('initialized', {});
      return undefined;
    },
    disconnect: detach,
    terminate: () => {
      interrupt();
      return detach();
    },
    configurationDone: () => undefined,
    dumpCell: (fields) => ({ sourcePath: sources.keep(fields.text('code')) }),
    setBreakpoints: async (fields, given) => {
      const path = pathIn(fields);
      return { breakpoints: await breakpoints.replace(path, wantedBreakpoints(given)) };
    },
    setExceptionBreakpoints: async (_fields, { filters = [] }) => {
      const wanted = Array.isArray(filters) ? filters : [];
      await debuggee.setExceptionMode(
        wanted.includes('all') ? 'all' : wanted.includes('uncaught') ? 'uncaught' : 'none',
      );
      return undefined;
    },
    exceptionInfo: () => {
      const { thrown } = debuggee;
      if (!thrown) throw new DebugRefused('No cell is stopped at an exception');
      return {
        exceptionId: thrown.name,
        description: thrown.text,
        breakMode: thrown.caught ? 'always' : 'unhandled',
      };
    },
    threads: () => ({ threads: [{ id: cellThread, name: 'Cells' }] }),
    stackTrace: async (fields) => {
      const all = debuggee.frames;
      const start = fields.integer('startFrame', whole, 0);
      const levels = fields.integer('levels', whole, 0);
      const some = all.slice(start, levels > 0 ? start + levels : undefined);
      return { stackFrames: await stackFrames(some, { inspector, sources }), totalFrames: all.length };
    },
    scopes: (fields) => {
      const place = placeOf(fields);
      if (!place) throw new DebugRefused('No cell is stopped');
      return { scopes: frameScopes(place, variables) };
    },
    variables: listVariables,
    setVariable,
    evaluate: async (fields) => shown(await evaluate(placeOf(fields), fields.text('expression'))),
    next: proceed('Debugger.stepOver'),
    stepIn: proceed('Debugger.stepInto'),
    stepOut: proceed('Debugger.stepOut'),
    continue: proceed('Debugger.resume', { allThreadsContinued: true }),
    pause: async () => {
      await debuggee.pause();
      return undefined;
    },
    source: async (fields) => ({
      content: await sources.textAt(pathIn(fields)),
      mimeType: 'application/typescript',
    }),
    inspectVariables: async () => {
      if (!debuggee.stopped) {
        variables.clear();
        await inspector.request('Runtime.releaseObjectGroup', { objectGroup: held });
      }
      return { variables: await globalVariables(inspector, variables) };
    },
    richInspectVariables: (fields) =>
      richVariable(inspector, placeOf(fields), fields.text('variableName'), debuggee.stopped),
    copyToGlobals: async (fields) => {
      const place = placeOf(fields, 'srcFrameId');
      if (!place) throw new DebugRefused('No cell is stopped, so there is nothing to copy from');
      await copyToGlobals(inspector, place, {
        from: fields.text('srcVariableName'),
        to: fields.text('dstVariableName'),
      });
      return undefined;
    },
    modules: (fields) => {
      const all = debuggee.files;
      const start = fields.integer('startModule', whole, 0);
      const count = fields.integer('moduleCount', whole, 0);
      const some = all.map((path, id) => ({ id, name: path.split(/[\\/]/).at(-1) ?? path, path }));
      return { modules: some.slice(start, count > 0 ? start + count : undefined), totalModules: all.length };
    },
  };

  return async (command, given) => {
    if (!Object.hasOwn(commands, command))
      throw new DebugRefused(`This debugger does not know the command '${command}'`);
    const fields = fieldsOf({ header: { msg_id: '', msg_type: command }, content: given });
    return (await commands[command]?.(fields, given)) ?? {};
  };
}

const capabilities: JsonObject = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsSetVariable: true,
  supportsExceptionInfoRequest: true,
  supportsTerminateRequest: true,
  supportsModulesRequest: true,
  supportsEvaluateForHovers: true,
  supportTerminateDebuggee: false,
  exceptionBreakpointFilters: [
    {
      filter: 'uncaught',
      label: 'Uncaught exceptions',
      description: 'Stops where an error is thrown that ends the cell',
    },
    { filter: 'all', label: 'All exceptions', description: 'Stops wherever an error is thrown' },
  ],
};

function setAnswer(value: Remote, shown: (value: Remote) => JsonObject): JsonObject {
  const { result: _result, ...rest } = shown(value);
  return { ...rest, value: valueText(value) };
}

function pathIn(fields: Fields): string {
  const { path } = fields.object('source', {});
  if (typeof path !== 'string' || path === '') throw new InvalidRequest("'source' has no path");
  return path;
}

function wantedBreakpoints({ breakpoints, lines }: JsonObject): SourceBreakpoint[] {
  const given: readonly Json[] = Array.isArray(breakpoints)
    ? breakpoints
    : Array.isArray(lines)
      ? lines.map((line: Json) => ({ line }))
      : [];
  if (given.length > mostBreakpoints)
    throw new InvalidRequest(
      `${given.length} breakpoints are more than the ${mostBreakpoints} of one source`,
    );
  return given.map((one) => {
    const { line, condition, hitCondition, logMessage } = isObject(one) ? one : {};
    if (typeof line !== 'number' || !Number.isInteger(line) || line < 1 || line > mostLines)
      throw new InvalidRequest(
        `A breakpoint is on line ${JSON.stringify(line)}, not on a whole number from 1 to ${mostLines}`,
      );
    const text = (value: Json | undefined) => (typeof value === 'string' && value !== '' ? value : undefined);
    return {
      line,
      condition: text(condition),
      hitCondition: text(hitCondition),
      logMessage: text(logMessage),
    };
  });
}

/** Whether a body of an asynchronous function is JavaScript; nothing runs. */
function parses(body: string): boolean {
  try {
    new Script(`async () => ${body}`);
    return true;
  } catch {
    return false;
  }
}

/** People write TypeScript in a debugger too; loaded only then, as the stripper takes 20 MiB. */
async function withoutTypes(expression: string): Promise<string> {
  try {
    const { stripTypes } = await import('../compiler/strip-types.ts');
    return stripTypes(expression);
  } catch {
    return expression;
  }
}
