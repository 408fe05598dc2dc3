import { inspect, types } from 'node:util';
import { isMadeName } from '../compiler/made-names.ts';
import type { Evaluator } from './evaluate.ts';
import type { Member } from './protocol.ts';
import { stillValue } from './still-value.ts';

const mostMembers = 2000;

/**
 * The names that live values have, without any effect on them: no getter runs, no proxy is asked, no call is made.
 * An empty path means the global scope: globals and what cells declared, as far as they begin with `prefix`.
 */
export function membersAt(path: readonly string[], prefix: string, evaluator: Evaluator): Member[] {
  if (path.length === 0) {
    const fits = (text: string): boolean => text.startsWith(prefix) && !isMadeName(text);
    const declared = evaluator
      .declaredNames()
      .filter(fits)
      .map((text) => ({ text, type: typeOf(evaluator.peek(text)) }));
    return [...declared, ...namesOf(globalThis).filter(({ text }) => fits(text))];
  }
  const value = valueAt(path, evaluator);
  return value === undefined || value === null ? [] : namesOf(Object(value) as object);
}

/** A short description of the value at a path, undefined where there is none. */
export function describeAt(path: readonly string[], evaluator: Evaluator): string | undefined {
  const value = valueAt(path, evaluator);
  if (value === undefined) return undefined;
  if (typeof value === 'function') {
    const source = Function.prototype.toString.call(value);
    return source.includes('[native code]') ? `[Function: ${value.name}]` : source.slice(0, 2000);
  }
  return inspect(value, {
    colors: false,
    depth: 1,
    maxArrayLength: 10,
    maxStringLength: 500,
    getters: false,
  });
}

function valueAt([root, ...rest]: readonly string[], evaluator: Evaluator): unknown {
  if (root === undefined) return undefined;
  let value = evaluator.declaredNames().includes(root) ? evaluator.peek(root) : globalValue(root);
  for (const name of rest) {
    if (value === undefined || value === null) return undefined;
    value = stillValue(Object(value) as object, name);
  }
  return value;
}

/** Node's `process` is behind a getter, one without an effect. */
function globalValue(name: string): unknown {
  return stillValue(globalThis, name) ?? (name === 'process' ? process : undefined);
}

function namesOf(object: object): Member[] {
  const members = new Map<string, Member>();
  for (let at: object | null = object; at !== null && !types.isProxy(at); at = Object.getPrototypeOf(at)) {
    if (ArrayBuffer.isView(at) || (Array.isArray(at) && at.length > mostMembers)) continue; // its indices
    for (const text of Object.getOwnPropertyNames(at)) {
      if (members.has(text) || /^\d/.test(text)) continue;
      const descriptor = Object.getOwnPropertyDescriptor(at, text);
      members.set(text, { text, type: descriptor?.get ? 'property' : typeOf(descriptor?.value) });
      if (members.size >= mostMembers) return [...members.values()];
    }
  }
  return [...members.values()];
}

function typeOf(value: unknown): Member['type'] {
  if (typeof value === 'function') return /^[A-Z]/.test(value.name) ? 'class' : 'function';
  return typeof value === 'object' && value !== null ? 'instance' : 'property';
}
