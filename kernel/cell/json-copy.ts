import { types } from 'node:util';
import { InvalidArgument } from '../errors.ts';
import type { Json } from '../messages.ts';

/** Values that one copy may hold: about 100 MB of JSON at most. */
const mostValues = 5_000_000;
const deepest = 200;

/**
 * A value as JSON that can be sent: typed arrays and sets become arrays, maps and class instances objects of their own
 * values, dates ISO texts, big integers numbers, NaN and infinities null; functions and symbols are left out. No getter
 * runs. Throws `InvalidArgument` for circles, for what is deeper than 200 levels, and for more than `most` values.
 */
export function jsonCopy(value: unknown, most: number = mostValues): Json {
  let left = most;
  const copy = (part: unknown, depth: number): Json | undefined => {
    left -= 1;
    if (left < 0) throw new InvalidArgument(`More than ${most} values are too many to be shown as JSON`);
    if (typeof part === 'number') return Number.isFinite(part) ? part : null;
    if (typeof part === 'bigint') return Number(part);
    if (part === null || typeof part === 'string' || typeof part === 'boolean') return part;
    if (typeof part !== 'object') return undefined;
    if (depth > deepest)
      throw new InvalidArgument(`Deeper than ${deepest} levels, or a circle: it cannot be shown as JSON`);
    if (types.isProxy(part)) throw new InvalidArgument('A proxy cannot be shown as JSON');
    const list = listOf(part);
    if (list) {
      if (list.length > left) left = 0;
      return Array.from(list, (one) => copy(one, depth + 1) ?? null);
    }
    if (types.isDate(part)) return Number.isNaN(part.getTime()) ? null : part.toISOString();
    if (part instanceof URL) return part.href;
    if (types.isBoxedPrimitive(part)) return copy(part.valueOf(), depth + 1);
    const object: Record<string, Json> = {};
    for (const [name, one] of entriesOf(part)) {
      const copied = copy(one, depth + 1);
      if (copied !== undefined) setOwn(object, name, copied);
    }
    return object;
  };
  return copy(value, 0) ?? null;
}

function listOf(value: object): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  if (types.isSet(value)) return [...Set.prototype.values.call(value)];
  return types.isTypedArray(value) ? value : undefined;
}

function* entriesOf(value: object): Iterable<readonly [string, unknown]> {
  if (types.isMap(value)) {
    for (const [name, one] of Map.prototype.entries.call(value)) yield [String(name), one];
    return;
  }
  for (const name of Object.keys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, name);
    if (descriptor && 'value' in descriptor) yield [name, descriptor.value];
  }
}

/** Also for a name such as `__proto__`. */
function setOwn(object: Record<string, Json>, name: string, value: Json): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}
