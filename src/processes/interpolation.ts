import { instantOf } from '../cube/calendar.ts';
import { computedPlane, isPlane, type Plane } from '../cube/plane.ts';
import { ProcessParameterInvalid } from '../errors.ts';
import { define, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPlane } from './elementwise.ts';
import { numbers } from './schemas.ts';
import {
  type Arguments,
  describeValue,
  elementsOf,
  isLabeledArray,
  labeledArray,
  type Value,
} from './value.ts';

/** Where the elements lie: numeric labels and dates by themselves, anything else by its position. */
function placesOf(data: Value, count: number): number[] {
  const numbered = Array.from({ length: count }, (_, index) => index);
  if (!isLabeledArray(data)) return numbered;
  if (data.labels.every((label) => typeof label === 'number')) return data.labels as number[];
  if (data.labels.every((label) => typeof label === 'string' && /^\d{4}-\d{2}-\d{2}/.test(label)))
    return data.labels.map((label) => instantOf(String(label), 'array_interpolate_linear'));
  return numbered;
}

const isGap = (value: number): boolean => Number.isNaN(value);

/** The value at one place: its own, or on the line between its neighbours; NaN before the first and behind the last one. */
function valueAt(values: (position: number) => number, places: readonly number[], at: number): number {
  const own = values(at);
  if (!isGap(own)) return own;
  let before = at - 1;
  while (before >= 0 && isGap(values(before))) before -= 1;
  let after = at + 1;
  while (after < places.length && isGap(values(after))) after += 1;
  if (before < 0 || after >= places.length) return Number.NaN;
  const [from, to] = [places[before] as number, places[after] as number];
  const part = ((places[at] as number) - from) / (to - from);
  // Written so that a line from or to infinity is infinite.
  return values(before) * (1 - part) + values(after) * part;
}

function interpolate({ data = null }: Arguments): Value {
  const elements = elementsOf(data, 'data');
  const places = placesOf(data, elements.length);
  if (elements.some(isPlane)) {
    const planes: readonly Plane[] = elements.map(toPlane);
    const filled = planes.map((_, at) =>
      computedPlane(planes, 'number', (columns, out) => {
        for (let i = 0; i < out.length; i += 1)
          out[i] = valueAt((position) => columns[position]?.[i] ?? Number.NaN, places, at);
      }),
    );
    return isLabeledArray(data) ? labeledArray(data.labels, filled, data.aliases) : filled;
  }
  const known = elements.map((element) => {
    if (element === null || typeof element === 'number') return element ?? Number.NaN;
    throw new ProcessParameterInvalid(`parameter 'data' must hold numbers, not ${describeValue(element)}`);
  });
  const values = elements.map((element, at): Value => {
    const value = valueAt((position) => known[position] ?? Number.NaN, places, at);
    return isGap(value) ? element : value;
  });
  return isLabeledArray(data) ? labeledArray(data.labels, values, data.aliases) : values;
}

export const interpolationProcesses: readonly Process[] = [
  define({
    id: 'array_interpolate_linear',
    summary: 'Fill gaps along a line',
    description:
      'Nodata and NaN between two numbers take the value of the line through these, over dates, numeric labels or positions. Gaps at the ends stay.',
    categories: ['arrays', 'math', 'math > interpolation'],
    parameters: [required('data', 'The numbers.', numbers)],
    returns: ['As many numbers.', numbers],
    run: interpolate,
  }),
];
