import { ProcessException, ProcessParameterInvalid } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { anything, array, label as labelSchema } from './schemas.ts';
import { type Arguments, elementsOf, isLabeledArray, labeledArray, type Value } from './value.ts';

function append({ data = null, value = null, label = null }: Arguments): Value {
  const elements = elementsOf(data, 'data');
  if (!isLabeledArray(data)) {
    if (label !== null)
      throw new ProcessException('ArrayNotLabeled', 'array_append: this array has no labels, and takes none');
    return [...elements, value];
  }
  const name = typeof label === 'string' || typeof label === 'number' ? label : elements.length;
  if (data.labels.includes(name))
    throw new ProcessException('LabelExists', `array_append: there is an element '${name}' already`);
  return labeledArray([...data.labels, name], [...elements, value]);
}

function modify({ data = null, values = [], index, length = 0 }: Arguments): Value {
  const [elements, inserted] = [elementsOf(data, 'data'), elementsOf(values, 'values')];
  const at = Number(index);
  if (!Number.isInteger(at) || at < 0 || at > elements.length)
    throw new ProcessException(
      'ArrayElementNotAvailable',
      `array_modify: an array of ${elements.length} elements has no place ${at}`,
    );
  checkLimit('cubePlanes', elements.length + inserted.length, 'array_modify: elements');
  // Arguments of a call are limited in number, elements of an array are not.
  const splice = <T>(own: readonly T[], added: readonly T[]): T[] => [
    ...own.slice(0, at),
    ...added,
    ...own.slice(at + Number(length)),
  ];
  const changed = splice(elements, inserted);
  const bothLabeled =
    (isLabeledArray(data) || elements.length === 0) && (isLabeledArray(values) || inserted.length === 0);
  if (!bothLabeled || (!isLabeledArray(data) && !isLabeledArray(values))) return changed;
  const own = isLabeledArray(data) ? data.labels : [];
  const added = isLabeledArray(values) ? values.labels : [];
  const twice = added.find((name) => own.includes(name));
  if (twice !== undefined)
    throw new ProcessException('ArrayLabelConflict', `array_modify: both arrays have an element '${twice}'`);
  return labeledArray(splice(own, added), changed);
}

function createLabeled({ data = null, labels = [] }: Arguments): Value {
  const [elements, names] = [elementsOf(data, 'data'), elementsOf(labels, 'labels')];
  if (elements.length !== names.length)
    throw new ProcessException(
      'ArrayLengthMismatch',
      `array_create_labeled: ${elements.length} values and ${names.length} labels`,
    );
  const checked = names.map((name) => {
    if (typeof name === 'string' || typeof name === 'number') return name;
    throw new ProcessParameterInvalid('array_create_labeled: labels are numbers and texts');
  });
  return labeledArray(checked, elements);
}

function rearrange({ data = null, order = [] }: Arguments): Value {
  const elements = elementsOf(data, 'data');
  const positions = elementsOf(order, 'order').map((position) => {
    if (typeof position === 'number' && Number.isInteger(position) && position in elements) return position;
    throw new ProcessParameterInvalid(
      `rearrange: order holds positions from 0 to ${elements.length - 1}, known before pixels are read`,
    );
  });
  checkLimit('cubePlanes', positions.length, 'rearrange: elements');
  const picked = positions.map((position) => elements[position] ?? null);
  if (!isLabeledArray(data) || new Set(positions).size < positions.length) return picked;
  return labeledArray(
    positions.map((position) => data.labels[position] ?? position),
    picked,
  );
}

function findLabel({ data = null, label }: Arguments): Value {
  const position = isLabeledArray(data) ? data.labels.indexOf(label as string | number) : -1;
  return position < 0 ? null : position;
}

const position = { type: 'integer', minimum: 0 } as const;
const found = ['The position, or nodata.', [{ type: 'null' }, position]] as const;

export const changedArrayProcesses: readonly Process[] = [
  define({
    id: 'array_append',
    summary: 'An array with one element more',
    description: 'The value comes last; a labelled array gives it a label.',
    categories: ['arrays'],
    parameters: [
      required('data', 'The array.', array),
      required('value', 'The new element.', anything),
      optional(
        'label',
        'Its label in a labelled array; null takes its position.',
        [...labelSchema, { type: 'null' }],
        null,
      ),
    ],
    returns: ['The longer array.', array],
    exceptions: {
      LabelExists: 'There is such a label already.',
      ArrayNotLabeled: 'A label is given, and the array has none.',
    },
    run: append,
  }),
  define({
    id: 'array_modify',
    summary: 'Remove, insert or replace elements',
    description:
      'Takes elements out from a position on and puts others there. Labels stay when both have them.',
    categories: ['arrays'],
    experimental: true,
    parameters: [
      required('data', 'The array.', array),
      required('values', 'What to insert.', array),
      required('index', 'Position to insert before, counted from 0.', position),
      optional('length', 'How many elements to take out from there.', position, 0),
    ],
    returns: ['The changed array.', array],
    exceptions: {
      ArrayElementNotAvailable: 'The position lies beyond the end of the array.',
      ArrayLabelConflict: 'A label stands in both arrays.',
    },
    run: modify,
  }),
  define({
    id: 'array_create_labeled',
    summary: 'An array with labels',
    description: 'Puts values and labels together, in their order.',
    categories: ['arrays'],
    experimental: true,
    parameters: [
      required('data', 'The values.', anything),
      required('labels', 'As many labels, all different.', {
        type: 'array',
        uniqueItems: true,
        items: { type: ['number', 'string'] },
      }),
    ],
    returns: ['The labelled array.', { type: 'array', subtype: 'labeled-array', items: anything }],
    exceptions: { ArrayLengthMismatch: 'There are more values than labels, or fewer.' },
    run: createLabeled,
  }),
  define({
    id: 'rearrange',
    summary: 'Elements in another order',
    description: 'Picks elements by their positions; those that are not named are left out.',
    categories: ['arrays', 'sorting'],
    parameters: [
      required('data', 'The array.', array),
      required('order', 'Positions, counted from 0.', { type: 'array', items: position }),
    ],
    returns: ['The array in that order.', array],
    run: rearrange,
  }),
  define({
    id: 'array_find_label',
    summary: 'Position of a label',
    description: 'Counted from 0; nodata where the array has no such label, or none at all.',
    categories: ['arrays', 'reducer'],
    experimental: true,
    parameters: [
      required('data', 'The array.', array),
      required('label', 'The label to look for.', labelSchema),
    ],
    returns: found,
    run: findLabel,
  }),
];
