import { InvalidArgument, StoreFailure } from '../errors.ts';
import { listLayouts, type StoredLayout } from './layouts.ts';
import type { Queryable, QueryOptions } from './store.ts';
import { numbersOf } from './values.ts';

export interface SeriesImage {
  readonly id: number;
  readonly collection: string;
  readonly reference: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly platform: string | null;
  /** Percent of the scene. */
  readonly cloud: number | null;
  /** Images of one pass over the earth share it; null when unknown. */
  readonly acquisition: string | null;
}

/** Statistics of one band, a number a row; `n` is 0 and the statistics are NaN in rows where the band was not measured. */
export interface BandColumns {
  readonly n: Int32Array;
  readonly stats: Readonly<Record<string, Float32Array>>;
}

/**
 * Signatures in columns: a row is one parcel on one image, sorted by parcel, then time. Goes as histogram to `classShare` of
 * the parcels' quality rules.
 */
export interface SignatureSeries {
  readonly rows: number;
  readonly pid: Float64Array;
  /** Index into `images`. */
  readonly image: Int32Array;
  /** The images that occur, in time order. */
  readonly images: readonly SeriesImage[];
  readonly bands: ReadonlyMap<string, BandColumns>;
  /** Pixels per class of the histogram band, row-major, `classes` numbers a row (0: there is no histogram). */
  readonly classes: number;
  readonly counts: Int32Array;
}

export interface SeriesOptions extends QueryOptions {
  /** From `findDataset`. */
  readonly dataset: number;
  readonly pids?: readonly number[] | undefined;
  readonly collection?: string | undefined;
  /** Names of bands or indices as extracted; letter case does not matter. */
  readonly bands: readonly string[];
  /** ISO 8601; images from this moment on. */
  readonly from?: string | undefined;
  /** ISO 8601; images before this moment. */
  readonly to?: string | undefined;
  /** Only this image. */
  readonly image?: number | undefined;
  /** The band whose histogram comes along: `SCL` by default, null for none. */
  readonly histogram?: string | null | undefined;
}

/** Which part of a layout's numbers is read. */
interface Slot {
  readonly layout: StoredLayout;
  /** First and last element of v that is read, counted from 1 as in SQL. */
  readonly from: number;
  readonly to: number;
  /** Per wanted band: where its statistics begin in that part, -1 where the layout lacks it. */
  readonly first: readonly number[];
}

function slotsOf(layouts: readonly StoredLayout[], bands: readonly string[]): Map<number, Slot> {
  const slots = new Map<number, Slot>();
  for (const layout of layouts) {
    const names = layout.bands.map((name) => name.toLowerCase());
    const places = bands.map((band) => names.indexOf(band.toLowerCase()));
    const found = places.filter((place) => place >= 0);
    if (found.length === 0) continue;
    const width = layout.stats.length;
    const start = Math.min(...found);
    slots.set(layout.id, {
      layout,
      from: start * width + 1,
      to: (Math.max(...found) + 1) * width,
      first: places.map((place) => (place < 0 ? -1 : (place - start) * width)),
    });
  }
  return slots;
}

function moment(text: string | undefined, name: string): string | null {
  if (text === undefined) return null;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgument(`${name} must be a date or time in ISO 8601, not '${text}'`);
  return new Date(time).toISOString();
}

/**
 * The stored signatures of parcels over time (or of all parcels on one image), of any bands of one collection or all. Bands
 * that were never extracted give columns of NaN, so the answer to an unknown band has no rows. Times are half-open:
 * `from` is in, `to` is out. Throws `InvalidArgument` for a time that is none, `StoreFailure`.
 */
export async function series(store: Queryable, options: SeriesOptions): Promise<SignatureSeries> {
  const { dataset, pids, collection, bands, image, histogram = 'SCL', signal } = options;
  const from = moment(options.from, 'from');
  const to = moment(options.to, 'to');
  const slots = slotsOf(await listLayouts(store), bands);
  const filter = `dataset_id = $1
        and ($2::bigint[] is null or pid = any ($2))
        and ($3::text is null or i.collection = $3)
        and ($4::timestamptz is null or i.datetime >= $4 and day >= ($4 at time zone 'UTC')::date)
        and ($5::timestamptz is null or i.datetime < $5 and day <= ($5 at time zone 'UTC')::date)
        and ($6::int is null or image_id = $6)`;
  const values = [dataset, pids ?? null, collection ?? null, from, to, image ?? null];
  const parts = [...slots.values()];
  const rows = await store.texts(
    `select pid, image_id, layout_id, n, v[w.first : w.last]
      from unnest($7::smallint[], $8::int[], $9::int[]) w(layout_id, first, last)
      join furrow.signature s using (layout_id) join furrow.image i on i.id = s.image_id
      where ${filter} order by pid, i.datetime, image_id, layout_id`,
    [...values, [...slots.keys()], parts.map((slot) => slot.from), parts.map((slot) => slot.to)],
    { signal },
  );
  // Asked apart: on months without planner statistics yet, a join of the two on parcel and image went by the wrong index.
  const histograms =
    histogram === null
      ? []
      : await store.texts(
          `select pid, image_id, counts from furrow.histogram h join furrow.image i on i.id = h.image_id
            where ${filter} and band = $7`,
          [...values, histogram],
          { signal },
        );
  const { keys, imageIds, ...columns } = unpack(rows, bands, slots);
  return { ...columns, ...countsOf(keys, histograms), ...(await imagesOf(store, imageIds, { signal })) };
}

