import { type Column, computedPlane, isPlane, type PixelKind, type Plane } from '../cube/plane.ts';
import { ProcessException, ProcessParameterInvalid } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { define, optional, required } from './define.ts';
import type { JsonSchema, Process } from './definition.ts';
import { fromPixel, toPixel, toPlane } from './elementwise.ts';
import { anything, array, boolean, childProcess, context, numberOrNodata, numbers } from './schemas.ts';
import { type Arguments, describeValue, elementsOf, isChildProcess, type Value } from './value.ts';

/** A statistic of the first `count` numbers of a buffer, none of them nodata. It may reorder the buffer. */
type Statistic = (buffer: Float64Array, count: number) => number;

/** Numbers and planes of numbers of an array argument, and whether there are planes among them. */
function numbersOf(data: Value | undefined): { elements: readonly Value[]; pixels: boolean } {
  const elements = elementsOf(data, 'data');
  for (const element of elements)
    if (element !== null && typeof element !== 'number' && !isPlane(element) && typeof element !== 'boolean')
      throw new ProcessParameterInvalid(`parameter 'data' must hold numbers, not ${describeValue(element)}`);
  return { elements, pixels: elements.some(isPlane) };
}

/**
 * One statistic of an array. No valid element gives nodata. Nodata is left out, or makes the result nodata when `ignore`
 * is false; NaN among plain numbers makes it NaN (pixels have no NaN apart from nodata).
 */
function reduceNumbers(elements: readonly Value[], ignore: boolean, statistic: Statistic): number | null {
  const valid = elements.filter((element) => element !== null).map(Number);
  if (valid.length === 0 || (!ignore && valid.length < elements.length)) return null;
  if (valid.some(Number.isNaN)) return Number.NaN;
  return statistic(Float64Array.from(valid), valid.length);
}

/** The same for every pixel of an array of planes. */
function reducePlanes(
  elements: readonly Value[],
  ignore: boolean,
  kind: PixelKind,
  statistic: Statistic,
): Plane {
  return computedPlane(elements.map(toPlane), kind, (columns, out) => {
    const buffer = new Float64Array(columns.length);
    for (let i = 0; i < out.length; i += 1) {
      let count = 0;
      for (let k = 0; k < columns.length; k += 1) {
        const value = (columns[k] as Column)[i] as number;
        if (!Number.isNaN(value)) buffer[count++] = value;
      }
      out[i] = count === 0 || (!ignore && count < columns.length) ? Number.NaN : statistic(buffer, count);
    }
  });
}

function reduce({ data, ignore_nodata: ignore }: Arguments, statistic: Statistic): Value {
  const { elements, pixels } = numbersOf(data);
  return pixels
    ? reducePlanes(elements, ignore !== false, 'number', statistic)
    : reduceNumbers(elements, ignore !== false, statistic);
}

const sum: Statistic = (buffer, count) => {
  let total = 0;
  for (let k = 0; k < count; k += 1) total += buffer[k] as number;
  return total;
};
const product: Statistic = (buffer, count) => {
  let total = 1;
  for (let k = 0; k < count; k += 1) total *= buffer[k] as number;
  return total;
};
const min: Statistic = (buffer, count) => {
  let least = buffer[0] as number;
  for (let k = 1; k < count; k += 1) if ((buffer[k] as number) < least) least = buffer[k] as number;
  return least;
};
const max: Statistic = (buffer, count) => {
  let most = buffer[0] as number;
  for (let k = 1; k < count; k += 1) if ((buffer[k] as number) > most) most = buffer[k] as number;
  return most;
};
const mean: Statistic = (buffer, count) => sum(buffer, count) / count;
/** Sample variance, in two passes over the numbers; one number alone has none. */
const variance: Statistic = (buffer, count) => {
  const centre = mean(buffer, count);
  let squares = 0;
  for (let k = 0; k < count; k += 1) squares += ((buffer[k] as number) - centre) ** 2;
  return squares / (count - 1);
};

