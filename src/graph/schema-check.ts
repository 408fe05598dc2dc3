import type { JsonSchema } from '../processes/definition.ts';
import type { Json } from './process-graph.ts';

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const types: Readonly<Record<string, (value: Json) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => typeof value === 'number' && Number.isInteger(value),
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  array: (value) => Array.isArray(value),
  object: isObject,
};

/**
 * What is wrong with a literal argument, in words, or undefined when it fits one of the schemas. Knows the part of JSON
 * Schema that `JsonSchema` describes; cubes and child processes are never literal and so never fit.
 */
export function schemaProblem(schemas: JsonSchema | readonly JsonSchema[], value: Json): string | undefined {
  const options = Array.isArray(schemas) ? (schemas as readonly JsonSchema[]) : [schemas as JsonSchema];
  const problems: string[] = [];
  for (const schema of options) {
    const problem = check(schema, value);
    if (problem === undefined) return undefined;
    problems.push(problem);
  }
  return [...new Set(problems)].join('; or ');
}

function check(schema: JsonSchema, value: Json): string | undefined {
  if (schema.subtype === 'datacube') return 'must be a data cube';
  if (schema.subtype === 'process-graph') return 'must be a process';
  if (schema.subtype === 'geojson' && !(isObject(value) && typeof value.type === 'string'))
    return 'must be GeoJSON';
  const wanted = schema.type === undefined ? [] : [schema.type].flat();
  if (wanted.length > 0 && !wanted.some((type) => types[type]?.(value)))
    return `must be ${wanted.join(' or ')}`;
  if (schema.const !== undefined && value !== schema.const) return `must be ${JSON.stringify(schema.const)}`;
  if (schema.enum !== undefined && !schema.enum.some((option) => option === value))
    return `must be one of ${schema.enum.join(', ')}`;
  if (typeof value === 'number') return checkNumber(schema, value);
  if (typeof value === 'string') return checkText(schema, value);
  if (Array.isArray(value)) return checkArray(schema, value);
  if (isObject(value)) return checkObject(schema, value);
  return undefined;
}

function checkNumber({ minimum, maximum, minimumExclusive }: JsonSchema, value: number): string | undefined {
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `must be at most ${maximum}`;
  if (minimumExclusive !== undefined && value <= minimumExclusive) return `must be above ${minimumExclusive}`;
  return undefined;
}

function checkText({ format, pattern, subtype }: JsonSchema, value: string): string | undefined {
  if (format === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(value)) return 'must be a date';
  if (format === 'date-time' && !/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/i.test(value))
    return 'must be a date-time';
  // Collections may also be addresses (s3://...), which the specification's pattern does not foresee.
  if (pattern !== undefined && subtype !== 'collection-id' && !new RegExp(pattern).test(value))
    return `must look like ${pattern}`;
  return undefined;
}

function checkArray(
  { minItems, maxItems, uniqueItems, items }: JsonSchema,
  value: readonly Json[],
): string | undefined {
  if (minItems !== undefined && value.length < minItems) return `must have at least ${minItems} elements`;
  if (maxItems !== undefined && value.length > maxItems) return `must have at most ${maxItems} elements`;
  if (uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length)
    return 'must not have an element twice';
  for (const [index, item] of value.entries()) {
    const problem = items && schemaProblem(items.anyOf ?? items, item);
    if (problem !== undefined) return `element ${index} ${problem}`;
  }
  return undefined;
}

function checkObject(
  { required, properties }: JsonSchema,
  value: Readonly<Record<string, Json>>,
): string | undefined {
  const missing = required?.find((key) => !(key in value));
  if (missing !== undefined) return `must have '${missing}'`;
  for (const [key, schema] of Object.entries(properties ?? {})) {
    const entry = value[key];
    const problem = entry === undefined ? undefined : schemaProblem(schema.anyOf ?? schema, entry);
    if (problem !== undefined) return `'${key}' ${problem}`;
  }
  return undefined;
}
