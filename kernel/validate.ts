import { InvalidRequest } from './errors.ts';
import type { Json, JsonObject, Message } from './messages.ts';

/** Checked reading of the content of a request. A field that is null counts as absent. */
export interface Fields {
  text(name: string, fallback?: string): string;
  flag(name: string, fallback: boolean): boolean;
  /** A whole number between bounds, both allowed. */
  integer(name: string, bounds: { least: number; most: number }, fallback?: number): number;
  choice<T extends string>(name: string, choices: readonly T[]): T;
  object(name: string, fallback: JsonObject): JsonObject;
  has(name: string): boolean;
}

/** Levels of JSON in a message: `JSON.parse` takes any depth, but what writes it again is recursive. */
export const mostLevels = 500;

/** Whether JSON has more than this many levels of objects and arrays. */
export function nestsDeeper(json: Json | undefined, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false;
  if (levels === 0) return true;
  for (const item of Array.isArray(json) ? json : Object.values(json))
    if (typeof item === 'object' && nestsDeeper(item, levels - 1)) return true;
  return false;
}

/** Fields of a message's content. They throw `InvalidRequest`, which names the request, the field and what it holds. */
export function fieldsOf({ header, content }: Pick<Message, 'header' | 'content'>): Fields {
  const request = header.msg_type;
  if (!isObject(content)) throw new InvalidRequest(`The content of ${request} is not a JSON object`);
  if (nestsDeeper(content, mostLevels))
    throw new InvalidRequest(`The content of ${request} is nested deeper than ${mostLevels} levels`);
  const read = <T extends Json>(
    name: string,
    fallback: T | undefined,
    is: (value: Json) => value is T,
    wanted: string,
  ): T => {
    const value = content[name] ?? fallback;
    if (value === undefined) throw new InvalidRequest(`${request} lacks '${name}'`);
    if (!is(value)) {
      const shown = JSON.stringify(value).slice(0, 80);
      throw new InvalidRequest(`'${name}' of ${request} is ${shown}, not ${wanted}`);
    }
    return value;
  };
  return {
    text: (name, fallback) => read(name, fallback, isText, 'a text'),
    flag: (name, fallback) => read(name, fallback, isFlag, 'true or false'),
    integer: (name, { least, most }, fallback) => {
      const inBounds = (value: Json): value is number =>
        typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
      return read(name, fallback, inBounds, `a whole number from ${least} to ${most}`);
    },
    choice: <T extends string>(name: string, choices: readonly T[]) =>
      read(
        name,
        undefined,
        (value): value is T => choices.includes(value as T),
        `one of ${choices.join(', ')}`,
      ),
    object: (name, fallback) => read(name, fallback, isObject, 'a JSON object'),
    has: (name) => content[name] !== undefined && content[name] !== null,
  };
}

/** Whether JSON is an object, and neither null nor an array. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function isFlag(value: Json): value is boolean {
  return typeof value === 'boolean';
}
