import { InvalidArgument } from '../errors.ts';

/** What is measured of each parcel, and over which of its pixels. Plain data. */
export interface MeasureOptions {
  /**
   * Statistics in the order in which they are kept: `mean`, `std`, `min`, `max`, `sum`, and percentiles as `p0` to `p100`
   * (`p2.5` is one too); mean, std, min, max and quartiles when left out.
   */
  readonly statistics?: readonly string[] | undefined;
  /** Every pixel that the parcel touches, instead of those whose centre lies in it. GDAL's rule of that name. */
  readonly allTouched?: boolean | undefined;
  /** Metres: only pixels whose centre lies in the parcel and at least so far from its boundary. 0 when left out. */
  readonly innerBuffer?: number | undefined;
  /** Smaller parcels are left out. */
  readonly minArea?: MinimumArea | undefined;
}

export interface MinimumArea {
  /** Of the parcel's outline. */
  readonly hectares?: number | undefined;
  /** Pixels of the parcel on the grid that is measured, nodata or not. */
  readonly pixels?: number | undefined;
}

/** Measures with nothing left out; the same choice is always the same JSON. */
export interface Measures {
  readonly statistics: readonly string[];
  readonly allTouched: boolean;
  readonly innerBuffer: number;
  readonly minArea: { readonly hectares: number; readonly pixels: number };
}

export const defaultStatistics = ['mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'] as const;

const plain = new Set(['mean', 'std', 'min', 'max', 'sum']);

/** Fills in what is left out. Throws `InvalidArgument` for what cannot be measured. */
export function measuresOf(options: MeasureOptions = {}): Measures {
  const { statistics = defaultStatistics, allTouched = false, innerBuffer = 0, minArea = {} } = options;
  const names = statistics.map(statisticName);
  if (names.length === 0) throw new InvalidArgument('no statistic was asked for');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InvalidArgument(`the statistic ${twice} was asked for twice`);
  const numbers = {
    'inner buffer': innerBuffer,
    hectares: minArea.hectares ?? 0,
    pixels: minArea.pixels ?? 0,
  };
  for (const [what, value] of Object.entries(numbers))
    if (!(value >= 0 && Number.isFinite(value)))
      throw new InvalidArgument(`${what} must be a number from 0 on, not ${value}`);
  if (allTouched && innerBuffer > 0)
    throw new InvalidArgument(
      'all-touched takes pixels beyond the boundary and an inner buffer leaves out those within it: choose one',
    );
  return {
    statistics: names,
    allTouched,
    innerBuffer,
    minArea: { hectares: minArea.hectares ?? 0, pixels: minArea.pixels ?? 0 },
  };
}

/** The percentiles among statistics, ascending, as `zonalStatistics` takes them. */
export function percentilesOf(statistics: readonly string[]): number[] {
  return statistics.flatMap((name) => percentileOf(name) ?? []).sort((one, other) => one - other);
}

function percentileOf(name: string): number | undefined {
  const number = /^p(\d{1,3}(?:\.\d{1,6})?)$/.exec(name)?.[1];
  return number !== undefined && Number(number) <= 100 ? Number(number) : undefined;
}

/** `median` is p50, and p05 and p5 are one. */
function statisticName(name: string): string {
  const lower = name.trim().toLowerCase();
  if (plain.has(lower)) return lower;
  const percentile = lower === 'median' ? 50 : percentileOf(lower);
  if (percentile === undefined)
    throw new InvalidArgument(
      `'${name}' is no statistic; there are ${[...plain].join(', ')}, median, and percentiles from p0 to p100`,
    );
  return `p${percentile}`;
}
