import { createHash, type Hash, randomUUID } from 'node:crypto';
import { InvalidArgument, InvalidFile, NoData, StoreFailure, throwIfCancelled } from '../errors.ts';
import type { Column, ColumnBatch } from '../formats/column-batch.ts';
import { openParquet } from '../formats/parquet-columns.ts';
import { parquetOfTable } from '../formats/table-parquet.ts';
import { type OpenOptions, openSource } from '../storage/open-source.ts';
import type { ByteSource } from '../storage/source.ts';
import { writeObject } from '../storage/write-object.ts';
import type { Queryable, QueryOptions, Store } from '../store/store.ts';
import {
  type ArchivedMonth,
  type ArchiveFile,
  listArchive,
  recordArchive,
  storeMark,
} from './archive-catalog.ts';
import type { Month } from './month.ts';
import { type MonthTable, monthTables } from './month-tables.ts';
import { readAs } from './read-as.ts';

export interface ArchiveMonthOptions extends QueryOptions {
  readonly dataset: number;
  readonly month: Month;
  /** A folder, or s3://bucket/prefix, as the user typed it. */
  readonly location: string;
  /** Rows of one file at most; 262,144 when left out, which keeps its index below 200 KB. */
  readonly fileRows?: number | undefined;
  readonly onProgress?: ((rows: number, file: string) => void) | undefined;
}

/**
 * Copies a closed month of a dataset into Parquet files and writes it down: rows by parcel, a file a layout and 262,144 rows, one for
 * the histograms. Every file is read back and compared, its bytes and its values, and the month's checksum in the store is the
 * same before and after; else nothing is written down. What a run that was broken off leaves are files that nobody
 * names. Throws `InvalidArgument` for a month with open work or without rows, or one that the files alone have,
 * `StorageFailure`, `InvalidFile`, `StoreFailure`, `Cancelled`.
 */
export async function archiveMonth(store: Store, options: ArchiveMonthOptions): Promise<ArchivedMonth> {
  const { dataset, month, fileRows = 262_144, onProgress, signal } = options;
  const location = options.location.replace(/\/+$/, '');
  if (location === '') throw new InvalidArgument('the place of an archive is a folder or s3://bucket/prefix');
  await checkClosed(store, dataset, month, signal);
  const run = randomUUID();
  const [clock] = await store.query<{ now: Date }>('select clock_timestamp() as now', [], { signal });
  const takenAt = clock?.now ?? new Date();
  const checksum = await monthChecksum(store, dataset, month, { signal });
  const mark = await storeMark(store, { signal });
  const files: ArchiveFile[] = [];
  for (const table of await monthTables(store, dataset, month, { signal })) {
    const metadata: Record<string, string> = {
      'furrow:store': mark,
      'furrow:dataset': String(dataset),
      'furrow:month': month.name,
      'furrow:kind': table.kind,
    };
    if (table.layout !== undefined) metadata['furrow:layout'] = JSON.stringify(table.layout);
    for await (const [number, batches] of filesOf(table, fileRows, { signal })) {
      throwIfCancelled(signal, `archiving ${month.name}`);
      const layout = table.layout === undefined ? '' : `-${table.layout.id}`;
      const name = `dataset-${dataset}/${month.name}/${run}/${table.kind}${layout}-${number}.parquet`;
      files.push(await writeFile(`${location}/${name}`, name, table, batches, metadata, options));
      onProgress?.(
        files.reduce((sum, file) => sum + file.rows, 0),
        name,
      );
    }
  }
  if (files.length === 0) throw new NoData(`the dataset has no rows in ${month.name}`);
  if ((await monthChecksum(store, dataset, month, { signal })) !== checksum)
    throw new StoreFailure(`month ${month.name} was written to while it was archived: archive it again`);
  const archived = { month, run, location, checksum, takenAt, files };
  await store.transaction((queryable) => recordArchive(queryable, dataset, archived), { signal });
  return { ...archived, status: 'copied' };
}

/** Rows of the store's own partitions of a month and a sum over them, whatever their order. */
export async function monthChecksum(
  store: Queryable,
  dataset: number,
  { first }: Month,
  { signal }: QueryOptions = {},
): Promise<string> {
  const [row] = await store.texts('select furrow.month_checksum($1, $2)', [dataset, first], { signal });
  return row?.[0] ?? '';
}

async function checkClosed(
  store: Queryable,
  dataset: number,
  { name, first, next }: Month,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [work] = await store.query<{ open: number }>(
    `select count(*) as open from furrow.extraction where dataset_id = $1 and status in ('waiting', 'claimed')
      and datetime >= $2::timestamp at time zone 'UTC' and datetime < $3::timestamp at time zone 'UTC'`,
    [dataset, first, next],
    { signal },
  );
  if ((work?.open ?? 0) > 0)
    throw new InvalidArgument(
      `${work?.open} images of ${name} are still to be extracted: extract them first`,
    );
  const known = (await listArchive(store, dataset, { signal })).find(({ month }) => month.name === name);
  if (known?.status === 'detached')
    throw new InvalidArgument(
      `month ${name} lies in ${known.location} alone: restore it before it is archived again`,
    );
}

