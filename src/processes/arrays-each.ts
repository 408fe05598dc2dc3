import { computedPlane, isPlane, type Plane } from '../cube/plane.ts';
import { Unsupported } from '../errors.ts';
import { equal } from './comparison.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPlane } from './elementwise.ts';
import { anything, array, boolean, childProcess, context } from './schemas.ts';
import { type Arguments, childOf, elementsOf, isLabeledArray, labeledArray, type Value } from './value.ts';

function call(args: Arguments, parameter: string): readonly Value[] {
  const child = childOf(args[parameter], parameter);
  const { data = null, context: given = null } = args;
  return elementsOf(data, 'data').map((x, index) =>
    child.call({
      x,
      index,
      label: isLabeledArray(data) ? (data.labels[index] ?? null) : null,
      context: given,
    }),
  );
}

function applyEach(args: Arguments): Value {
  const values = call(args, 'process');
  return isLabeledArray(args.data) ? labeledArray(args.data.labels, values, args.data.aliases) : values;
}

function filterEach(args: Arguments): Value {
  const { data = null } = args;
  const elements = elementsOf(data, 'data');
  const kept = call(args, 'condition').flatMap((holds, index) => {
    if (isPlane(holds))
      throw new Unsupported(
        'array_filter: every pixel would have an array of another length; filter by index or label, or use if',
      );
    return holds === true ? [index] : [];
  });
  const values = kept.map((index) => elements[index] ?? null);
  return isLabeledArray(data)
    ? labeledArray(
        kept.map((index) => data.labels[index] ?? index),
        values,
      )
    : values;
}

function find({ data = null, value = null, reverse = false }: Arguments): Value {
  const elements = elementsOf(data, 'data');
  if (value === null || (typeof value === 'object' && !isPlane(value))) return null;
  const matches = elements.map((x) =>
    x === null || (typeof x === 'object' && !isPlane(x)) ? false : equal({ x, y: value }),
  );
  if (!matches.some(isPlane)) {
    const position = reverse === true ? matches.lastIndexOf(true) : matches.indexOf(true);
    return position < 0 ? null : position;
  }
  return findPixels(matches.map(toPlane), reverse === true);
}

/** For every pixel the first (or last) plane that is true. */
function findPixels(matches: readonly Plane[], reverse: boolean): Plane {
  return computedPlane(matches, 'number', (columns, out) => {
    out.fill(Number.NaN);
    for (const [position, column] of columns.entries())
      for (let i = 0; i < out.length; i += 1)
        if (column[i] === 1 && (reverse || Number.isNaN(out[i] as number))) out[i] = position;
  });
}

const element = [
  required('x', 'The element.', anything),
  required('index', 'Its position, counted from 0.', { type: 'integer', minimum: 0 }),
  optional('label', 'Its label, or null.', [{ type: 'number' }, { type: 'string' }, { type: 'null' }], null),
];

export const eachElementProcesses: readonly Process[] = [
  define({
    id: 'array_apply',
    summary: 'Change every element by itself',
    description: 'The process is called with each element, its position and its label; labels stay.',
    categories: ['arrays'],
    parameters: [
      required('data', 'The array.', array),
      required(
        'process',
        'Makes a new element of an element.',
        childProcess(element, { description: 'The new element.', schema: anything }),
      ),
      context('Anything that the process needs.'),
    ],
    returns: ['As many new elements.', array],
    run: applyEach,
  }),
  define({
    id: 'array_filter',
    summary: 'Keep the elements that fulfil a condition',
    description:
      'The condition is asked of each element with its position and label. Nodata counts as false.',
    categories: ['arrays', 'filter'],
    parameters: [
      required('data', 'The array.', array),
      required(
        'condition',
        'Whether an element stays.',
        childProcess(element, { description: 'True for an element that stays.', schema: boolean }),
      ),
      context('Anything that the condition needs.'),
    ],
    returns: ['The elements that stay.', array],
    run: filterEach,
  }),
  define({
    id: 'array_find',
    summary: 'Position of an element',
    description:
      'Counted from 0, compared as eq does; nodata where there is none. Nodata and arrays are never found.',
    categories: ['arrays', 'reducer'],
    parameters: [
      required('data', 'The array.', array),
      required('value', 'What to look for.', anything),
      optional('reverse', 'Whether the last one is wanted and not the first.', boolean, false),
    ],
    returns: ['The position, or nodata.', [{ type: 'null' }, { type: 'integer', minimum: 0 }]],
    run: find,
  }),
];
