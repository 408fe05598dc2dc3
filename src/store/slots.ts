import type { StoredLayout } from './layouts.ts';

/** Which numbers of a layout are read. */
export interface Slot {
  readonly layout: StoredLayout;
  /** First and last element of v that is read, counted from 1 as in SQL. */
  readonly from: number;
  readonly to: number;
  /** Per wanted band, then statistic: its place counted from `from`, -1 where the layout lacks it. */
  readonly places: readonly number[];
  /** Where numbers are picked one by one: which, counted from 1; the places are then those in this list. */
  readonly picks?: readonly number[] | undefined;
  /** Whether those come as columns of their own. */
  readonly columns?: boolean | undefined;
}

/** What is asked of the layouts: the statistics that the answer has, and where they stand. */
export interface Slots {
  readonly stats: readonly string[];
  readonly slots: readonly Slot[];
}

/** The layouts that have one of the bands, and one of the statistics (all of theirs when left out). */
export function slotsOf(
  layouts: readonly StoredLayout[],
  bands: readonly string[],
  wanted: readonly string[] | undefined,
): Slots {
  const names = bands.map((band) => band.toLowerCase());
  const having = layouts.filter(({ bands: own }) => own.some((name) => names.includes(name.toLowerCase())));
  const stats = wanted ?? [...new Set(having.flatMap((layout) => layout.stats))];
  const slots = having.flatMap((layout): Slot[] => {
    const own = layout.bands.map((name) => name.toLowerCase());
    const placesInBand = stats.map((stat) => layout.stats.indexOf(stat));
    const numbers = names.flatMap((name) => {
      const band = own.indexOf(name);
      return placesInBand.map((place) =>
        band < 0 || place < 0 ? 0 : band * layout.stats.length + place + 1,
      );
    });
    const found = numbers.filter((number) => number > 0);
    if (found.length === 0) return [];
    const from = Math.min(...found);
    const places = numbers.map((number) => (number === 0 ? -1 : number - from));
    return [{ layout, from, to: Math.max(...found), places }];
  });
  return { stats, slots };
}

/** The numbers of a slot, each once, counted from 1 as in SQL, and per wanted band and statistic the place among them (-1: none). */
export function numbersOf({ from, places }: Slot): {
  readonly numbers: readonly number[];
  readonly places: readonly number[];
} {
  const wanted = [...new Set(places.filter((place) => place >= 0))].sort((a, b) => a - b);
  return {
    numbers: wanted.map((place) => from + place),
    places: places.map((place) => wanted.indexOf(place)),
  };
}

/** Up to how many numbers come as columns of their own: an array costs more to make and to send. */
const mostColumns = 8;

/**
 * The same numbers picked one by one where that sends less than half of the range between the first and the last; as columns
 * where they are few and of the one layout that is asked (of `many`).
 */
export function picked(slot: Slot, many: number): Slot {
  const { numbers: picks, places } = numbersOf(slot);
  const columns = many === 1 && picks.length <= mostColumns;
  if (!columns && picks.length * 2 > slot.to - slot.from + 1) return slot;
  return { ...slot, places, picks, columns };
}
