import type { Debugger, Runtime } from 'node:inspector';
import { DebugRefused } from '../errors.ts';
import type { JsonObject } from '../messages.ts';
import { hooks } from './break-conditions.ts';
import type { InspectorClient } from './inspector-client.ts';
import { asArgument, indexedCount, type Remote, valueText } from './remote-values.ts';

/** Remote values that front ends may ask about are held under this name in the cell process. */
export const held = 'furrow';

/** Something with children. */
export type Holder =
  | { readonly kind: 'object'; readonly object: Remote }
  /** A part of a long array, map or set. */
  | { readonly kind: 'range'; readonly object: Remote; readonly start: number; readonly end: number }
  | {
      readonly kind: 'scope';
      readonly object: Remote;
      readonly frame: Debugger.CallFrame;
      readonly number: number;
      /** What the scope shows besides its names: `this`, the value that is being returned. */
      readonly more: readonly JsonObject[];
    }
  | { readonly kind: 'globals' };

/** The types of Node lack what classes keep to themselves. */
type Properties = Runtime.GetPropertiesReturnType & {
  readonly privateProperties?: readonly { readonly name: string; readonly value?: Remote }[] | undefined;
};

/** Longer lists are shown in parts of this many, so that none of them fills the page or the memory of a front end. */
const pageLength = 1000;
const mostProperties = 1000;

/** Numbers for things with children, as front ends ask for them. Cleared when the cell goes on. */
export class Variables {
  readonly #inspector: InspectorClient;
  readonly #holders = new Map<number, Holder>();
  #count = 0;

  constructor(inspector: InspectorClient) {
    this.#inspector = inspector;
  }

  /** A reference for something with children. */
  refer(holder: Holder): number {
    this.#count += 1;
    this.#holders.set(this.#count, holder);
    return this.#count;
  }

  /** What a reference stands for. Throws `DebugRefused` for one that is no longer valid. */
  holder(reference: number): Holder {
    const found = this.#holders.get(reference);
    if (!found)
      throw new DebugRefused(`There is no variable ${reference} any more: the cell has gone on since`);
    return found;
  }

  clear(): void {
    this.#holders.clear();
  }

  /**
   * A value as a variable of the Debug Adapter Protocol. Without the optional `type`: where there is one (but for some of
   * Python's) JupyterLab's tree shows it in place of the value.
   */
  variable(name: string, value: Remote | undefined, evaluateName?: string): JsonObject {
    if (!value) return { name, value: '(not initialised yet)', variablesReference: 0 };
    const indexed = indexedCount(value);
    return {
      name,
      value: valueText(value),
      variablesReference: value.objectId === undefined ? 0 : this.refer({ kind: 'object', object: value }),
      ...(indexed > 0 ? { indexedVariables: indexed } : {}),
      ...(evaluateName === undefined ? {} : { evaluateName }),
    };
  }

  /** Children of an object: `filter`, `start` and `count` as in the protocol. */
  async children(
    object: Remote,
    page: { filter?: string; start: number; count: number },
  ): Promise<JsonObject[]> {
    const length = indexedCount(object);
    const indexed = page.filter === 'named' ? [] : await this.#indexed(object, length, page);
    const named = page.filter === 'indexed' ? [] : await this.#named(object, length > 0);
    return [...indexed, ...named];
  }

  /** A part of an array, map or set; in parts again when it is long. */
  async range(object: Remote, start: number, end: number): Promise<JsonObject[]> {
    if (end - start > pageLength) return this.#parts(object, start, end);
    const pairs = object.subtype === 'map';
    const values = await this.#call(object, takePart, [{ value: start }, { value: end }]);
    const { result } = await this.properties(values);
    const items = result.filter(({ name }) => /^\d+$/.test(name));
    if (!pairs) return items.map(({ name, value }) => this.variable(String(start + Number(name)), value));
    return items.flatMap(({ name, value }, at) => {
      const entry = items[at + 1];
      return Number(name) % 2 === 0 && value ? [this.variable(valueText(value), entry?.value)] : [];
    });
  }

  /** The names of a scope. */
  async scope(
    object: Remote,
  ): Promise<readonly { readonly name: string; readonly value?: Remote | undefined }[]> {
    const few = await this.#call(object, namedPart, [{ value: false }, { value: mostProperties }]);
    return (await this.properties(few)).result;
  }

