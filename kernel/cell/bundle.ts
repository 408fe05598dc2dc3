import { inspect, types } from 'node:util';
import { InvalidArgument } from '../errors.ts';
import type { Bundle, JsonObject } from '../messages.ts';
import { tableOf } from './table.ts';

/** An object with a method of this name says itself how it is shown (the convention of Deno's kernel). */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display') as never;

/** `text/plain` of a value, without terminal colours. */
export function plainText(value: unknown): string {
  return inspect(value, {
    colors: false,
    depth: 4,
    maxArrayLength: 100,
    maxStringLength: 10_000,
    breakLength: 100,
  });
}

/**
 * The MIME bundle of any value: its own (`Symbol.for('Jupyter.display')`), an image for bytes that are one, an HTML
 * table beside the text for arrays of objects, typed arrays and maps of them, else text. Throws what the value throws.
 */
export function bundleOf(value: unknown): Bundle | Promise<Bundle> {
  const own = ownDisplay(value);
  if (own) {
    const shown: unknown = own.call(value);
    return types.isPromise(shown)
      ? shown.then((bundle) => checkedBundle(bundle, value))
      : checkedBundle(shown, value);
  }
  if (value instanceof Uint8Array) {
    const type = imageType(value);
    if (type)
      return bundle({
        [type]: Buffer.from(value).toString('base64'),
        'text/plain': `[${type}, ${value.length} bytes]`,
      });
  }
  const html = tableOf(value);
  return bundle(
    html === undefined
      ? { 'text/plain': plainText(value) }
      : { 'text/html': html, 'text/plain': plainText(value) },
  );
}

/** A bundle of this data. */
export function bundle(data: JsonObject, metadata: JsonObject = {}): Bundle {
  return { data, metadata };
}

/** Type of an image by its first bytes, where front ends can show it. */
export function imageType(bytes: Uint8Array): string | undefined {
  const starts = (...head: number[]) => head.every((byte, at) => bytes[at] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (starts(0x47, 0x49, 0x46, 0x38)) return 'image/gif';
  return undefined;
}

function ownDisplay(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || types.isProxy(value))
    return undefined;
  const method = (value as Record<symbol, unknown>)[displaySymbol];
  return typeof method === 'function' ? (method as () => unknown) : undefined;
}

/** A MIME bundle as users return one: `{ 'text/html': ... }`, with text added where they gave none. */
export function checkedBundle(shown: unknown, value: unknown): Bundle {
  if (typeof shown !== 'object' || shown === null || Array.isArray(shown))
    throw new InvalidArgument(
      `A MIME bundle is an object such as { 'text/html': '<b>1</b>' }, not ${plainText(shown)}`,
    );
  const data: Record<string, JsonObject[string]> = {};
  for (const [type, part] of Object.entries(shown)) {
    if (!type.includes('/')) throw new InvalidArgument(`'${type}' in a MIME bundle is no MIME type`);
    data[type] = part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part;
  }
  const given = Object.keys(data).length > 0;
  if (given && data['text/plain'] === undefined && value !== undefined) data['text/plain'] = shortName(value);
  return bundle(data);
}

function shortName(value: unknown): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `[${name}]` : plainText(value);
}
