/** One image's answer for one parcel and one band or index. */
export interface SeasonPoint {
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly itemId: string;
  /** Valid pixels. */
  readonly n: number;
  readonly mean: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  /** Share of the parcel's pixels, 0 to 1, that show the ground; 1 where the item has no scene classification. */
  readonly clear: number;
}

/** An image that should be in a season and could not be read. */
export interface SeriesProblem {
  readonly item: string;
  readonly reason: string;
}

/** The season of one parcel, ascending in time. */
export interface Series {
  readonly pid: number;
  /** Name of the band or index. */
  readonly of: string;
  readonly points: readonly SeasonPoint[];
  /** Images that could not be read; left out where there are none. */
  readonly problems?: readonly SeriesProblem[] | undefined;
}

/** A point that knows to which acquisition its item belongs. */
export interface AcquiredPoint extends SeasonPoint {
  readonly acquisition: string;
  /** When its item was processed, as a text that sorts. */
  readonly processed?: string | undefined;
}

/**
 * One point per acquisition, ascending in time: of overlapping granules and processings the one with more valid pixels, of
 * equals the one processed last, then the last by item id (archives number a repeated processing upwards); so an overlap
 * counts once.
 */
export function onePerAcquisition<T extends AcquiredPoint>(points: Iterable<T>): T[] {
  const best = new Map<string, T>();
  for (const point of points) {
    const known = best.get(point.acquisition);
    if (known === undefined || isBetter(point, known)) best.set(point.acquisition, point);
  }
  return [...best.values()].sort(
    (one, other) => compare(one.datetime, other.datetime) || compare(one.itemId, other.itemId),
  );
}

function isBetter(point: AcquiredPoint, known: AcquiredPoint): boolean {
  const order =
    point.n - known.n ||
    compare(point.processed ?? '', known.processed ?? '') ||
    compare(point.itemId, known.itemId);
  return order > 0;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
