import { findLabel } from '../cube/dimension.ts';
import { isPlane } from '../cube/plane.ts';
import { ProcessException, ProcessParameterInvalid, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { equal } from './comparison.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { combineScalars } from './elementwise.ts';
import { anything, array, boolean, label, scalar } from './schemas.ts';
import { type Arguments, elementsOf, isLabeledArray, labeledArray, type Value } from './value.ts';

function element({ data = null, index, label: wanted, return_nodata: lenient = false }: Arguments): Value {
  if (index === undefined && wanted === undefined)
    throw new ProcessException('ArrayElementParameterMissing', 'array_element needs an index or a label');
  if (index !== undefined && wanted !== undefined)
    throw new ProcessException(
      'ArrayElementParameterConflict',
      'array_element takes an index or a label, not both',
    );
  const elements = elementsOf(data, 'data');
  if (wanted !== undefined && !isLabeledArray(data))
    throw new ProcessException('ArrayNotLabeled', 'array_element: this array has no labels, use an index');
  let position = Number(index);
  if (isLabeledArray(data) && (typeof wanted === 'string' || typeof wanted === 'number'))
    position = findLabel({ name: '', type: 'other', labels: data.labels, aliases: data.aliases }, wanted);
  const found = elements[position];
  if (found !== undefined) return found;
  if (lenient === true) return null;
  const has = isLabeledArray(data)
    ? `its labels are ${data.labels.join(', ')}`
    : `it has ${elements.length} elements`;
  throw new ProcessException(
    'ArrayElementNotAvailable',
    `array_element: the array has no element ${JSON.stringify(wanted ?? index)}; ${has}`,
  );
}

function create({ data = [], repeat = 1 }: Arguments): Value {
  const elements = elementsOf(data, 'data');
  const times = Number(repeat);
  if (!Number.isInteger(times) || times < 1)
    throw new ProcessParameterInvalid(`array_create: repeat must be a whole number from 1 on, not ${times}`);
  checkLimit('graphNodes', elements.length * times, 'array_create: elements');
  return Array.from({ length: times }, () => elements).flat();
}

function contains({ data = null, value = null }: Arguments): Value {
  const elements = elementsOf(data, 'data');
  if (value === null || typeof value === 'object') if (!isPlane(value)) return false;
  if (!elements.some(isPlane) && !isPlane(value))
    return elements.some((x) => typeof x !== 'object' && equal({ x, y: value }) === true);
  return combineScalars([value, ...elements], 'boolean', ([wanted = null, ...values]) =>
    values.some((x) => equal({ x, y: wanted }) === true),
  );
}

function concatenate({ array1 = null, array2 = null }: Arguments): Value {
  const [first, second] = [elementsOf(array1, 'array1'), elementsOf(array2, 'array2')];
  // An array joined with itself, again and again, would grow without end.
  checkLimit('cubePlanes', first.length + second.length, 'array_concat: elements');
  if (!isLabeledArray(array1) || !isLabeledArray(array2)) return [...first, ...second];
  const twice = array1.labels.find((name) => array2.labels.includes(name));
  if (twice !== undefined)
    throw new ProcessException('ArrayLabelConflict', `array_concat: both arrays have an element '${twice}'`);
  return labeledArray([...array1.labels, ...array2.labels], [...first, ...second]);
}

export const arrayProcesses: readonly Process[] = [
  define({
    id: 'array_element',
    summary: 'One element of an array',
    description: 'By its position, or by its label; along the bands a common name is understood as well.',
    categories: ['arrays', 'reducer'],
    parameters: [
      required('data', 'The array.', array),
      optional('index', 'Position, counted from 0.', { type: 'integer', minimum: 0 }),
      optional('label', 'Label of the element.', label),
      optional(
        'return_nodata',
        'Gives nodata instead of an error when there is no such element.',
        boolean,
        false,
      ),
    ],
    returns: ['The element.', anything],
    exceptions: {
      ArrayElementNotAvailable: 'There is no element at that position or with that label.',
      ArrayElementParameterMissing: 'Neither an index nor a label is given.',
      ArrayElementParameterConflict: 'Both an index and a label are given.',
      ArrayNotLabeled: 'A label is given, and the array has none.',
    },
    run: element,
  }),
  define({
    id: 'array_create',
    summary: 'A new array',
    description: 'Repeats the given elements; a child process can give several values with it.',
    categories: ['arrays'],
    parameters: [
      optional('data', 'The elements.', array, []),
      optional('repeat', 'How many times they stand in the array.', { type: 'integer', minimum: 1 }, 1),
    ],
    returns: ['The array.', array],
    run: create,
  }),
  define({
    id: 'array_contains',
    summary: 'Whether an array has an element',
    description: 'Compares as eq does; nodata and arrays are never found.',
    categories: ['arrays', 'comparison', 'reducer'],
    parameters: [required('data', 'The array.', array), required('value', 'What to look for.', scalar)],
    returns: ['Whether the value is in the array.', boolean],
    run: contains,
  }),
  define({
    id: 'array_concat',
    summary: 'Two arrays as one',
    description: 'Labels are kept when both arrays have them.',
    categories: ['arrays'],
    parameters: [
      required('array1', 'The first array.', array),
      required('array2', 'The second array.', array),
    ],
    returns: ['The elements of both.', array],
    exceptions: { ArrayLabelConflict: 'A label stands in both arrays.' },
    run: concatenate,
  }),
  define({
    id: 'array_labels',
    summary: 'Labels of an array',
    description: 'Positions from 0 where the array has no labels.',
    categories: ['arrays'],
    parameters: [required('data', 'The array.', { type: 'array' })],
    returns: ['The labels.', { type: 'array', items: { type: ['number', 'string'] } }],
    run: ({ data = null }) =>
      isLabeledArray(data) ? [...data.labels] : elementsOf(data, 'data').map((_, index) => index),
  }),
  define({
    id: 'constant',
    summary: 'A value as it is',
    description: 'Gives back its argument.',
    categories: ['math > constants'],
    parameters: [required('x', 'The value.', anything)],
    returns: ['The same value.', anything],
    run: ({ x }) => {
      if (x === undefined) throw new Unsupported('constant needs a value');
      return x;
    },
  }),
];
