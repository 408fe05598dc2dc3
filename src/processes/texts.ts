import { ProcessParameterInvalid } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { define, optional, required } from './define.ts';
import type { JsonSchema, Process } from './definition.ts';
import { boolean, booleanOrNodata, text } from './schemas.ts';
import { type Arguments, describeValue, elementsOf, textOf, type Value } from './value.ts';

const textOrNodata = { type: ['string', 'null'] } as const satisfies JsonSchema;
const scalars = { type: ['string', 'number', 'boolean', 'null'] } as const satisfies JsonSchema;

function search(
  id: string,
  summary: string,
  look: (text: string, pattern: string) => Value,
  returns: readonly [string, JsonSchema],
): Process {
  return define({
    id,
    summary,
    description: `${summary}. The pattern is taken word for word; nodata gives nodata.`,
    categories: id === 'text_find' ? ['texts'] : ['texts', 'comparison'],
    ...(id === 'text_find' && { experimental: true }),
    parameters: [
      required('data', 'The text to look in.', textOrNodata),
      required('pattern', 'The text to look for.', text),
      optional('case_sensitive', 'Whether upper and lower case are told apart.', boolean, true),
    ],
    returns,
    run: ({ data = null, pattern, case_sensitive: sensitive }: Arguments) => {
      if (data === null) return null;
      const fold = (value: string) => (sensitive === false ? value.toLowerCase() : value);
      return look(fold(textOf(data, 'data')), fold(textOf(pattern, 'pattern')));
    },
  });
}

function spelled(value: Value | undefined): string {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new ProcessParameterInvalid(
    `text_concat joins texts, numbers and booleans, not ${describeValue(value)}`,
  );
}

const outcome = ['Whether it is so, or nodata.', booleanOrNodata] as const;

export const textProcesses: readonly Process[] = [
  search(
    'text_begins',
    'Whether a text begins with another',
    (data, pattern) => data.startsWith(pattern),
    outcome,
  ),
  search(
    'text_contains',
    'Whether a text contains another',
    (data, pattern) => data.includes(pattern),
    outcome,
  ),
  search('text_ends', 'Whether a text ends with another', (data, pattern) => data.endsWith(pattern), outcome),
  search(
    'text_find',
    'Position of a text in another',
    (data, pattern) => {
      const position = data.indexOf(pattern);
      return position < 0 ? null : position;
    },
    ['The position counted from 0, or nodata.', { type: ['integer', 'null'], minimum: 0 }],
  ),
  define({
    id: 'text_concat',
    summary: 'Several elements as one text',
    description: 'Numbers, booleans and null are spelled out.',
    categories: ['texts'],
    parameters: [
      required('data', 'The elements.', { type: 'array', items: scalars }),
      optional('separator', 'What stands between two of them.', scalars, ''),
    ],
    returns: ['The text.', text],
    run: ({ data = null, separator = '' }) => {
      const [parts, between] = [elementsOf(data, 'data').map(spelled), spelled(separator)];
      const length = parts.reduce((sum, part) => sum + part.length + between.length, 0);
      checkLimit('jsonBytes', length, 'text_concat');
      return parts.join(between);
    },
  }),
];
