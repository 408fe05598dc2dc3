import { InvalidArgument } from '../errors.ts';
import { describeWide } from './distribution.ts';
import { gridCorner } from './gather.ts';
import type { IndexDefinition } from './indices.ts';
import type { PixelValues } from './pixel-values.ts';
import type { ParcelRuns } from './runs.ts';
import type { ZonalOptions } from './statistics.ts';
import {
  checkCover,
  checkPercentiles,
  finishTable,
  largestParcel,
  openTable,
  type ZonalStatistics,
} from './zonal-table.ts';

/** Stored pixels of one band: value = stored * scale + offset. */
export interface IndexBand {
  readonly pixels: PixelValues;
  readonly nodata?: number | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
}

type Formula = Pick<IndexDefinition, 'bands' | 'formula'> & { readonly name: string };

/** Gives the index at a place in the arrays, NaN where a band has no data or the formula gives no finite number. */
function indexReader(
  { name, bands: wanted, formula }: Formula,
  bands: readonly IndexBand[],
): (at: number) => number {
  const sizes = bands.map((band) => band.pixels.length);
  if (bands.length !== wanted.length || bands.length > 3 || sizes.some((size) => size !== sizes[0]))
    throw new InvalidArgument(
      `${name} takes ${wanted.join(', ')} as bands of one size; it got bands of ${sizes.join(', ') || 'no'} pixels`,
    );
  const absent: Required<IndexBand> = { pixels: new Uint8Array(0), nodata: NaN, scale: 1, offset: 0 };
  const [a, b, c] = [0, 1, 2].map((i) => {
    const { pixels, nodata = NaN, scale = 1, offset = 0 } = bands[i] ?? absent;
    return { pixels, nodata, scale, offset, used: i < bands.length };
  }) as [Term, Term, Term];
  return (at) => {
    const [va, vb, vc] = [termValue(a, at), termValue(b, at), termValue(c, at)];
    const value = formula(va, vb, vc);
    return Number.isFinite(value) && !Number.isNaN(va + vb + vc) ? value : NaN;
  };
}

interface Term extends Required<IndexBand> {
  readonly nodata: number;
  readonly scale: number;
  readonly offset: number;
  readonly used: boolean;
}

function termValue({ pixels, nodata, scale, offset, used }: Term, at: number): number {
  if (!used) return 0;
  const stored = Number(pixels[at]);
  return stored === nodata ? NaN : stored * scale + offset;
}

/**
 * An index for every pixel, in float64; NaN where the mask is 1, a band is nodata, or the formula gives no finite number.
 * `bands` in the order of the definition, all on one grid. Throws `InvalidArgument`.
 */
export function indexPixels(
  definition: Formula,
  bands: readonly IndexBand[],
  mask?: Uint8Array | undefined,
): Float64Array {
  const pixels = bands[0]?.pixels.length ?? 0;
  if (mask !== undefined && mask.length !== pixels)
    throw new InvalidArgument(`the mask has ${mask.length} pixels, the bands have ${pixels}`);
  const read = indexReader(definition, bands);
  const index = new Float64Array(pixels);
  for (let at = 0; at < pixels; at++) index[at] = mask?.[at] === 1 ? NaN : read(at);
  return index;
}

/**
 * Statistics of an index over each parcel, of the pixels where `indexPixels` gives a number, as one band; the index is
 * computed inside the parcels only. Throws `InvalidArgument`, `LimitExceeded`.
 */
export function indexStatistics(
  runs: ParcelRuns,
  definition: Formula,
  bands: readonly IndexBand[],
  options: ZonalOptions,
): ZonalStatistics {
  const percentiles = checkPercentiles(options.percentiles);
  const read = indexReader(definition, bands);
  const { mask } = options;
  checkCover(runs, bands[0]?.pixels.length ?? 0, options, definition.name);
  if (mask !== undefined) checkCover(runs, mask.length, options, 'the mask');
  const table = openTable(runs, 1, percentiles);
  const scratch = new Float64Array(largestParcel(runs));
  const corner = gridCorner(options);
  for (let i = 0; i < runs.pids.length; i++) {
    let n = 0;
    const to = runs.offsets[i + 1] as number;
    for (let run = runs.offsets[i] as number; run < to; run += 3) {
      const row = corner + (runs.runs[run] as number) * options.width;
      const end = row + (runs.runs[run + 2] as number);
      for (let at = row + (runs.runs[run + 1] as number); at < end; at++) {
        if (mask !== undefined && mask[at] === 1) continue;
        const value = read(at);
        if (!Number.isNaN(value)) scratch[n++] = value;
      }
    }
    table.counts[i] = n;
    if (n > 0) describeWide(scratch, n, percentiles, table.values, i * table.stats.length);
  }
  return finishTable(runs, table);
}
