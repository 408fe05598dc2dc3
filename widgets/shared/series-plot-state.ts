/** Which dates of a series are drawn: only clear ones, all (cloudy ones as open markers), or only cloudy ones. */
export type CloudChoice = 'hide' | 'show' | 'only';
export const cloudChoices = ['hide', 'show', 'only'] as const satisfies readonly CloudChoice[];

/** One parcel's season as columns of one length; null where a date has no value. */
export interface SeriesColumns {
  readonly label: string;
  /** ISO 8601, UTC, ascending. */
  readonly datetime: readonly string[];
  readonly median: readonly (number | null)[];
  readonly p25: readonly (number | null)[];
  readonly p75: readonly (number | null)[];
  /** Pixels counted. */
  readonly count: readonly number[];
  /** Share of clear pixels, 0 to 1. */
  readonly clear: readonly number[];
  /** True where too little of the parcel was clear for the value to be trusted. */
  readonly cloudy: readonly boolean[];
}

export type SeriesStatus = 'empty' | 'loading' | 'ready' | 'error';

/** The state of a series plot that travels between kernel and browser. */
export interface SeriesPlotState {
  readonly title: string;
  readonly value_label: string;
  /** Pixels. */
  readonly height: number;
  readonly clouds: CloudChoice;
  /** Grows with every new series: a click names the revision that it was made on. */
  readonly revision: number;
  readonly series: SeriesColumns | null;
  /** What to draw around: fixed limits of the value axis, or null for limits by the data. */
  readonly value_range: readonly [low: number, high: number] | null;
  readonly status: SeriesStatus;
  /** Shown when the status is not `ready`. */
  readonly message: string;
  /** Index of the chosen date in `series`. */
  readonly selected: number | null;
}
