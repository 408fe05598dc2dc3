import { selectRank } from './select.ts';

/** Where percentile `p` lies among `n` sorted values: between ranks `below` and `below + 1`, `part` of the way. */
export function percentileRank(p: number, n: number): { readonly below: number; readonly part: number } {
  const rank = (p / 100) * (n - 1);
  const below = Math.min(n - 1, Math.floor(rank));
  return { below, part: rank - below };
}

/**
 * Between two neighbouring values, as numpy's method 'linear' does it (numpy `_lerp`: from the nearer end, so that equal
 * neighbours give themselves); halfway is their mean, as in numpy's median.
 */
export function interpolate(low: number, high: number, part: number): number {
  if (part === 0 || low === high) return low;
  if (part === 0.5) return (low + high) / 2;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

/**
 * Percentiles (ascending, 0 to 100) of the first `n` values, written to `out` from `at` on. Rearranges the values. None may
 * be NaN; n > 0.
 */
export function percentilesBySelection(
  values: Float64Array | Int32Array,
  n: number,
  percentiles: readonly number[],
  out: Float64Array,
  at: number,
): void {
  let from = 0;
  for (const [i, p] of percentiles.entries()) {
    const { below, part } = percentileRank(p, n);
    selectRank(values, below, from, n);
    const low = values[below] as number;
    let high = low;
    if (part > 0) {
      high = values[below + 1] as number;
      for (let j = below + 2; j < n; j++) if ((values[j] as number) < high) high = values[j] as number;
    }
    out[at + i] = interpolate(low, high, part);
    // Everything before is smaller, so the next percentile only needs the rest.
    from = below;
  }
}

/**
 * The same for whole numbers between `min` and `max` by counting. `counts` must be zeroed and hold max - min + 1 elements;
 * it is zeroed again.
 */
export function percentilesByCounting(
  values: Int32Array,
  n: number,
  min: number,
  max: number,
  percentiles: readonly number[],
  counts: Uint32Array,
  out: Float64Array,
  at: number,
): void {
  for (let i = 0; i < n; i++) counts[(values[i] as number) - min]! += 1;
  let bin = 0;
  let seen = counts[0] as number;
  for (const [i, p] of percentiles.entries()) {
    const { below, part } = percentileRank(p, n);
    while (seen <= below) seen += counts[++bin] as number;
    let above = bin;
    if (part > 0 && seen <= below + 1)
      do above++;
      while (counts[above] === 0);
    out[at + i] = interpolate(min + bin, min + above, part);
  }
  counts.fill(0, 0, max - min + 1);
}
