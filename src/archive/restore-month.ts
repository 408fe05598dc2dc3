import { InvalidArgument, StoreFailure } from '../errors.ts';
import type { ParquetColumns } from '../formats/parquet-columns.ts';
import { listLayouts } from '../store/layouts.ts';
import type { Queryable, QueryOptions, Store } from '../store/store.ts';
import { binaryArray } from '../store/values.ts';
import { type ArchivedMonth, type ArchiveFile, storeMark } from './archive-catalog.ts';
import { checkFiles, monthChecksum } from './archive-month.ts';
import { valueColumn } from './month-tables.ts';
import { openArchived } from './open-archived.ts';
import { doubles, singles, wholeNumbers } from './read-as.ts';

/**
 * Brings the rows of a detached month back into the store, in one transaction; the files stay, and the month can be taken out
 * again without writing them anew. Images that were extracted again since keep their new rows. Where there are none, the rows must
 * be exactly those that were archived, else nothing is changed. Gives the number of rows. Throws `InvalidArgument` for
 * a month that is not detached, `InvalidFile`, `FileNotFound`, `EgressRefused` for a place that the user did not allow, `StoreFailure`.
 */
export async function restoreMonth(
  store: Store,
  dataset: number,
  archived: ArchivedMonth,
  { signal, onProgress }: QueryOptions & { readonly onProgress?: ((rows: number) => void) | undefined } = {},
): Promise<number> {
  const { month, run, status, files } = archived;
  if (status !== 'detached')
    throw new InvalidArgument(`month ${month.name} is in the store: nothing is to be restored`);
  const mark = await storeMark(store, { signal });
  const opened: [ArchiveFile, ParquetColumns][] = [];
  await checkFiles(archived, { signal });
  for (const file of files)
    opened.push([file, await openArchived(archived, file, { dataset, mark, signal })]);
  return await store.transaction(
    async (queryable) => {
      // Before the month is locked, as who writes an image does it.
      const again = await writtenAgain(queryable, dataset, archived);
      await queryable.query(
        'select pg_advisory_xact_lock_shared(furrow.month_lock($1, $2)) is null as held',
        [dataset, month.first],
      );
      await queryable.query('select furrow.ensure_partitions($1, array[$2::date])', [dataset, month.first]);
      let rows = 0;
      for (const [file, parquet] of opened)
        for (const group of parquet.groups.keys()) {
          rows += await insertGroup(queryable, { dataset, file, parquet, group, again }, { signal });
          onProgress?.(rows);
        }
      if (again.size === 0 && (await monthChecksum(queryable, dataset, month)) !== archived.checksum)
        throw new StoreFailure(`month ${month.name} did not come back as it was: ${rows} rows were read`);
      const marked = await queryable.query(
        `update furrow.archive set status = 'copied', detached_at = null
          where dataset_id = $1 and month = $2 and run = $3 and status = 'detached' returning 1 as one`,
        [dataset, month.first, run],
      );
      if (marked.length !== 1)
        throw new StoreFailure(
          `month ${month.name} was restored by somebody else, or may not be by this role`,
        );
      await queryable.query('delete from furrow.rewritten where dataset_id = $1 and month = $2', [
        dataset,
        month.first,
      ]);
      return rows;
    },
    { signal },
  );
}

/**
 * Images that were written again since the month was detached, or are not used any more. The others are marked as written: who
 * extracts one of them waits until the rows are back, and replaces them.
 */
async function writtenAgain(
  queryable: Queryable,
  dataset: number,
  { month }: ArchivedMonth,
): Promise<ReadonlySet<number>> {
  const scope = [dataset, month.first, month.next];
  const inMonth = `dataset_id = $1 and datetime >= $2::date::timestamp at time zone 'UTC'
    and datetime < $3::date::timestamp at time zone 'UTC'`;
  const back = await queryable.query<{ image: number }>(
    `update furrow.extraction set written = true where ${inMonth} and not written and status <> 'dropped'
      returning image_id as image`,
    scope,
  );
  const coming = new Set(back.map(({ image }) => image));
  const all = await queryable.query<{ image: number }>(
    `select image_id as image from furrow.extraction where ${inMonth}`,
    scope,
  );
  return new Set(all.map(({ image }) => image).filter((image) => !coming.has(image)));
}

interface Group {
  readonly dataset: number;
  readonly file: ArchiveFile;
  readonly parquet: ParquetColumns;
  readonly group: number;
  readonly again: ReadonlySet<number>;
}

async function insertGroup(
  queryable: Queryable,
  { dataset, file, parquet, group, again }: Group,
  options: QueryOptions,
): Promise<number> {
  const columns = await parquet.read(parquet.names, group, options);
  const whole = (name: string) => wholeNumbers(columns.get(name) ?? []);
  const image = whole('image_id');
  const kept = [...image.keys()].filter((row) => !again.has(image[row] ?? -1));
  const pick = (values: ArrayLike<number>) => kept.map((row) => values[row] ?? Number.NaN);
  const days = doubles(columns.get('datetime') ?? []);
  const keys = [
    dataset,
    binaryArray('int8', pick(doubles(columns.get('pid') ?? []))),
    binaryArray('int4', pick(image)),
    kept.map((row) => new Date(days[row] ?? 0).toISOString().slice(0, 10)),
  ];
  if (file.kind === 'histogram') {
    const names = parquet.names.filter((name) => /^class_\d+$/.test(name));
    const counts = interleaved(names.map(whole), kept);
    const bands = columns.get('band') ?? [];
    await queryable.query(
      `insert into furrow.histogram (dataset_id, day, pid, image_id, band, counts)
        select $1, r.day, r.pid, r.image, r.band, ($7::int[])[(r.i - 1) * $8 + 1 : (r.i - 1) * $8 + r.classes]
        from unnest($2::bigint[], $3::int[], $4::date[], $5::text[], $6::int[])
          with ordinality r(pid, image, day, band, classes, i)`,
      [
        ...keys,
        kept.map((row) => String(bands[row])),
        binaryArray('int4', pick(whole('classes'))),
        binaryArray('int4', counts),
        names.length,
      ],
      options,
    );
    return kept.length;
  }
  const layout = (await listLayouts(queryable, dataset)).find(({ id }) => id === file.layout);
  if (layout === undefined)
    throw new StoreFailure(`${parquet.url}: the dataset has no layout ${file.layout}`);
  const names = layout.bands.flatMap((band) => layout.stats.map((stat) => valueColumn(band, stat)));
  const values = interleaved(
    names.map((name) => singles(columns.get(name) ?? [])),
    kept,
  );
  await queryable.query(
    `insert into furrow.signature (dataset_id, day, pid, image_id, n, layout_id, v)
      select $1, r.day, r.pid, r.image, r.n, $6, ($7::real[])[(r.i - 1) * $8 + 1 : r.i * $8]
      from unnest($2::bigint[], $3::int[], $4::date[], $5::int[]) with ordinality r(pid, image, day, n, i)`,
    [...keys, binaryArray('int4', pick(whole('n'))), layout.id, binaryArray('float4', values), names.length],
    options,
  );
  return kept.length;
}

/** Columns row by row. */
function interleaved(columns: readonly ArrayLike<number>[], rows: readonly number[]): Float64Array {
  const all = new Float64Array(rows.length * columns.length);
  for (const [place, column] of columns.entries())
    for (const [at, row] of rows.entries()) all[at * columns.length + place] = column[row] ?? Number.NaN;
  return all;
}
