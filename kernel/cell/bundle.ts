import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { InvalidArgument } from '../errors.ts';
import type { Bundle, Json, JsonObject } from '../messages.ts';
import { conventionalForm } from './convention.ts';
import { errorText, isError } from './failure.ts';
import { imageHeader } from './image.ts';
import { jsonCopy } from './json-copy.ts';
import { plainText, shortText } from './plain-text.ts';
import { specificationOf } from './specification.ts';
import { isList, isPlainObject, stillValue } from './still-value.ts';
import { tableOf } from './table.ts';

/** An object with a method of this name says itself how it is shown (the convention of Deno's kernel). */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display') as never;

/**
 * The MIME bundle of any value: its own (`Symbol.for('Jupyter.display')`), an image for bytes that are one, the form
 * that objects of known libraries give themselves, charts and GeoJSON as what they are, an HTML table beside the text
 * for lists of records and numbers, else text. Throws what the value's own method throws, and nothing otherwise.
 */
export function bundleOf(value: unknown): Bundle | Promise<Bundle> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return bundle({ 'text/plain': plainText(value) });
  if (types.isProxy(value)) return proxyBundle(value) ?? bundle({ 'text/plain': plainText(value) });
  const own = (value as Record<symbol, unknown>)[displaySymbol];
  if (typeof own === 'function') {
    const shown: unknown = Reflect.apply(own, value, []);
    return types.isPromise(shown)
      ? shown.then((given) => checkedBundle(given, value))
      : checkedBundle(shown, value);
  }
  if (isError(value)) return bundle({ 'text/plain': errorText(value) });
  if (value instanceof Blob) return blobBundle(value);
  // A buffer that was handed to a worker has no bytes, and cannot be looked into.
  const bytes = types.isAnyArrayBuffer(value) && value.byteLength > 0 ? new Uint8Array(value) : value;
  return (bytes instanceof Uint8Array ? imageBundle(bytes) : undefined) ?? richBundle(value);
}

function richBundle(value: object): Bundle {
  const form = specificationOf(value) ?? conventionalForm(value);
  if (form) return bundle({ ...form, 'text/plain': plainText(value) });
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

/** An encoded image with its size, so that the page does not jump when it is there; undefined for other bytes. */
export function imageBundle(bytes: Uint8Array): Bundle | undefined {
  const header = imageHeader(bytes);
  if (!header) return undefined;
  const { type, width, height } = header;
  const size = width === undefined ? '' : `${width} × ${height} pixels, `;
  const data = {
    [type]: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    'text/plain': `[${type}, ${size}${bytes.length} bytes]`,
  };
  return bundle(data, width === undefined ? {} : { [type]: { width, height } });
}

const headBytes = 16;

async function blobBundle(blob: Blob): Promise<Bundle> {
  const head = new Uint8Array(await blob.slice(0, headBytes).arrayBuffer());
  const whole = imageHeader(head) ? new Uint8Array(await blob.arrayBuffer()) : undefined;
  return (whole && imageBundle(whole)) ?? richBundle(blob);
}

/** Data frames of nodejs-polars are proxies that show themselves; many other proxies answer to every name. */
function proxyBundle(value: object): Bundle | undefined {
  try {
    const own = (value as Record<symbol, unknown>)[displaySymbol];
    const shown: unknown = typeof own === 'function' ? Reflect.apply(own, value, []) : undefined;
    return isBundle(shown) ? checkedBundle(shown, value) : undefined;
  } catch {
    return undefined;
  }
}

/** A plain object whose every name is a MIME type. */
export function isBundle(value: unknown): value is Record<string, unknown> {
  if (!isPlainObject(value)) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => /^[a-z]+\/[\w.+-]+$/.test(name));
}

/** A MIME bundle as users return one: `{ 'text/html': ... }`, with text added where they gave none. */
export function checkedBundle(shown: unknown, value: unknown): Bundle {
  if (typeof shown !== 'object' || shown === null || isList(shown))
    throw new InvalidArgument(
      `A MIME bundle is an object such as { 'text/html': '<b>1</b>' }, not ${shortText(shown)}`,
    );
  const data: Record<string, Json | undefined> = {};
  for (const [type, part] of Object.entries(shown)) {
    if (!type.includes('/')) throw new InvalidArgument(`'${type}' in a MIME bundle is no MIME type`);
    if (part !== undefined) data[type] = partOf(part);
  }
  const given = Object.keys(data).length > 0;
  if (given && data['text/plain'] === undefined && value !== undefined) data['text/plain'] = shortName(value);
  return bundle(data);
}

function partOf(part: unknown): Json {
  if (typeof part === 'string') return part;
  if (part instanceof Uint8Array) return Buffer.from(part).toString('base64');
  if (types.isAnyArrayBuffer(part)) return Buffer.from(part).toString('base64');
  return jsonCopy(part);
}

function shortName(value: unknown): string {
  const { name } = (stillValue(Object(value) as object, 'constructor') ?? {}) as { name?: unknown };
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `[${name}]` : plainText(value);
}
