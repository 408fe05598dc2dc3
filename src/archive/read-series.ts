import { listLayouts, type StoredLayout } from '../store/layouts.ts';
import {
  type BandColumns,
  type SeriesImage,
  type SeriesOptions,
  type SignatureSeries,
  series,
} from '../store/series.ts';
import { moment } from '../store/series-statement.ts';
import type { Queryable, QueryOptions } from '../store/store.ts';
import { type ArchivedMonth, type ArchiveFile, listArchive, storeMark } from './archive-catalog.ts';
import { archivedRows, firstAtLeast } from './archived-rows.ts';
import { joinSeries, partOf, type SeriesPart } from './join-series.ts';
import { valueColumn } from './month-tables.ts';
import { closeArchived, openArchived } from './open-archived.ts';

/**
 * As `series` of the store, but months that lie in the archive alone are read from there: what is asked and answered is the same
 * wherever a month lies. An image that was extracted again after its month was archived counts as the store has it. Besides what
 * `series` throws: `FileNotFound`, `StorageFailure` and `InvalidFile` where an archived file cannot be read.
 */
export async function readSeries(store: Queryable, options: SeriesOptions): Promise<SignatureSeries> {
  const { dataset, signal } = options;
  let before = await detachedMonths(store, options);
  for (;;) {
    // First: an image that is written from here on has its rows in the store, and then counts as the store has it.
    const archived: (readonly [ArchivedMonth, readonly SeriesImage[]])[] = [];
    for (const month of before) archived.push([month, await imagesOf(store, dataset, month, options)]);
    const live = await series(store, options);
    // A month that was detached or brought back in between would be missing: asked again.
    const after = await detachedMonths(store, options);
    const same = before.map(({ run }) => run).join() === after.map(({ run }) => run).join();
    before = after;
    if (!same) continue;
    if (after.length === 0) return live;
    const mark = await storeMark(store, { signal });
    const layouts = await listLayouts(store, dataset);
    const parts: SeriesPart[] = [partOf(live)];
    const images = new Map(live.images.map((image) => [image.id, image]));
    for (const [month, all] of archived) {
      const own = all.filter(({ id }) => !images.has(id));
      for (const image of own) images.set(image.id, image);
      if (own.length > 0) parts.push(...(await archivedParts(month, own, layouts, mark, options)));
    }
    return joinSeries(parts, options.bands, [...images.values()]);
  }
}

/** The months within a time that lie in files alone. Throws `InvalidArgument` for a time that is none. */
export async function detachedMonths(
  store: Queryable,
  { dataset, from, to, signal }: Pick<SeriesOptions, 'dataset' | 'from' | 'to' | 'signal'>,
): Promise<ArchivedMonth[]> {
  const [first, last] = [moment(from, 'from')?.slice(0, 10), moment(to, 'to')?.slice(0, 10)];
  const [there] = await store.texts(
    `select exists (select 1 from furrow.archive where dataset_id = $1 and status = 'detached')`,
    [dataset],
    { signal },
  );
  if (there?.[0] !== 't') return [];
  return (await listArchive(store, dataset, { signal })).filter(
    ({ status, month }) =>
      status === 'detached' &&
      (first === undefined || month.next > first) &&
      (last === undefined || month.first <= last),
  );
}

/** The images of a detached month whose rows in the archive still hold: not written again since, nor dropped. */
async function imagesOf(
  store: Queryable,
  dataset: number,
  { month }: ArchivedMonth,
  { collection, from, to, image, signal }: SeriesOptions,
): Promise<SeriesImage[]> {
  const rows = await store.query<
    Omit<SeriesImage, 'datetime'> & { datetime: Date } & Record<string, unknown>
  >(
    `select i.id, i.collection, i.reference, i.datetime, i.platform, i.cloud, i.acquisition
      from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
      where e.dataset_id = $1 and e.datetime >= $2::date::timestamp at time zone 'UTC' and e.datetime < $3::date::timestamp at time zone 'UTC'
        and e.status <> 'dropped' and not e.written
        and ($4::text is null or i.collection = $4) and ($5::timestamptz is null or i.datetime >= $5)
        and ($6::timestamptz is null or i.datetime < $6) and ($7::int is null or i.id = $7)`,
    [
      dataset,
      month.first,
      month.next,
      collection ?? null,
      moment(from, 'from'),
      moment(to, 'to'),
      image ?? null,
    ],
    { signal },
  );
  return rows.map((row) => ({ ...row, datetime: row.datetime.toISOString() }));
}