type Row = (string | null)[];

function required(row: Row, column: number): string {
  const text = row[column];
  if (text == null) throw new StoreFailure(`column ${column} of a signature is null`);
  return text;
}

function unpack(rows: readonly Row[], bands: readonly string[], slots: ReadonlyMap<number, Slot>) {
  const stats = [...new Set([...slots.values()].flatMap(({ layout }) => layout.stats))];
  const columns = bands.map(() => ({
    n: new Int32Array(rows.length),
    stats: Object.fromEntries(stats.map((stat) => [stat, new Float32Array(rows.length).fill(Number.NaN)])),
  }));
  const pid = new Float64Array(rows.length);
  const imageIds = new Int32Array(rows.length);
  const keys = new Map<string, number>();
  for (const row of rows) {
    // Layouts of one parcel and image follow each other: together they are one row of the answer.
    const key = `${required(row, 0)} ${required(row, 1)}`;
    const at = keys.get(key) ?? keys.size;
    keys.set(key, at);
    pid[at] = Number(row[0]);
    imageIds[at] = Number(row[1]);
    const slot = slots.get(Number(required(row, 2)));
    if (slot === undefined) continue;
    const numbers = numbersOf(required(row, 4));
    if (numbers.length !== slot.to - slot.from + 1)
      throw new StoreFailure(
        `parcel and image ${key}: the signature does not fit its layout ${slot.layout.id}`,
      );
    slot.first.forEach((first, band) => {
      const column = columns[band];
      if (first < 0 || column === undefined) return;
      column.n[at] = Number(required(row, 3));
      slot.layout.stats.forEach((stat, place) => {
        const values = column.stats[stat];
        if (values !== undefined) values[at] = numbers[first + place] ?? Number.NaN;
      });
    });
  }
  const cut = keys.size;
  const named = columns.map(({ n, stats }, band): [string, BandColumns] => {
    const entries = Object.entries(stats).map(([stat, values]) => [stat, values.subarray(0, cut)] as const);
    return [bands[band] ?? '', { n: n.subarray(0, cut), stats: Object.fromEntries(entries) }];
  });
  return {
    rows: cut,
    keys,
    pid: pid.subarray(0, cut),
    imageIds: imageIds.subarray(0, cut),
    bands: new Map(named),
  };
}

function countsOf(
  keys: ReadonlyMap<string, number>,
  histograms: readonly Row[],
): { classes: number; counts: Int32Array } {
  const found = histograms.flatMap((row) => {
    const at = keys.get(`${required(row, 0)} ${required(row, 1)}`);
    return at === undefined ? [] : [{ at, counts: numbersOf(required(row, 2)) }];
  });
  const classes = found.reduce((most, histogram) => Math.max(most, histogram.counts.length), 0);
  const counts = new Int32Array(keys.size * classes);
  for (const histogram of found) counts.set(histogram.counts, histogram.at * classes);
  return { classes, counts };
}

async function imagesOf(
  store: Queryable,
  ids: Int32Array,
  options: QueryOptions,
): Promise<{ image: Int32Array; images: SeriesImage[] }> {
  const rows = await store.query<
    Omit<SeriesImage, 'datetime'> & { datetime: Date } & Record<string, unknown>
  >(
    `select id, collection, reference, datetime, platform, cloud, acquisition from furrow.image where id = any ($1)
      order by datetime, id`,
    [[...new Set(ids)]],
    options,
  );
  const place = new Map(rows.map(({ id }, index) => [id, index]));
  const images = rows.map((row) => ({ ...row, datetime: row.datetime.toISOString() }));
  return { image: ids.map((id) => place.get(id) ?? -1), images };
}
