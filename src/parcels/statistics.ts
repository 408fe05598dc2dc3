import { describeNarrow, describeWide, mirrored, rescale } from './distribution.ts';
import { gatherNarrow, gatherWide, type PixelLayout } from './gather.ts';
import { isNarrow, type PixelValues } from './pixel-values.ts';
import type { ParcelRuns } from './runs.ts';
import {
  checkCover,
  checkPercentiles,
  finishTable,
  largestParcel,
  openTable,
  type ZonalStatistics,
} from './zonal-table.ts';

export { buildRuns, type ParcelRuns } from './runs.ts';
export type { ZonalStatistics } from './zonal-table.ts';

export interface ZonalOptions extends PixelLayout {
  /** As large as the arrays of pixels: 1 drops the pixel (cloud, shadow, ...). */
  readonly mask?: Uint8Array | undefined;
  /** Ascending, 0 to 100; 25, 50, 75 when left out. */
  readonly percentiles?: readonly number[] | undefined;
}

export interface BandOptions extends ZonalOptions {
  /** The stored number that means no data, for all bands or band by band. NaN is dropped anyway. */
  readonly nodata?: number | undefined | readonly (number | undefined)[];
  /** value = stored * scale + offset, for all bands or band by band; 1 and 0 when left out. */
  readonly scale?: number | readonly number[] | undefined;
  readonly offset?: number | readonly number[] | undefined;
  /** Band by band, in place of `mask`. */
  readonly masks?: readonly (Uint8Array | undefined)[] | undefined;
}

/**
 * Statistics of each parcel over each band: mean, std (population), min, max, percentiles (linear between ranks), sum, of
 * value = stored * scale + offset. Pixels that are nodata, NaN or masked are dropped; a parcel without valid pixel gives no
 * row. Equal to rasterstats on stored numbers: count, sum, min, max, percentiles exactly, mean and std to rounding (float32
 * is computed in float64 here, in float32 there). Throws
 * `InvalidArgument` when the arrays do not hold the runs, `LimitExceeded`.
 */
export function zonalStatistics(
  runs: ParcelRuns,
  bands: readonly PixelValues[],
  options: BandOptions,
): ZonalStatistics {
  const percentiles = checkPercentiles(options.percentiles);
  for (const [b, pixels] of bands.entries()) checkCover(runs, pixels.length, options, `band ${b + 1}`);
  for (const mask of [options.mask, ...(options.masks ?? [])])
    if (mask !== undefined) checkCover(runs, mask.length, options, 'the mask');
  const table = openTable(runs, bands.length, percentiles);
  const largest = largestParcel(runs);
  const narrow = new Int32Array(bands.some(isNarrow) ? largest : 0);
  const wide = new Float64Array(bands.every(isNarrow) ? 0 : largest);
  for (const [b, pixels] of bands.entries()) {
    const nodata = each(options.nodata, b) ?? Number.NaN;
    const scale = each(options.scale, b) ?? 1;
    const offset = each(options.offset, b) ?? 0;
    const mask = options.masks?.[b] ?? options.mask;
    const asked = mirrored(percentiles, scale);
    for (let i = 0; i < runs.pids.length; i++) {
      const n = isNarrow(pixels)
        ? gatherNarrow(runs, i, pixels, nodata, options, mask, narrow)
        : gatherWide(runs, i, pixels, nodata, options, mask, wide);
      if (n === 0) continue;
      const cell = i * bands.length + b;
      const at = cell * table.stats.length;
      table.counts[cell] = n;
      if (isNarrow(pixels)) describeNarrow(narrow, n, asked, table.values, at);
      else describeWide(wide, n, asked, table.values, at);
      if (scale !== 1 || offset !== 0) rescale(table.values, at, n, asked.length, scale, offset);
    }
  }
  return finishTable(runs, table);
}

function each<T>(option: T | readonly T[] | undefined, b: number): T | undefined {
  return Array.isArray(option) ? (option as readonly T[])[b] : (option as T | undefined);
}
