import { InvalidArgument } from '../errors.ts';
import type { StoredLayout } from './layouts.ts';
import { imageVersions } from './series-images.ts';
import type { SeriesOptions } from './signature-series.ts';
import type { QueryValue } from './store.ts';

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
    const numbers = names.flatMap((name) =>
      stats.map((stat) => {
        const [band, place] = [own.indexOf(name), layout.stats.indexOf(stat)];
        return band < 0 || place < 0 ? 0 : band * layout.stats.length + place + 1;
      }),
    );
    const found = numbers.filter((number) => number > 0);
    if (found.length === 0) return [];
    const from = Math.min(...found);
    const places = numbers.map((number) => (number === 0 ? -1 : number - from));
    return [{ layout, from, to: Math.max(...found), places }];
  });
  return { stats, slots };
}

/** Up to how many numbers come as columns of their own: an array costs more to make and to send. */
const mostColumns = 8;

/**
 * The same numbers picked one by one where that sends less than half of the range between the first and the last; as columns
 * where they are few and of the one layout that is asked (of `many`).
 */
export function picked(slot: Slot, many: number): Slot {
  const picks = [...new Set(slot.places.filter((place) => place >= 0))].sort((a, b) => a - b);
  const columns = many === 1 && picks.length <= mostColumns;
  if (!columns && picks.length * 2 > slot.to - slot.from + 1) return slot;
  const places = slot.places.map((place) => picks.indexOf(place));
  return { ...slot, places, picks: picks.map((place) => slot.from + place), columns };
}

/** What is selected from `furrow.signature`, as `signatureTuples` takes it. */
export function signatureFields(slots: readonly Slot[]): string {
  const picks = ({ picks = [] }: Slot) => picks.map((pick) => `v[${pick}]`).join(', ');
  const [only] = slots;
  if (only?.columns) return `pid, image_id, n, ${picks(only)}`;
  const part = (slot: Slot) =>
    `when ${slot.layout.id} then ${slot.picks === undefined ? `v[${slot.from}:${slot.to}]` : `array[${picks(slot)}]`}`;
  return `pid, image_id, layout_id, n, case layout_id ${slots.map(part).join(' ')} end`;
}

/**
 * The question for one parcel's signatures, images and histograms. The dataset stands in the text: so a plan for any parcel,
 * that the server keeps with the prepared statement, has the months of this dataset and no others.
 */
export function oneStatement(
  { values, rows, images }: Conditions,
  slots: readonly Slot[],
  histogram: string | null = 'SCL',
): { readonly text: string; readonly values: readonly QueryValue[] } {
  const bound = [...values];
  const next = (value: QueryValue) => `$${bound.push(value)}`;
  const cases = slots.map(
    ({ layout, from, to }) =>
      `when ${next(layout.id)}::smallint then v[${next(from)}::integer : ${next(to)}::integer]`,
  );
  const ids = slots.map(({ layout }) => `${next(layout.id)}::smallint`).join(', ');
  const counts =
    histogram === null
      ? 'null::bytea'
      : `(select string_agg(record_send(h), '') from (
          select pid, image_id, counts from furrow.histogram where ${rows} and band = ${next(histogram)}) h)`;
  const text = `with found as materialized (
        select pid, image_id, layout_id, n, case layout_id ${cases.join(' ')} end as v
        from furrow.signature where ${rows} and layout_id in (${ids})
      )
      select (select string_agg(record_send(f), '') from found f) as rows,
        (select ${imageVersions} from furrow.image where id in (select image_id from found) and ${images}) as images,
        ${counts} as counts, (select count(*) from furrow.layout) as layouts`;
  return { text, values: bound };
}

export function moment(text: string | undefined, name: string): string | null {
  if (text === undefined) return null;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgument(`${name} must be a date or time in ISO 8601, not '${text}'`);
  return new Date(time).toISOString();
}

/** Conditions on signatures or histograms, and on images, and the values they name. */
export interface Conditions {
  readonly values: QueryValue[];
  readonly rows: string;
  readonly images: string;
}

/**
 * What is asked as conditions of only what was asked, so that the planner sees no alternatives. Times and collections are
 * conditions on the images; the days of the times name the months.
 */
export function conditionsOf({ dataset, pids, collection, image, from, to }: SeriesOptions): Conditions {
  if (!Number.isSafeInteger(dataset))
    throw new InvalidArgument(`dataset must be a whole number, not ${dataset}`);
  const values: QueryValue[] = [];
  const next = (value: QueryValue) => `$${values.push(value)}`;
  const rows = [`dataset_id = ${dataset}`];
  const images = ['true'];
  if (pids?.length === 1) rows.push(`pid = ${next(pids[0] ?? null)}::bigint`);
  else if (pids !== undefined) rows.push(`pid = any (${next([...pids])}::bigint[])`);
  if (image !== undefined) rows.push(`image_id = ${next(image)}::integer`);
  if (collection !== undefined) images.push(`collection = ${next(collection)}`);
  for (const [time, than] of [
    [moment(from, 'from'), '>='],
    [moment(to, 'to'), '<'],
  ] as const) {
    if (time === null) continue;
    images.push(`datetime ${than} ${next(time)}::timestamptz`);
    rows.push(`day ${than === '<' ? '<=' : than} ${next(time.slice(0, 10))}::date`);
  }
  return { values, rows: rows.join(' and '), images: images.join(' and ') };
}