async function archivedParts(
  month: ArchivedMonth,
  images: readonly SeriesImage[],
  layouts: readonly StoredLayout[],
  mark: string,
  options: SeriesOptions,
): Promise<SeriesPart[]> {
  const { dataset, bands, histogram = 'SCL', signal } = options;
  const pids = options.pids && Float64Array.from(new Set(options.pids)).sort();
  const context = { dataset, mark, pids, images: new Set(images.map(({ id }) => id)), signal };
  const wanted = month.files.filter((file) => mayHold(file, pids));
  const parts = wanted.map(async (file): Promise<SeriesPart[]> => {
    const layout = layouts.find(({ id }) => id === file.layout);
    try {
      if (file.kind === 'histogram')
        return histogram === null ? [] : await histogramParts(month, file, histogram, context);
      return layout === undefined ? [] : await signatureParts(month, file, layout, bands, context);
    } catch (error) {
      closeArchived(month, file);
      throw error;
    }
  });
  return (await Promise.all(parts)).flat();
}

interface Context extends QueryOptions {
  readonly dataset: number;
  readonly mark: string;
  readonly pids: Float64Array | undefined;
  readonly images: ReadonlySet<number>;
}

function mayHold({ firstPid, lastPid }: ArchiveFile, pids: Float64Array | undefined): boolean {
  const pid = pids?.[firstAtLeast(pids, firstPid)];
  return pids === undefined || (pid !== undefined && pid <= lastPid);
}

async function signatureParts(
  month: ArchivedMonth,
  file: ArchiveFile,
  { bands: names, stats }: StoredLayout,
  bands: readonly string[],
  context: Context,
): Promise<SeriesPart[]> {
  const found = bands.flatMap((band) => {
    const name = names.find((own) => own.toLowerCase() === band.toLowerCase());
    return name === undefined ? [] : [{ band, name }];
  });
  if (found.length === 0) return [];
  const parquet = await openArchived(month, file, context);
  const values = found.flatMap(({ name }) => stats.map((stat) => valueColumn(name, stat)));
  const rows = await archivedRows(parquet, { ...context, counts: ['n'], values });
  return rows.map(({ pid, image, counts, values: read }) => {
    const n = counts.get('n') ?? new Int32Array(0);
    const columns = found.map(({ band, name }): [string, BandColumns] => {
      const own = stats.map(
        (stat) => [stat, read.get(valueColumn(name, stat)) ?? new Float32Array(0)] as const,
      );
      return [band, { n, stats: Object.fromEntries(own) }];
    });
    return { pid, image, bands: new Map(columns) };
  });
}

async function histogramParts(
  month: ArchivedMonth,
  file: ArchiveFile,
  histogram: string,
  context: Context,
): Promise<SeriesPart[]> {
  const parquet = await openArchived(month, file, context);
  const names = parquet.names.filter((name) => /^class_\d+$/.test(name));
  const read = await archivedRows(parquet, { ...context, texts: ['band'], counts: ['classes', ...names] });
  return read.map((rows) => {
    const mine = [...(rows.texts.get('band') ?? [])].flatMap((band, row) =>
      band === histogram ? [row] : [],
    );
    const counts = new Int32Array(mine.length * names.length);
    for (const [place, name] of names.entries()) {
      const column = rows.counts.get(name);
      for (const [at, row] of mine.entries()) counts[at * names.length + place] = column?.[row] ?? 0;
    }
    // Padding is no class: the answer has as many as the longest histogram.
    const known = rows.counts.get('classes');
    const classes = mine.reduce((most, row) => Math.max(most, known?.[row] ?? 0), 0);
    return {
      pid: Float64Array.from(mine, (row) => rows.pid[row] ?? Number.NaN),
      image: Int32Array.from(mine, (row) => rows.image[row] ?? -1),
      bands: new Map<string, BandColumns>(),
      histogram: { classes, counts: narrowed(counts, names.length, classes) },
    };
  });
}

function narrowed(counts: Int32Array, width: number, classes: number): Int32Array {
  if (width === classes) return counts;
  const rows = width === 0 ? 0 : counts.length / width;
  const kept = new Int32Array(rows * classes);
  for (let row = 0; row < rows; row++)
    kept.set(counts.subarray(row * width, row * width + classes), row * classes);
  return kept;
}
