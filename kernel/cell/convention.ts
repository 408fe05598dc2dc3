import { types } from 'node:util';
import { InvalidArgument } from '../errors.ts';
import type { JsonObject } from '../messages.ts';
import { jsonCopy } from './json-copy.ts';
import { asEach, vegaLiteType, vegaTypes } from './specification.ts';
import { isPlainObject, stillValue } from './still-value.ts';
import { tableOf } from './table.ts';

/**
 * The form that objects of well-known libraries give themselves, found by their methods as Deno's kernel finds it:
 * `toDataURL()` of canvases, `toSpec()` of vega-lite-api, `toHTML()` and data frames' `head`, `schema`, `toRecords()`,
 * `outerHTML` of elements. Undefined for other objects, and where the method throws or gives something else.
 */
export function conventionalForm(value: object): JsonObject | undefined {
  if (types.isProxy(value) || isPlainObject(value) || Array.isArray(value)) return undefined;
  for (const form of [canvas, vega, frame, html, element]) {
    try {
      const data = form(value);
      if (data !== undefined) return data;
    } catch {
      // Then it is no such object, or has nothing to show: its text is what is left.
    }
  }
  return undefined;
}

function canvas(value: object): JsonObject | undefined {
  const found = /^data:(image\/(?:png|jpeg|webp));base64,([A-Za-z0-9+/=]+)$/.exec(
    String(called(value, 'toDataURL') ?? ''),
  );
  return found?.[1] === undefined ? undefined : { [found[1]]: found[2] };
}

function vega(value: object): JsonObject | undefined {
  const spec = called(value, 'toSpec');
  if (!isPlainObject(spec)) return undefined;
  // vega-lite-api leaves the schema out.
  return asEach(vegaTypes(spec) ?? [vegaLiteType], jsonCopy(spec));
}

const frameRows = 60;

function frame(value: object): JsonObject | undefined {
  const isFrame = ['head', 'toRecords'].every((name) => typeof stillValue(value, name) === 'function');
  if (!isFrame || !('schema' in value)) return undefined;
  const head = called(value, 'head', frameRows);
  const records = typeof head === 'object' && head !== null ? called(head, 'toRecords') : undefined;
  const table = tableOf(records);
  return table === undefined ? undefined : { 'text/html': table };
}

function html(value: object): JsonObject | undefined {
  const text = called(value, 'toHTML');
  return typeof text === 'string' ? { 'text/html': text } : undefined;
}

function element(value: object): JsonObject | undefined {
  if (!('outerHTML' in value) || typeof value.outerHTML !== 'string') return undefined;
  const text = value.outerHTML;
  return text.startsWith('<svg') ? { 'image/svg+xml': text } : { 'text/html': text };
}

function called(value: object, name: string, ...given: unknown[]): unknown {
  const method = stillValue(value, name);
  if (typeof method !== 'function') return undefined;
  const result: unknown = Reflect.apply(method, value, given);
  if (types.isPromise(result)) {
    result.catch(() => undefined);
    throw new InvalidArgument(`${name}() gives a promise`);
  }
  return result;
}
