import { InvalidArgument } from '../../src/index.ts';
import { isRecord, type JsonObject, type JsonValue } from '../shared/json.ts';
import { isModelReference, referenceText } from './model-reference.ts';

/** A state ready for a comm message: binary values are taken out, `bufferPaths[i]` says where `buffers[i]` belongs. */
export interface WireState {
  readonly state: JsonObject;
  readonly bufferPaths: readonly (readonly (string | number)[])[];
  readonly buffers: readonly Uint8Array[];
}

/**
 * Splits a state into JSON and buffers as the widget protocol wants it: typed arrays leave (their key is absent, or null
 * in a list), models become references, NaN and infinities null. Throws `InvalidArgument` for what JSON cannot carry.
 */
export function packState(state: object): WireState {
  const bufferPaths: (string | number)[][] = [];
  const buffers: Uint8Array[] = [];

  function pack(value: unknown, path: (string | number)[]): JsonValue | undefined {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (value === undefined) return undefined;
    if (isModelReference(value)) return referenceText(value);
    if (ArrayBuffer.isView(value)) {
      bufferPaths.push(path);
      buffers.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      return undefined;
    }
    if (Array.isArray(value)) return value.map((entry, i) => pack(entry, [...path, i]) ?? null);
    if (isRecord(value)) {
      // Without a prototype `__proto__` is a key like any other.
      const out: Record<string, JsonValue> = Object.create(null);
      for (const [key, entry] of Object.entries(value)) {
        const packed = pack(entry, [...path, key]);
        if (packed !== undefined) out[key] = packed;
      }
      return out;
    }
    throw new InvalidArgument(`a widget's state cannot hold ${typeof value} (at ${path.join('.')})`);
  }

  const packed = pack(state, []);
  return { state: isRecord(packed) ? (packed as JsonObject) : {}, bufferPaths, buffers };
}

function stepInto(holder: unknown, key: unknown): unknown {
  if (Array.isArray(holder) && typeof key === 'number') return holder[key];
  if (isRecord(holder) && typeof key === 'string' && Object.hasOwn(holder, key)) return holder[key];
  throw new InvalidArgument('a buffer path of a widget message leads nowhere');
}

/**
 * Puts the buffers of a browser's update back into a copy of its state. Throws `InvalidArgument` when a path does not
 * fit: paths come from outside and must not reach a prototype.
 */
export function unpackState(
  state: unknown,
  paths: unknown,
  buffers: readonly Uint8Array[],
): Record<string, unknown> {
  if (!isRecord(state)) throw new InvalidArgument('a widget update without a state');
  const copy = structuredClone(state);
  if (paths === undefined) return copy;
  if (!Array.isArray(paths) || paths.length > buffers.length)
    throw new InvalidArgument('a widget update whose buffer paths and buffers do not match');
  paths.forEach((path: unknown, i) => {
    if (!Array.isArray(path) || path.length === 0) throw new InvalidArgument('an empty buffer path');
    const last: unknown = path[path.length - 1];
    let holder: unknown = copy;
    for (const key of path.slice(0, -1)) holder = stepInto(holder, key);
    if (
      Array.isArray(holder) &&
      typeof last === 'number' &&
      Number.isInteger(last) &&
      last >= 0 &&
      last < holder.length
    )
      holder[last] = buffers[i];
    else if (isRecord(holder) && typeof last === 'string' && last !== '__proto__') holder[last] = buffers[i];
    else throw new InvalidArgument('a buffer path of a widget message leads nowhere');
  });
  return copy;
}
