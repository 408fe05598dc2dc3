import { types } from 'node:util';

/** The data property of that name, own or inherited: no getter runs, no proxy is asked. */
export function stillValue(object: object, name: PropertyKey): unknown {
  for (let at: object | null = object; at !== null && !types.isProxy(at); at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor) return 'value' in descriptor ? (descriptor.value as unknown) : undefined;
  }
  return undefined;
}

/** An object as a literal makes one: no class, no proxy. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // One of another realm (`vm`, a worker's message) has its own Object.prototype.
  return (
    !types.isProxy(prototype) &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype as object, 'hasOwnProperty')
  );
}

/** `Array.isArray`, which throws for a revoked proxy; a proxy is no list here. */
export function isList(value: unknown): value is unknown[] {
  return !types.isProxy(value) && Array.isArray(value);
}
