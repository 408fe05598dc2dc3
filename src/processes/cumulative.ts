import { computedPlane, isPlane, type Plane } from '../cube/plane.ts';
import { ProcessParameterInvalid } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPlane } from './elementwise.ts';
import { boolean, numbers } from './schemas.ts';
import {
  type Arguments,
  describeValue,
  elementsOf,
  isLabeledArray,
  labeledArray,
  type Value,
} from './value.ts';

type Rule = (sofar: number, next: number) => number;

/** Numbers one after another; nodata stays and is passed over, or (`ignore` false) ends it all. */
function cumulate(elements: readonly Value[], ignore: boolean, rule: Rule): Value[] {
  let sofar: number | undefined;
  let ended = false;
  return elements.map((element) => {
    if (element === null || ended) {
      ended ||= !ignore;
      return null;
    }
    if (typeof element !== 'number')
      throw new ProcessParameterInvalid(`parameter 'data' must hold numbers, not ${describeValue(element)}`);
    sofar = sofar === undefined ? element : rule(sofar, element);
    return sofar;
  });
}

/** The same for every pixel: plane k of `carried` holds what was reached by then, also where plane k of the result is nodata. */
function cumulatePixels(planes: readonly Plane[], ignore: boolean, rule: Rule): Plane[] {
  let carried: Plane | undefined;
  return planes.map((plane) => {
    const before = carried;
    if (before === undefined) {
      carried = plane;
      return plane;
    }
    const next = computedPlane([before, plane], 'number', ([reached, pixels], out) => {
      for (let i = 0; i < out.length; i += 1) {
        const [sofar, value] = [reached?.[i] ?? Number.NaN, pixels?.[i] ?? Number.NaN];
        if (Number.isNaN(value)) out[i] = ignore ? sofar : Number.NaN;
        else if (Number.isNaN(sofar)) out[i] = ignore ? value : Number.NaN;
        else out[i] = rule(sofar, value);
      }
    });
    carried = next;
    return computedPlane([next, plane], 'number', ([reached, pixels], out) => {
      for (let i = 0; i < out.length; i += 1)
        out[i] = Number.isNaN(pixels?.[i] ?? Number.NaN) ? Number.NaN : (reached?.[i] ?? Number.NaN);
    });
  });
}

function cumulative(id: string, summary: string, rule: Rule): Process {
  return define({
    id,
    summary,
    description: `${summary}, up to each element. Nodata stays where it is and is passed over.`,
    categories: ['math > cumulative'],
    experimental: true,
    parameters: [
      required('data', 'The numbers.', numbers),
      optional(
        'ignore_nodata',
        'Whether nodata is passed over; else all elements behind the first one are nodata.',
        boolean,
        true,
      ),
    ],
    returns: ['As many numbers.', numbers],
    run: ({ data = null, ignore_nodata: given }: Arguments) => {
      const elements = elementsOf(data, 'data');
      const values = elements.some(isPlane)
        ? cumulatePixels(elements.map(toPlane), given !== false, rule)
        : cumulate(elements, given !== false, rule);
      return isLabeledArray(data) && elements.some(isPlane)
        ? labeledArray(data.labels, values, data.aliases)
        : values;
    },
  });
}

export const cumulativeProcesses: readonly Process[] = [
  cumulative('cumsum', 'Sum of the elements', (sofar, next) => sofar + next),
  cumulative('cumproduct', 'Product of the elements', (sofar, next) => sofar * next),
  cumulative('cummin', 'Smallest of the elements', Math.min),
  cumulative('cummax', 'Largest of the elements', Math.max),
];
