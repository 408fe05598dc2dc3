import type { Debugger, Runtime } from 'node:inspector';
import { basename } from 'node:path';
import type { JsonObject } from '../messages.ts';
import { hooks } from './break-conditions.ts';
import type { InspectorClient } from './inspector-client.ts';
import { type Sources, scriptTitle } from './sources.ts';
import type { Variables } from './variables.ts';

/** One frame of the paused cell, with the number that front ends know it by. */
export interface StoppedFrame {
  readonly id: number;
  readonly frame: Debugger.CallFrame;
}

/** Frames as the Debug Adapter Protocol has them; columns are those of the source. */
export async function stackFrames(
  frames: readonly StoppedFrame[],
  { inspector, sources }: { inspector: InspectorClient; sources: Sources },
): Promise<JsonObject[]> {
  const places = frames.map(({ frame: { url, location } }) => [
    url.replace(/\.ts$/, ''),
    location.lineNumber + 1,
    (location.columnNumber ?? 0) + 1,
  ]);
  const expression = `${hooks}.columns(${JSON.stringify(places)})`;
  const { result } = await inspector.request<Runtime.EvaluateReturnType>('Runtime.evaluate', {
    expression,
    returnByValue: true,
    silent: true,
  });
  const columns = (Array.isArray(result.value) ? result.value : []) as number[];
  return frames.map(({ id, frame }, at) => {
    const { url, location, functionName } = frame;
    const path = sources.pathOfScript(url) ?? url;
    const title = scriptTitle(url);
    const name = functionName.replaceAll('\u200c', '') || (isTop(frame) ? title : '(anonymous)');
    const library = path.includes('/node_modules/');
    return {
      id,
      name,
      source: {
        name: sources.isCell(path) ? title : basename(path),
        path,
        ...(library ? { presentationHint: 'deemphasize' } : {}),
      },
      line: location.lineNumber + 1,
      column: columns[at] ?? (location.columnNumber ?? 0) + 1,
    };
  });
}

/** What the names of a frame's scopes hold, innermost first; globals are the last. */
export function frameScopes(frame: Debugger.CallFrame, variables: Variables): JsonObject[] {
  const scopes: JsonObject[] = [];
  for (const [number, { type, object, name }] of frame.scopeChain.entries()) {
    if (type === 'script' || type === 'global') continue;
    const more: JsonObject[] = [];
    if (type === 'local' && frame.this.type === 'object' && frame.this.className !== 'global')
      more.push(variables.variable('this', frame.this));
    if (type === 'local' && frame.returnValue) more.push(variables.variable('(returned)', frame.returnValue));
    const variablesReference = variables.refer({ kind: 'scope', object, frame, number, more });
    const title =
      type === 'closure' && name ? `Closure (${name})` : `${type[0]?.toUpperCase()}${type.slice(1)}`;
    scopes.push({
      name: title,
      variablesReference,
      expensive: false,
      ...(type === 'local' ? { presentationHint: 'locals' } : {}),
    });
  }
  const variablesReference = variables.refer({ kind: 'globals' });
  return [...scopes, { name: 'Globals', variablesReference, expensive: false, presentationHint: 'globals' }];
}

/** The top level of a cell or module is no function of anybody. */
function isTop({ scopeChain }: Debugger.CallFrame): boolean {
  return scopeChain.every(({ type }) => type !== 'local' && type !== 'closure');
}