/** Insertion sort of the first numbers: series are short, and typed array views would cost more than they save. */
function sortFirst(buffer: Float64Array, count: number): void {
  if (count > 64) {
    buffer.subarray(0, count).sort();
    return;
  }
  for (let k = 1; k < count; k += 1) {
    const value = buffer[k] as number;
    let j = k - 1;
    for (; j >= 0 && (buffer[j] as number) > value; j -= 1) buffer[j + 1] = buffer[j] as number;
    buffer[j + 1] = value;
  }
}

/** Quantile of sorted numbers by Hyndman and Fan's type 7, the rule that openeo-processes names. */
function quantile(buffer: Float64Array, count: number, probability: number): number {
  const position = (count - 1) * probability;
  const below = Math.floor(position);
  const low = buffer[below] as number;
  const rest = position - below;
  if (rest === 0) return low;
  const high = buffer[below + 1] as number;
  return Number.isFinite(high - low) ? low + rest * (high - low) : low * (1 - rest) + high * rest;
}

const median: Statistic = (buffer, count) => {
  sortFirst(buffer, count);
  const half = count >> 1;
  return count % 2 === 1
    ? (buffer[half] as number)
    : ((buffer[half - 1] as number) + (buffer[half] as number)) / 2;
};

function quantiles({ data, probabilities = null, q = null, ignore_nodata: ignore }: Arguments): Value {
  if (probabilities === null && q === null)
    throw new ProcessException('QuantilesParameterMissing', 'quantiles needs probabilities or q');
  if (probabilities !== null && q !== null)
    throw new ProcessException('QuantilesParameterConflict', 'quantiles takes probabilities or q, not both');
  const wanted = q ?? probabilities;
  if (typeof wanted === 'number') checkLimit('graphNodes', wanted, 'quantiles: parts');
  const list =
    typeof wanted === 'number'
      ? Array.from({ length: wanted - 1 }, (_, k) => (k + 1) / wanted)
      : elementsOf(wanted, 'probabilities').map(Number);
  if (list.some((probability, k) => k > 0 && probability < (list[k - 1] ?? 0)))
    throw new ProcessException(
      'AscendingProbabilitiesRequired',
      'the probabilities of quantiles must ascend',
    );
  return list.map((probability) =>
    reduce({ data: data ?? null, ignore_nodata: ignore ?? true }, (buffer, count) => {
      sortFirst(buffer, count);
      return quantile(buffer, count, probability);
    }),
  );
}

/** First or last element; of pixels the first or last valid one. */
function end({ data, ignore_nodata: ignore }: Arguments, fromEnd: boolean): Value {
  const elements = elementsOf(data, 'data');
  if (elements.some(isPlane)) {
    const planes = elements.map(toPlane);
    const kind = planes.every((plane) => plane.kind === 'boolean') ? 'boolean' : 'number';
    if (ignore === false) return (fromEnd ? planes.at(-1) : planes[0]) ?? null;
    return reducePlanes(planes, true, kind, (buffer, count) => buffer[fromEnd ? count - 1 : 0] as number);
  }
  const kept = ignore === false ? elements : elements.filter((element) => element !== null);
  return (fromEnd ? kept.at(-1) : kept[0]) ?? null;
}

function count({ data, condition = null, context: given = null }: Arguments): Value {
  const elements = elementsOf(data, 'data');
  if (condition === true) return elements.length;
  const matches = (x: Value): Value =>
    isChildProcess(condition) ? condition.call({ x, context: given }) : null;
  if (!elements.some(isPlane)) {
    if (condition !== null) return elements.filter((element) => matches(element) === true).length;
    return elements.filter(
      (element) => element !== null && (typeof element !== 'number' || Number.isFinite(element)),
    ).length;
  }
  const planes = elements.map((element) => toPlane(condition === null ? element : matches(element)));
  return computedPlane(planes, 'number', (columns, out) => {
    out.fill(0);
    planes.forEach((plane, k) => {
      for (let i = 0; i < out.length; i += 1) {
        const value = fromPixel(columns[k]?.[i] ?? Number.NaN, plane.kind);
        if (
          condition === null
            ? value !== null && Number.isFinite(toPixel(value))
            : value === true || value === 1
        )
          out[i] = (out[i] ?? 0) + 1;
      }
    });
  });
}

