import type { DimensionRequirement, JsonSchema, ProcessParameter } from './definition.ts';

/** Schemas that many processes share. Types and subtypes are the specification's. */
export const anything = { description: 'A value of any type.' } as const satisfies JsonSchema;
export const number = { type: 'number' } as const satisfies JsonSchema;
export const numberOrNodata = { type: ['number', 'null'] } as const satisfies JsonSchema;
export const integerOrNodata = { type: ['integer', 'null'] } as const satisfies JsonSchema;
export const boolean = { type: 'boolean' } as const satisfies JsonSchema;
export const booleanOrNodata = { type: ['boolean', 'null'] } as const satisfies JsonSchema;
export const text = { type: 'string' } as const satisfies JsonSchema;
export const textOrNull = { type: ['string', 'null'] } as const satisfies JsonSchema;
export const scalar = { type: ['number', 'boolean', 'string', 'null'] } as const satisfies JsonSchema;
export const label = [{ type: 'number' }, { type: 'string' }] as const satisfies readonly JsonSchema[];
export const labels = {
  type: 'array',
  uniqueItems: true,
  items: { type: ['number', 'string'] },
} as const satisfies JsonSchema;
export const numbers = { type: 'array', items: numberOrNodata } as const satisfies JsonSchema;
export const booleans = { type: 'array', items: booleanOrNodata } as const satisfies JsonSchema;
export const array = { type: 'array', items: anything } as const satisfies JsonSchema;
export const bandName = { type: 'string', subtype: 'band-name' } as const satisfies JsonSchema;

/** A data cube, with the dimensions that it must have. */
export function datacube(...dimensions: readonly DimensionRequirement[]): JsonSchema {
  return { type: 'object', subtype: 'datacube', ...(dimensions.length > 0 && { dimensions }) };
}
export const horizontal = { type: 'spatial', axis: ['x', 'y'] } as const satisfies DimensionRequirement;

/** A child process: the parameters that it is called with, `context` always being the last of them. */
export function childProcess(
  parameters: readonly ProcessParameter[],
  returns: { readonly description: string; readonly schema: JsonSchema | readonly JsonSchema[] },
): JsonSchema {
  return {
    type: 'object',
    subtype: 'process-graph',
    parameters: [...parameters, { ...context('What the caller passed as `context`.'), optional: true }],
    returns,
  };
}

export function context(description: string): ProcessParameter {
  return { name: 'context', description, schema: anything, optional: true, default: null };
}

const instant: readonly JsonSchema[] = [
  {
    type: 'string',
    format: 'date-time',
    subtype: 'date-time',
    description: 'An instant with its time zone.',
  },
  {
    type: 'string',
    format: 'date',
    subtype: 'date',
    description: 'A day in UTC, meaning its first instant.',
  },
];

/** Two instants, the first one inside the interval and the second one outside; one of them may be open. */
export const temporalInterval: JsonSchema = {
  type: 'array',
  subtype: 'temporal-interval',
  minItems: 2,
  maxItems: 2,
  items: { anyOf: [...instant, { type: 'null' }] },
};

/** Intervals of `aggregate_temporal`, which may also be times of the day. */
export const temporalIntervals: JsonSchema = {
  type: 'array',
  subtype: 'temporal-intervals',
  minItems: 1,
  items: {
    ...temporalInterval,
    uniqueItems: true,
    items: {
      anyOf: [
        ...instant,
        {
          type: 'string',
          subtype: 'time',
          pattern: '^\\d{2}:\\d{2}:\\d{2}$',
          description: 'A time of the day in UTC.',
        },
        { type: 'null' },
      ],
    },
  },
};

export const boundingBox: JsonSchema = {
  type: 'object',
  subtype: 'bounding-box',
  required: ['west', 'south', 'east', 'north'],
  properties: {
    west: { type: 'number' },
    south: { type: 'number' },
    east: { type: 'number' },
    north: { type: 'number' },
    base: { type: ['number', 'null'], default: null },
    height: { type: ['number', 'null'], default: null },
    crs: {
      anyOf: [
        { type: 'integer', subtype: 'epsg-code', minimum: 1000 },
        { type: 'string', subtype: 'wkt2-definition' },
      ],
      default: 4326,
    },
  },
};
