import type { Runtime } from 'node:inspector';
import { inspect } from 'node:util';

/** A value in the cell process as the inspector describes it. */
export type Remote = Runtime.RemoteObject;

/** More than the cell process sends of a text, so that its note on what is missing stays. */
const mostText = 11_000;

/** A value as JavaScript writes it; objects in short, with some of what they hold. */
export function valueText(value: Remote): string {
  const { type, subtype, description = '' } = value;
  if (type === 'undefined') return 'undefined';
  if (subtype === 'null') return 'null';
  if (type === 'string') return quoted(String(value.value));
  if (type === 'boolean') return String(value.value);
  if (type === 'function') return functionText(description);
  if (type !== 'object') return value.unserializableValue ?? description;
  if (subtype === 'error') return description.split('\n    at ', 1)[0] ?? description;
  const { preview } = value;
  return preview ? previewText(preview) : description;
}

/** What kind of value it is: the name of its class, where it is an object. */
export function typeName({ type, subtype, className }: Remote): string {
  if (subtype === 'null') return 'null';
  return type === 'object' ? (className ?? 'object') : type;
}

/** How many numbered children a value has: elements of arrays, entries of maps and sets. */
export function indexedCount({ subtype, description = '' }: Remote): number {
  if (!/^(array|typedarray|map|set)$/.test(subtype ?? '')) return 0;
  return Number(/\((\d+)\)$/.exec(description)?.[1] ?? 0);
}

/** A value as an argument of a function that is called in the cell process. */
export function asArgument({ objectId, unserializableValue, value }: Remote): Runtime.CallArgument {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value } : { unserializableValue };
}

function quoted(text: string): string {
  return inspect(text, { maxStringLength: mostText, colors: false });
}

/** `class A`, or the head of a function: its body is not what one looks for in a list of variables. */
function functionText(source: string): string {
  if (source.startsWith('class'))
    return /^class\s*[^\s{]*(\s+extends\s+[^\s{]+)?/.exec(source)?.[0] ?? 'class';
  const [, asyncArrow = '', only] = /^(async\s+)?([\w$]+)\s*=>/.exec(source) ?? [];
  if (only !== undefined) return `ƒ ${asyncArrow}(${only})`;
  const [, async = '', name = '', parameters = ''] =
    /^(async\s+)?(?:function\s*)?\*?\s*([\w$]*)\s*(\([^)]*\))/.exec(source) ?? [];
  return `ƒ ${async}${name}${parameters.replace(/\s+/g, ' ').replace(/ (?=[,)])/g, '') || '()'}`;
}

function previewText(preview: Runtime.ObjectPreview): string {
  const { description = '', subtype, properties, entries, overflow } = preview;
  const more = overflow ? ['…'] : [];
  if (entries) {
    const parts = entries.map(({ key, value }) =>
      key ? `${partText(key)} => ${partText(value)}` : partText(value),
    );
    return `${description} {${[...parts, ...more].join(', ')}}`;
  }
  if (subtype === 'array' || subtype === 'typedarray') {
    const parts = properties.filter(({ name }) => /^\d+$/.test(name)).map(propertyText);
    return `${description} [${[...parts, ...more].join(', ')}]`;
  }
  // Dates, regular expressions and the like say all in their description.
  if (subtype !== undefined && subtype !== 'promise' && subtype !== 'proxy') return description;
  const name = description === 'Object' ? '' : `${description} `;
  const parts = properties.map((property) => `${property.name}: ${propertyText(property)}`);
  return `${name}{${[...parts, ...more].join(', ')}}`;
}

function propertyText({ type, subtype, value = '' }: Runtime.PropertyPreview): string {
  if (type === 'string') return `'${value}'`;
  if (type === 'function') return 'ƒ';
  if (type === 'accessor') return '(getter)';
  return type === 'object' && subtype === undefined && value === 'Object' ? '{…}' : value;
}

function partText(part: Runtime.ObjectPreview): string {
  const { type, description = '' } = part;
  if (type === 'string') return `'${description}'`;
  return type === 'object' && part.properties.length > 0 ? previewText(part) : description;
}
