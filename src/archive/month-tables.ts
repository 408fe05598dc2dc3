import { StoreFailure } from '../errors.ts';
import type { Column, ColumnBatch } from '../formats/column-batch.ts';
import { listLayouts, type StoredLayout } from '../store/layouts.ts';
import type { Queryable, QueryOptions } from '../store/store.ts';
import { numbersOf } from '../store/values.ts';
import type { Month } from './month.ts';

/** Rows of one row group: a parcel's band is then read in about a quarter of a megabyte. */
export const groupRows = 8192;

/** A table of an archived month: the signatures of one layout, or all histograms. */
export interface MonthTable {
  readonly kind: 'signature' | 'histogram';
  readonly layout: StoredLayout | undefined;
  /** By parcel, then image, in batches of `groupRows`. */
  batches(options?: QueryOptions): AsyncGenerator<ColumnBatch, void, undefined>;
}

interface Image extends Record<string, unknown> {
  readonly id: number;
  readonly reference: string;
  readonly datetime: Date;
}

/** The tables that hold the rows of a month. Each batch is a statement of its own: no transaction stays open. */
export async function monthTables(
  store: Queryable,
  dataset: number,
  { first, next }: Month,
  options: QueryOptions = {},
): Promise<MonthTable[]> {
  const scope = [dataset, first, next];
  const inMonth = 'dataset_id = $1 and day >= $2 and day < $3';
  const layouts = new Map((await listLayouts(store, dataset)).map((layout) => [layout.id, layout]));
  const used = await store.query<{ layout: number }>(
    `select distinct layout_id as layout from furrow.signature where ${inMonth} order by layout_id`,
    scope,
    options,
  );
  const [most] = await store.query<{ classes: number | null }>(
    `select max(cardinality(counts)) as classes from furrow.histogram where ${inMonth}`,
    scope,
    options,
  );
  const images = new Map(
    (
      await store.query<Image>(
        // The work's own time, which decided about the day of the rows: the image's may have been corrected since.
        `select i.id, i.reference, e.datetime from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
          where e.dataset_id = $1 and e.datetime >= $2::date - 1 and e.datetime < $3::date + 1`,
        scope,
        options,
      )
    ).map((image) => [image.id, image]),
  );
  const signatures = used.map(({ layout: id }): MonthTable => {
    const layout = layouts.get(id);
    if (layout === undefined)
      throw new StoreFailure(`the store has signatures of a layout ${id} that it lacks`);
    return {
      kind: 'signature',
      layout,
      async *batches(queryOptions = {}) {
        const names = layout.bands.flatMap((band) => layout.stats.map((stat) => valueColumn(band, stat)));
        let last: readonly (string | null)[] = [String(Number.MIN_SAFE_INTEGER), '0'];
        for (;;) {
          const rows = await store.texts(
            `select pid, image_id, n, v from furrow.signature
              where ${inMonth} and layout_id = $4 and (pid, image_id) > ($5::bigint, $6::int)
              order by pid, image_id limit $7`,
            [...scope, id, last[0] ?? null, last[1] ?? null, groupRows],
            queryOptions,
          );
          if (rows.length > 0)
            yield {
              rows: rows.length,
              columns: [
                ...keyColumns(rows, images),
                { name: 'n', type: 'integer', values: Int32Array.from(rows, (row) => Number(row[2])) },
                ...valueColumns(rows, names),
              ],
            };
          if (rows.length < groupRows) return;
          last = rows.at(-1) ?? last;
        }
      },
    };
  });
  const classes = most?.classes ?? null;
  if (classes === null) return signatures;
  const histograms: MonthTable = {
    kind: 'histogram',
    layout: undefined,
    async *batches(queryOptions = {}) {
      let last: readonly (string | null)[] = [String(Number.MIN_SAFE_INTEGER), '0', ''];
      for (;;) {
        const rows = await store.texts(
          `select pid, image_id, band, counts from furrow.histogram
            where ${inMonth} and (pid, image_id, band) > ($4::bigint, $5::int, $6::text)
            order by pid, image_id, band limit $7`,
          [...scope, last[0] ?? null, last[1] ?? null, last[2] ?? null, groupRows],
          queryOptions,
        );
        if (rows.length > 0)
          yield {
            rows: rows.length,
            columns: [
              ...keyColumns(rows, images),
              { name: 'band', type: 'text', values: rows.map((row) => row[2] ?? null) },
              ...classColumns(rows, classes),
            ],
          };
        if (rows.length < groupRows) return;
        last = rows.at(-1) ?? last;
      }
    },
  };
  return [...signatures, histograms];
}

/** The name of a column of values in the files. */
export function valueColumn(band: string, stat: string): string {
  return `${band}_${stat}`;
}

type Rows = readonly (readonly (string | null)[])[];

/** What every table begins with. Reference and time are for those who read the files without the store. */
function keyColumns(rows: Rows, images: ReadonlyMap<number, Image>): Column[] {
  const ids = Int32Array.from(rows, (row) => Number(row[1]));
  const own = Array.from(ids, (id, at) => {
    const image = images.get(id);
    if (image === undefined)
      throw new StoreFailure(
        `parcel ${rows[at]?.[0]} has rows of an image ${id} that the dataset does not list`,
      );
    return image;
  });
  return [
    { name: 'pid', type: 'integer', values: Float64Array.from(rows, (row) => Number(row[0])) },
    { name: 'image_id', type: 'integer', values: ids },
    { name: 'reference', type: 'text', values: own.map(({ reference }) => reference) },
    {
      name: 'datetime',
      type: 'time',
      values: Float64Array.from(own, ({ datetime }) => datetime.getTime()),
    },
  ];
}

function valueColumns(rows: Rows, names: readonly string[]): Column[] {
  const columns = names.map(() => new Float32Array(rows.length));
  rows.forEach((row, at) => {
    const numbers = numbersOf(row[3] ?? '{}');
    if (numbers.length !== names.length)
      throw new StoreFailure(`parcel ${row[0]}, image ${row[1]}: the signature does not fit its layout`);
    for (const [place, column] of columns.entries()) column[at] = numbers[place] ?? Number.NaN;
  });
  return columns.map((values, place) => ({ name: names[place] ?? '', type: 'float32', values }));
}

/** Classes from 0 on, and how many of them the row states: what stands beyond is padding. */
function classColumns(rows: Rows, classes: number): Column[] {
  const known = new Int32Array(rows.length);
  const counts = Array.from({ length: classes }, () => new Int32Array(rows.length));
  rows.forEach((row, at) => {
    const numbers = numbersOf(row[3] ?? '{}');
    known[at] = numbers.length;
    for (const [place, number] of numbers.entries()) {
      const column = counts[place];
      if (column !== undefined) column[at] = number;
    }
  });
  return [
    { name: 'classes', type: 'integer', values: known },
    ...counts.map((values, place): Column => ({ name: `class_${place}`, type: 'integer', values })),
  ];
}
