import { InvalidArgument } from '../errors.ts';
import { packedSignature } from './packed-rows.ts';
import { imageVersions } from './series-images.ts';
import type { SeriesOptions } from './signature-series.ts';
import type { Slot } from './slots.ts';
import type { QueryValue } from './store.ts';

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
 * The question for some parcels' signatures and images: `packed` rows and how `many` they are, the `images`, and the last of the
 * dataset's `layouts`. Further columns may follow; `bind` gives a parameter for a value in them. The dataset stands in the text: so a plan for any
 * parcel, that the server keeps with the prepared statement, has the months of this dataset and no others.
 */
export function fewStatement(
  { dataset, values, rows, images }: Conditions,
  slots: readonly Slot[],
  further: (bind: (value: QueryValue) => string) => readonly string[],
): { readonly text: string; readonly values: readonly QueryValue[] } {
  const bound = [...values];
  const bind = (value: QueryValue) => `$${bound.push(value)}`;
  const ids = slots.map(({ layout }) => `${bind(layout.id)}::smallint`).join(', ');
  const columns = [
    'packed',
    'many',
    `(select ${imageVersions} from furrow.image
          where dataset_id = ${dataset} and id = any (found.images) and ${images}) as images`,
    `(select layouts from furrow.dataset where id = ${dataset}) as layouts`,
    ...further(bind),
  ];
  const text = `select ${columns.join(',\n        ')}
      from (
        select string_agg(${packedSignature(slots, bind)}, '') as packed, count(*) as many, array_agg(image_id) as images
        from furrow.signature where ${rows} and layout_id in (${ids})
      ) found`;
  return { text, values: bound };
}

/** The column `counts` of `fewStatement`: histograms of a band with all classes, as `record_send` writes them. */
export function countsColumn({ rows }: Conditions, band: string): string {
  return `(select string_agg(record_send(h), '') from (
          select pid, image_id, counts from furrow.histogram where ${rows} and band = ${band}) h) as counts`;
}

/** What `fewStatement` answers, by and large. */
export interface FewRows {
  readonly packed: Buffer | null;
  readonly many: number;
  readonly images: Buffer | null;
  /** Null for who may not see the dataset. */
  readonly layouts: number | null;
}

/** A time as the store takes it; null where none is given. Throws `InvalidArgument` for what is none of the years 1 to 9999. */
export function moment(text: string | undefined, name: string): string | null {
  if (text === undefined) return null;
  const time = Date.parse(text);
  // Others are written with a sign or as the year 0, which PostgreSQL does not read.
  const written = Number.isNaN(time) ? '' : new Date(time).toISOString();
  if (!/^\d{4}-/.test(written) || written.startsWith('0000'))
    throw new InvalidArgument(
      `${name} must be a date or time in ISO 8601, of the years 0001 to 9999, not '${text}'`,
    );
  return written;
}

/**
 * Parcels for a parameter. PostgreSQL takes an array that it does not know for one of ten elements, and plans a prepared statement
 * anew for every shorter one, which seems cheaper: 4 ms a question of two parcels, four times what it then takes. So shorter ones
 * are filled up with their first parcel, which is looked up once all the same.
 */
function asManyAsAssumed(pids: readonly number[]): number[] {
  const [first] = pids;
  return first === undefined ? [] : [...pids, ...Array<number>(Math.max(0, 10 - pids.length)).fill(first)];
}

/** Conditions on signatures or histograms, and on images, and the values they name. */
export interface Conditions {
  readonly dataset: number;
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
  else if (pids !== undefined) rows.push(`pid = any (${next(asManyAsAssumed(pids))}::bigint[])`);
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
  return { dataset, values, rows: rows.join(' and '), images: images.join(' and ') };
}
