import { type InspectOptions, inspect, stripVTControlCharacters, types } from 'node:util';

/** Values that a text may hold at all depths together, and names of one object: more is neither read nor cheap. */
const mostValues = 10_000;
const mostNames = 200;
const mostText = 100_000;

const wide = {
  colors: false,
  depth: 4,
  maxArrayLength: 100,
  maxStringLength: 10_000,
  breakLength: 100,
} as const;

const narrow = { ...wide, depth: 1, maxArrayLength: 6, maxStringLength: 200, breakLength: Infinity } as const;

/** `text/plain` of a value: what `util.inspect` says, without terminal colours, of bounded size. Never throws. */
export function plainText(value: unknown): string {
  return textOf(value, wide);
}

/** A value in one line, for a cell of a table or a word in a message. Never throws. */
export function shortText(value: unknown): string {
  return textOf(value, narrow);
}

function textOf(value: unknown, options: InspectOptions): string {
  const text = inspected(shortened(value), { ...options, depth: affordableDepth(value, options.depth ?? 0) });
  const plain = stripVTControlCharacters(text);
  return plain.length <= mostText
    ? plain
    : `${plain.slice(0, mostText)}… ${plain.length - mostText} more characters`;
}

function inspected(value: unknown, options: InspectOptions): string {
  try {
    return inspect(value, options);
  } catch {
    // The value's own `util.inspect.custom` or a name of its class throws.
    try {
      return inspect(value, { ...options, customInspect: false });
    } catch {
      return typeof value === 'function' ? '[Function]' : '[Object]';
    }
  }
}

/** `inspect` cuts arrays, maps and strings, but shows every name of an object, however many. */
function shortened(value: unknown): unknown {
  const names = namesOf(value);
  if (names.length <= mostNames) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  for (const name of names.slice(0, mostNames)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, name);
    if (descriptor) Object.defineProperty(copy, name, descriptor);
  }
  const more = `${names.length - mostNames} more names`;
  const rest = { value: { [inspect.custom]: () => more }, enumerable: true, configurable: true };
  return Object.defineProperty(copy, '…', rest);
}

/** How deep a value can be told within `mostValues`: as deep as asked, or down to the level before the one too many. */
function affordableDepth(value: unknown, asked: number): number {
  let level = partsOf(value);
  let seen = level.length;
  for (let depth = 0; depth < asked; depth++) {
    const next: unknown[] = [];
    for (const one of level) {
      if (namesOf(one).length > mostNames) return depth;
      for (const part of partsOf(one)) next.push(part);
      if (seen + next.length > mostValues) return depth;
    }
    if (next.length === 0) return asked;
    seen += next.length;
    level = next;
  }
  return asked;
}

/** What `inspect` shows of a value one level further down. */
function partsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return [];
  if (types.isMap(value)) return first(Map.prototype.entries.call(value)).flat();
  if (types.isSet(value)) return first(Set.prototype.values.call(value));
  const names =
    Array.isArray(value) || ArrayBuffer.isView(value)
      ? Array.from({ length: Math.min(lengthOf(value), wide.maxArrayLength) }, (_, at) => String(at))
      : namesOf(value).slice(0, mostNames);
  return names.map((name) => Object.getOwnPropertyDescriptor(value, name)?.value as unknown);
}

function lengthOf(value: object): number {
  return 'length' in value ? Number(value.length) : 0;
}

function first<T>(iterator: IteratorObject<T>): T[] {
  return [...iterator.take(wide.maxArrayLength)];
}

function namesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return [];
  // Indices are cut by `inspect` itself.
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return [];
  return Object.keys(value);
}