const ignoreNodata = optional(
  'ignore_nodata',
  'Whether nodata is left out; else it makes the result nodata.',
  boolean,
  true,
);

function statistic(
  id: string,
  summary: string,
  compute: Statistic,
  categories = ['math > statistics', 'reducer'],
): Process {
  return define({
    id,
    summary,
    description: `${summary}. An array without valid elements gives nodata.`,
    categories,
    parameters: [required('data', 'The numbers.', numbers), ignoreNodata],
    returns: ['The statistic, or nodata.', numberOrNodata],
    run: (args) => reduce(args, compute),
  });
}

function position(id: string, summary: string, fromEnd: boolean): Process {
  return define({
    id,
    summary,
    description: `${summary} that is not nodata. Nothing but nodata gives nodata.`,
    categories: ['arrays', 'reducer'],
    parameters: [required('data', 'The elements.', array), ignoreNodata],
    returns: ['The element.', anything],
    run: (args) => end(args, fromEnd),
  });
}

const pair = (type: 'number' | 'null'): JsonSchema => ({
  type: 'array',
  minItems: 2,
  maxItems: 2,
  items: { type },
});

export const statisticsProcesses: readonly Process[] = [
  statistic('sum', 'Sum of the elements', sum, ['math', 'reducer']),
  statistic('product', 'Product of the elements', product, ['math', 'reducer']),
  statistic('min', 'Smallest element', min, ['math', 'math > statistics', 'reducer']),
  statistic('max', 'Largest element', max, ['math', 'math > statistics', 'reducer']),
  statistic('mean', 'Arithmetic mean', mean),
  statistic('median', 'Median', median),
  statistic('variance', 'Sample variance (divided by n - 1)', variance),
  statistic('sd', 'Sample standard deviation (divided by n - 1)', (buffer, n) =>
    Math.sqrt(variance(buffer, n)),
  ),
  position('first', 'First element', false),
  position('last', 'Last element', true),
  define({
    id: 'extrema',
    summary: 'Smallest and largest element',
    description: 'The results of min and max as an array of two.',
    categories: ['math > statistics'],
    parameters: [required('data', 'The numbers.', numbers), ignoreNodata],
    returns: ['Minimum and maximum, or nodata twice.', [pair('number'), pair('null')]],
    run: (args) => [reduce(args, min), reduce(args, max)],
  }),
  define({
    id: 'count',
    summary: 'Number of elements',
    description:
      'Counts the valid elements, all of them (condition true), or those that a condition holds for.',
    categories: ['arrays', 'math > statistics', 'reducer'],
    parameters: [
      required('data', 'The elements.', array),
      optional(
        'condition',
        'Which elements count.',
        [
          childProcess([required('x', 'One element.', anything)], {
            description: 'Whether the element counts.',
            schema: boolean,
          }),
          { type: 'boolean', const: true },
          { type: 'null' },
        ],
        null,
      ),
      context('Anything that the condition needs.'),
    ],
    returns: ['The number of elements.', { type: 'number' }],
    run: count,
  }),
  define({
    id: 'quantiles',
    summary: 'Quantiles of the elements',
    description:
      'At given probabilities, or at the cuts of q equal parts; linear between neighbours (type 7). No valid element gives nodata everywhere.',
    categories: ['math > statistics'],
    parameters: [
      required('data', 'The numbers.', numbers),
      optional('probabilities', 'Ascending probabilities, or a number of equal parts.', [
        { type: 'array', uniqueItems: true, items: { type: 'number', minimum: 0, maximum: 1 } },
        { type: 'integer', minimum: 2 },
      ]),
      { ...optional('q', 'Number of equal parts.', { type: 'integer', minimum: 2 }), deprecated: true },
      ignoreNodata,
    ],
    returns: ['One number for each probability, or q - 1 numbers.', numbers],
    exceptions: {
      QuantilesParameterMissing: 'Neither probabilities nor q is given.',
      QuantilesParameterConflict: 'Both probabilities and q are given.',
      AscendingProbabilitiesRequired: 'The probabilities do not ascend.',
    },
    run: quantiles,
  }),
];
