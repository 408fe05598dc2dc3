import type { Queryable, QueryOptions } from '../store/store.ts';
import { type Month, monthOf } from './month.ts';

/** One file of an archived month. */
export interface ArchiveFile {
  /** Below the location. */
  readonly name: string;
  readonly kind: 'signature' | 'histogram';
  /** Of signatures: what their columns mean. */
  readonly layout: number | null;
  readonly firstPid: number;
  readonly lastPid: number;
  readonly rows: number;
  readonly bytes: number;
  /** How many of them, at the end, are the index. */
  readonly footer: number;
  /** Of the bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** What is written down of a month that lies in files. */
export interface ArchivedMonth {
  readonly month: Month;
  /** The attempt that wrote it: part of the files' names. */
  readonly run: string;
  /** A folder, or s3://bucket/prefix. */
  readonly location: string;
  /** `copied`: the store has the rows too, and answers from them; `detached`: the files alone have them. */
  readonly status: 'copied' | 'detached';
  readonly checksum: string;
  /** Images that were finished later are not in the files. */
  readonly takenAt: Date;
  readonly files: readonly ArchiveFile[];
}

interface Row extends Record<string, unknown> {
  readonly month: string;
  readonly run: string;
  readonly location: string;
  readonly status: 'copied' | 'detached';
  readonly checksum: string;
  readonly takenAt: Date;
  readonly files: readonly ArchiveFile[];
}

/** The archived months of a dataset that the role may see, oldest first; with their files. Throws `StoreFailure`. */
export async function listArchive(
  store: Queryable,
  dataset: number,
  { signal }: QueryOptions = {},
): Promise<ArchivedMonth[]> {
  const rows = await store.query<Row>(
    `select a.month, a.run, a.location, a.status, a.checksum, a.taken_at as "takenAt", coalesce((
        select json_agg(json_build_object('name', f.name, 'kind', f.kind, 'layout', f.layout_id, 'firstPid', f.first_pid,
          'lastPid', f.last_pid, 'rows', f.rows, 'bytes', f.bytes, 'footer', f.footer, 'sha256', f.sha256)
          order by f.kind, f.layout_id, f.first_pid)
        from furrow.archive_file f where f.dataset_id = a.dataset_id and f.month = a.month), '[]') as files
      from furrow.archive a where a.dataset_id = $1 order by a.month`,
    [dataset],
    { signal },
  );
  return rows.map(({ month, ...rest }) => ({ ...rest, month: monthOf(month) }));
}

/** Writes a verified month down, in place of an earlier copy of it. Run it in a transaction. Throws `StoreFailure`. */
export async function recordArchive(
  queryable: Queryable,
  dataset: number,
  archived: Omit<ArchivedMonth, 'status'>,
): Promise<void> {
  const { month, run, location, checksum, takenAt, files } = archived;
  // The policies let nobody delete a detached month: the insert then fails on the key.
  await queryable.query('delete from furrow.archive where dataset_id = $1 and month = $2', [
    dataset,
    month.first,
  ]);
  await queryable.query(
    `insert into furrow.archive (dataset_id, month, run, location, checksum, taken_at) values ($1, $2, $3, $4, $5, $6)`,
    [dataset, month.first, run, location, checksum, takenAt.toISOString()],
  );
  for (const file of files)
    await queryable.query(
      `insert into furrow.archive_file (dataset_id, month, name, kind, layout_id, first_pid, last_pid, rows, bytes, footer, sha256)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        dataset,
        month.first,
        file.name,
        file.kind,
        file.layout,
        file.firstPid,
        file.lastPid,
        file.rows,
        file.bytes,
        file.footer,
        file.sha256,
      ],
    );
}

/** Tells this store from others whose datasets may have the same numbers: when its first migration was applied. */
export async function storeMark(store: Queryable, { signal }: QueryOptions = {}): Promise<string> {
  const [row] = await store.texts(
    `select extract(epoch from applied_at)::text from furrow.migration where id = 1`,
    [],
    { signal },
  );
  return row?.[0] ?? '';
}
