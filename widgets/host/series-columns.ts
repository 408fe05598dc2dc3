import type { SeriesColumns } from '../shared/series-plot-state.ts';

/** One date of a season as a plot needs it; statistics are NaN where no pixel was valid. `clear` is a share, 0 to 1. */
export interface PlotPoint {
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly n: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly clear: number;
}

export interface PlotSeries<Point extends PlotPoint> {
  readonly points: readonly Point[];
}

/** The points in the order of their dates: indices of the columns are indices of this list. */
export function inOrderOfTime<Point extends PlotPoint>(points: readonly Point[]): Point[] {
  return [...points].sort((a, b) => Date.parse(a.datetime) - Date.parse(b.datetime));
}

/** The columns that travel to a browser; a date is cloudy when less than `clearAtLeast` of the parcel was clear. */
export function seriesColumns(
  label: string,
  points: readonly PlotPoint[],
  clearAtLeast: number,
): SeriesColumns {
  const orNull = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    label,
    datetime: points.map(({ datetime }) => datetime),
    median: points.map(({ p50 }) => orNull(p50)),
    p25: points.map(({ p25 }) => orNull(p25)),
    p75: points.map(({ p75 }) => orNull(p75)),
    count: points.map(({ n }) => n),
    clear: points.map(({ clear }) => orNull(clear) ?? 0),
    cloudy: points.map(({ clear }) => !(clear >= clearAtLeast)),
  };
}
