import { instantOf } from '../cube/calendar.ts';
import { computedPlane, isPlane, type Plane } from '../cube/plane.ts';
import { ProcessParameterInvalid } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { Process, ProcessParameter } from './definition.ts';
import { toPlane } from './elementwise.ts';
import { boolean } from './schemas.ts';
import { type Arguments, describeValue, elementsOf, type Value } from './value.ts';

/** What elements are sorted by: numbers as they are, dates as instants. */
function keyOf(value: Value, process: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return instantOf(value, process);
  throw new ProcessParameterInvalid(`${process} takes numbers and dates, not ${describeValue(value)}`);
}

/** Positions of the elements in their order; nodata at the end (true), at the start (false) or left out (null). */
function orderOf({ data = null, asc = true, nodata = null }: Arguments, process: string): number[] {
  const elements = elementsOf(data, 'data');
  const keys = elements.map((element) => (element === null ? Number.NaN : keyOf(element, process)));
  const sign = asc === false ? -1 : 1;
  const valid = [...elements.keys()].filter((position) => elements[position] !== null);
  const sorted = valid.sort((one, other) => {
    const [a, b] = [keys[one] ?? Number.NaN, keys[other] ?? Number.NaN];
    // NaN is behind all numbers in either order.
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a === b ? one - other : sign * (a - b);
  });
  const missing = [...elements.keys()].filter((position) => elements[position] === null);
  if (nodata === null) return sorted;
  return nodata === true ? [...sorted, ...missing] : [...missing, ...sorted];
}

/**
 * The same for every pixel: as many planes as elements, the k-th with the value (or the position) of rank k. Arrays of pixels all
 * have one length, so that nodata that would be left out comes last.
 */
function sortPixels(args: Arguments, wanted: 'value' | 'position'): Plane[] {
  const planes = elementsOf(args.data, 'data').map(toPlane);
  const descending = args.asc === false;
  const first = args.nodata === false;
  const before = (a: number, b: number): boolean => {
    if (Number.isNaN(a)) return first && !Number.isNaN(b);
    if (Number.isNaN(b)) return !first;
    return descending ? a > b : a < b;
  };
  return planes.map((_, rank) =>
    computedPlane(planes, 'number', (columns, out) => {
      const positions = new Int32Array(columns.length);
      const at = (position: number, i: number): number => columns[position]?.[i] ?? Number.NaN;
      for (let i = 0; i < out.length; i += 1) {
        for (let k = 0; k < columns.length; k += 1) {
          let j = k;
          for (; j > 0 && before(at(k, i), at(positions[j - 1] as number, i)); j -= 1)
            positions[j] = positions[j - 1] as number;
          positions[j] = k;
        }
        const position = positions[rank] as number;
        const value = at(position, i);
        const missing = args.nodata === null && Number.isNaN(value);
        out[i] = wanted === 'value' ? value : missing ? Number.NaN : position;
      }
    }),
  );
}

const sortable = {
  type: 'array',
  items: {
    anyOf: [
      { type: 'number' },
      { type: 'null' },
      { type: 'string', format: 'date-time', subtype: 'date-time' },
      { type: 'string', format: 'date', subtype: 'date' },
    ],
  },
} as const;

const parameters: readonly ProcessParameter[] = [
  required('data', 'Numbers or dates.', sortable),
  optional('asc', 'Whether the smallest comes first.', boolean, true),
  optional(
    'nodata',
    'Whether nodata comes last (true), first (false) or is left out (null).',
    { type: ['boolean', 'null'] },
    null,
  ),
];
const rule = 'Equal elements keep their order. Of pixels, nodata that would be left out comes last.';

export const sortingProcesses: readonly Process[] = [
  define({
    id: 'order',
    summary: 'Positions of the elements in sorted order',
    description: `Counted from 0, for use with rearrange. ${rule}`,
    categories: ['arrays', 'sorting'],
    parameters,
    returns: ['The positions.', { type: 'array', items: { type: 'integer', minimum: 0 } }],
    run: (args) =>
      elementsOf(args.data, 'data').some(isPlane) ? sortPixels(args, 'position') : orderOf(args, 'order'),
  }),
  define({
    id: 'sort',
    summary: 'Elements in sorted order',
    description: `From the smallest to the largest, or the other way round. ${rule}`,
    categories: ['arrays', 'sorting'],
    parameters,
    returns: ['The sorted elements.', sortable],
    run: (args) => {
      const elements = elementsOf(args.data, 'data');
      if (elements.some(isPlane)) return sortPixels(args, 'value');
      return orderOf(args, 'sort').map((position) => elements[position] ?? null);
    },
  }),
];