  /** Own properties of an object, with short previews of what they hold. */
  properties(object: Remote): Promise<Properties> {
    const { objectId } = object;
    return this.#inspector.request('Runtime.getProperties', {
      objectId,
      ownProperties: true,
      generatePreview: true,
    });
  }

  /** Sets a property of an object. */
  async setProperty(object: Remote, name: string, value: Remote): Promise<void> {
    if (/^(map|set)$/.test(object.subtype ?? ''))
      throw new DebugRefused(`Entries of a ${object.className} cannot be set here`);
    await this.#call(object, 'function (name, value) { this[name] = value; }', [
      { value: name },
      asArgument(value),
    ]);
  }

  async #indexed(
    object: Remote,
    length: number,
    { start, count }: { start: number; count: number },
  ): Promise<JsonObject[]> {
    if (length === 0) return [];
    const end = count > 0 ? Math.min(length, start + count) : length;
    return this.range(object, Math.min(start, end), end);
  }

  #parts(object: Remote, start: number, end: number): JsonObject[] {
    let size = pageLength;
    while ((end - start) / size > pageLength) size *= pageLength;
    const parts: JsonObject[] = [];
    for (let from = start; from < end; from += size) {
      const to = Math.min(end, from + size);
      const variablesReference = this.refer({ kind: 'range', object, start: from, end: to });
      const value = `${to - from} elements`;
      parts.push({
        name: `[${from} … ${to - 1}]`,
        value,
        variablesReference,
        indexedVariables: to - from,
      });
    }
    return parts;
  }

  async #named(object: Remote, isList: boolean): Promise<JsonObject[]> {
    const proxy = object.subtype === 'proxy';
    const isFunction = object.type === 'function';
    const few = proxy
      ? object
      : await this.#call(object, namedPart, [{ value: isList }, { value: mostProperties }]);
    const { result, internalProperties = [], privateProperties = [] } = await this.properties(few);
    const internals =
      proxy || object.subtype === 'promise'
        ? (await this.properties(object)).internalProperties
        : internalProperties;
    return [
      ...result
        .filter(
          ({ name, isOwn }) =>
            isOwn !== false && name !== '__proto__' && !(isFunction && /^(arguments|caller)$/.test(name)),
        )
        .map(({ name, value, get }) =>
          value || !get ? this.variable(name, value) : { name, value: '(getter)', variablesReference: 0 },
        ),
      ...privateProperties.map(({ name, value }) => this.variable(name, value)),
      ...(internals ?? [])
        .filter(({ name }) => /^\[\[(PromiseState|PromiseResult|Target|Handler)\]\]$/.test(name))
        .map(({ name, value }) => this.variable(name, value)),
    ];
  }

  async #call(object: Remote, functionDeclaration: string, values: Runtime.CallArgument[]): Promise<Remote> {
    const { result, exceptionDetails } = await this.#inspector.request<Runtime.CallFunctionOnReturnType>(
      'Runtime.callFunctionOn',
      { objectId: object.objectId, functionDeclaration, arguments: values, silent: true, objectGroup: held },
    );
    if (exceptionDetails) throw new DebugRefused(valueText(exceptionDetails.exception ?? result));
    return result;
  }
}

/** Runs in the cell process: elements as an array; keys and values of a map in turn. */
const takePart = `function (start, end) {
  const { cut } = ${hooks};
  if (!(this instanceof Map || this instanceof Set)) {
    const part = Array.prototype.slice.call(this, start, end);
    for (const at of part.keys()) if (typeof part[at] === 'string') part[at] = cut(part[at]);
    return part;
  }
  const part = [];
  let at = 0;
  for (const item of this instanceof Map ? Map.prototype.entries.call(this) : Set.prototype.values.call(this)) {
    if (at >= end) break;
    if (at++ >= start) this instanceof Map ? part.push(cut(item[0]), cut(item[1])) : part.push(cut(item));
  }
  return part;
}`;

/** Runs in the cell process: the object itself, or a copy of the first of its properties without its elements. */
const namedPart = `function (isList, most) {
  if (!isList && ArrayBuffer.isView(this)) isList = true;
  const names = isList && ArrayBuffer.isView(this) ? [] : Reflect.ownKeys(this);
  const wanted = isList ? names.filter((name) => typeof name === 'symbol' || !/^(\\d+|length)$/.test(name)) : names;
  const { cut } = ${hooks};
  const own = (name) => {
    try {
      return Object.getOwnPropertyDescriptor(this, name) ?? {};
    } catch {
      return {}; // a name of a scope that has no value yet
    }
  };
  const isLong = (name) => typeof own(name).value === 'string' && cut(own(name).value) !== own(name).value;
  if (!isList && wanted.length <= most && !wanted.some(isLong)) return this;
  const copy = Object.create(null);
  for (const name of wanted.slice(0, most)) {
    const descriptor = own(name);
    if (typeof descriptor.value === 'string') descriptor.value = cut(descriptor.value);
    if (!('value' in descriptor) && !descriptor.get && !descriptor.set) continue;
    Object.defineProperty(copy, name, descriptor);
  }
  if (wanted.length > most) copy['…'] = (wanted.length - most) + ' more properties';
  return copy;
}`;