/** The batches of a table, file by file. Each file's batches are to be consumed before the next is asked for. */
async function* filesOf(
  table: MonthTable,
  fileRows: number,
  options: QueryOptions,
): AsyncGenerator<[number: number, batches: AsyncIterable<ColumnBatch>], void, undefined> {
  const batches = table.batches(options);
  let next = await batches.next();
  for (let number = 0; !next.done; number++) {
    async function* file() {
      for (let rows = 0; !next.done && (rows === 0 || rows + next.value.rows <= fileRows); ) {
        const batch: ColumnBatch = next.value;
        rows += batch.rows;
        yield batch;
        next = await batches.next();
      }
    }
    yield [number, file()];
  }
}

async function writeFile(
  address: string,
  name: string,
  table: MonthTable,
  batches: AsyncIterable<ColumnBatch>,
  metadata: Readonly<Record<string, string>>,
  { signal }: ArchiveMonthOptions,
): Promise<ArchiveFile> {
  const values = createHash('sha256');
  const bytes = createHash('sha256');
  const seen = { rows: 0, bytes: 0, firstPid: Number.NaN, lastPid: Number.NaN, last: new Uint8Array(0) };
  let columns: readonly Column[] = [];
  async function* read() {
    for await (const batch of batches) {
      columns = batch.columns;
      const pid = columns[0]?.values ?? [];
      if (seen.rows === 0) seen.firstPid = Number(pid[0]);
      seen.lastPid = Number(pid[batch.rows - 1]);
      seen.rows += batch.rows;
      for (const column of batch.columns) addValues(values, column);
      yield batch;
    }
  }
  async function* written() {
    for await (const part of parquetOfTable(read(), { metadata, statistics: ['pid', 'image_id'] })) {
      bytes.update(part);
      seen.bytes += part.length;
      seen.last = part.slice(-8);
      yield part;
    }
  }
  await writeObject(address, written(), { signal, trust: 'user' });
  const file: ArchiveFile = {
    name,
    kind: table.kind,
    layout: table.layout?.id ?? null,
    firstPid: seen.firstPid,
    lastPid: seen.lastPid,
    rows: seen.rows,
    bytes: seen.bytes,
    // The last eight bytes of Parquet are the length of its index and a mark.
    footer: new DataView(seen.last.buffer).getInt32(0, true) + 8,
    sha256: bytes.digest('hex'),
  };
  const source = await openSource(address, { signal, trust: 'user' });
  await checkBytes(source, file, { signal });
  await checkValues(source, file, columns, values.digest('hex'), { signal });
  return file;
}

/**
 * Reads every file of an archived month whole; throws `InvalidFile` or `FileNotFound` when they are not what was written. The
 * place is data, whoever may write to the dataset wrote it down, unless it is the one that the user typed (`trust`).
 */
export async function checkFiles(
  { location, files }: ArchivedMonth,
  { signal, trust }: OpenOptions = {},
): Promise<void> {
  for (const file of files)
    await checkBytes(await openSource(`${location}/${file.name}`, { signal, trust }), file, { signal });
}

/** Reads a file whole, piece by piece; throws `InvalidFile` when it is not the one that was written. */
async function checkBytes(
  source: ByteSource,
  { bytes, sha256 }: ArchiveFile,
  { signal }: QueryOptions = {},
): Promise<void> {
  const size = await source.size({ signal });
  const hash = createHash('sha256');
  for (let offset = 0; offset < size; offset += 2 ** 23)
    hash.update(await source.read({ offset, length: Math.min(2 ** 23, size - offset) }, { signal }));
  if (size !== bytes || hash.digest('hex') !== sha256)
    throw new InvalidFile(`${source.url} is not what was written there: ${size} bytes against ${bytes}`);
}

/** Decodes a file and compares the digest of its values with that of what was to be written. */
async function checkValues(
  source: ByteSource,
  { rows, footer }: ArchiveFile,
  columns: readonly Column[],
  digest: string,
  { signal }: QueryOptions,
): Promise<void> {
  const file = await openParquet(source, { footer, signal });
  const hash = createHash('sha256');
  let found = 0;
  for (const [group, own] of file.groups.entries()) {
    const read = await file.read(file.names, group, { signal });
    for (const column of columns) addValues(hash, readAs(column, read.get(column.name) ?? []));
    found += own;
  }
  if (found !== rows || hash.digest('hex') !== digest)
    throw new InvalidFile(`${source.url} does not read back as it was written: ${found} of ${rows} rows`);
}

function addValues(hash: Hash, column: Column): void {
  if (column.type === 'text') for (const text of column.values) hash.update(`${text}\0`);
  else hash.update(column.values);
}
