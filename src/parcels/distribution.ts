import { percentilesByCounting, percentilesBySelection } from './percentile.ts';

/** Statistics before the percentiles, in this order, then `p25`, ..., then `sum`. */
export const leadingStats = ['mean', 'std', 'min', 'max'] as const;

export function statNames(percentiles: readonly number[]): string[] {
  return [...leadingStats, ...percentiles.map((p) => `p${p}`), 'sum'];
}

/** Counting walks over all bins between min and max: worth it while they are not many more than the pixels. */
const BINS_PER_PIXEL = 24;
const counts = new Uint32Array(2 ** 16);

/**
 * Statistics of the first `n` values (n > 0), whole numbers of at most 16 bits: written to `out` from `at` on in the order of
 * `statNames`. Sum, min, max and percentiles are exact; the variance comes from exact whole sums. Rearranges the values.
 */
export function describeNarrow(
  values: Int32Array,
  n: number,
  percentiles: readonly number[],
  out: Float64Array,
  at: number,
): void {
  const origin = values[0] as number;
  let min = origin;
  let max = origin;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i] as number;
    if (value < min) min = value;
    else if (value > max) max = value;
    const d = value - origin;
    sum += d;
    squares += d * d;
  }
  const total = sum + n * origin;
  out[at] = total / n;
  out[at + 1] =
    squares > Number.MAX_SAFE_INTEGER
      ? deviation(values, n, total / n)
      : Math.sqrt(variance(n, sum, squares));
  out[at + 2] = min;
  out[at + 3] = max;
  if (max - min <= n * BINS_PER_PIXEL)
    percentilesByCounting(values, n, min, max, percentiles, counts, out, at + 4);
  else percentilesBySelection(values, n, percentiles, out, at + 4);
  out[at + 4 + percentiles.length] = total;
}

/** Population variance from exact whole sums of values and of squares, without cancellation. */
function variance(n: number, sum: number, squares: number): number {
  const one = n * squares;
  const other = sum * sum;
  if (one <= Number.MAX_SAFE_INTEGER && other <= Number.MAX_SAFE_INTEGER) return (one - other) / (n * n);
  const exact = BigInt(n) * BigInt(squares) - BigInt(sum) * BigInt(sum);
  return Number(exact) / n / n;
}

function deviation(values: Int32Array | Float64Array, n: number, mean: number): number {
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((values[i] as number) - mean) ** 2;
  return Math.sqrt(squares / n);
}

/**
 * The same for any numbers without NaN. The sum is Neumaier's, so whole numbers below 2^53 and long float series stay exact to
 * the last digits; the deviation is taken from the mean in a second pass.
 */
export function describeWide(
  values: Float64Array,
  n: number,
  percentiles: readonly number[],
  out: Float64Array,
  at: number,
): void {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  if (Number.isFinite(sum)) sum += lost;
  const mean = sum / n;
  out[at] = mean;
  out[at + 1] = deviation(values, n, mean);
  out[at + 2] = min;
  out[at + 3] = max;
  percentilesBySelection(values, n, percentiles, out, at + 4);
  out[at + 4 + percentiles.length] = sum;
}

/**
 * Turns statistics of stored numbers, in place, into those of value = stored * scale + offset. With a negative scale the
 * caller asks for the mirrored percentiles (`mirrored`) and gets them in the order of the original ones.
 */
export function rescale(
  out: Float64Array,
  at: number,
  n: number,
  percentiles: number,
  scale: number,
  offset: number,
): void {
  const value = (i: number): number => (out[at + i] as number) * scale + offset;
  const [min, max] = [value(2), value(3)];
  out[at] = value(0);
  out[at + 1] = (out[at + 1] as number) * Math.abs(scale);
  out[at + 2] = Math.min(min, max);
  out[at + 3] = Math.max(min, max);
  for (let i = 4; i < 4 + percentiles; i++) out[at + i] = value(i);
  if (scale < 0) out.subarray(at + 4, at + 4 + percentiles).reverse();
  out[at + 4 + percentiles] = (out[at + 4 + percentiles] as number) * scale + n * offset;
}

/** The percentiles of stored numbers that become `percentiles` under a scale of that sign; ascending again. */
export function mirrored(percentiles: readonly number[], scale: number): readonly number[] {
  return scale < 0 ? percentiles.map((p) => 100 - p).reverse() : percentiles;
}
