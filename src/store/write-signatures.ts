import { StoreFailure } from '../errors.ts';
import { type Claim, finishImage } from './claims.ts';
import { ensureLayout, type Layout } from './layouts.ts';
import type { Queryable, QueryOptions, QueryValue, Store } from './store.ts';
import { binaryArray } from './values.ts';

/** Statistics of parcels on one image: `v` is parcel-major, bands x statistics in the order of the layout. */
export interface SignatureRows {
  readonly layout: Layout;
  readonly pid: ArrayLike<number>;
  /** Pixels counted. */
  readonly n: ArrayLike<number>;
  readonly v: Float32Array;
}

/** Pixels per class of a classified band: `counts` is parcel-major, `classes` numbers a parcel, class 0 first. */
export interface HistogramRows {
  readonly band: string;
  readonly classes: number;
  readonly pid: ArrayLike<number>;
  readonly counts: Int32Array;
}

/** Everything that one image says of a dataset's parcels. */
export interface ImageRows {
  readonly signatures: readonly SignatureRows[];
  readonly histograms: readonly HistogramRows[];
}

/** Rows of one insert; 28 numbers a row make a message of about 1 MB. */
const batch = 4096;

/**
 * Writes what was extracted from a claimed image and marks it as done, in one transaction: rows of an earlier try are
 * replaced, and nothing is written when the lease was lost (`LeaseLost`). Gives the number of rows. Both back ends take
 * the same statement, an insert from arrays in binary format: COPY is refused under row-level security, and breaks the
 * connection of the embedded store. Throws `LimitExceeded` for more layouts than a dataset keeps.
 */
export async function writeImage(
  store: Store,
  claim: Claim,
  { signatures, histograms }: ImageRows,
  options: QueryOptions = {},
): Promise<number> {
  const rows = [...signatures, ...histograms].reduce((sum, { pid }) => sum + pid.length, 0);
  for (const { layout, pid, n, v } of signatures)
    if (n.length !== pid.length || v.length !== pid.length * layout.bands.length * layout.stats.length)
      throw new StoreFailure(
        `layout ${layout.bands.join(' ')}: ${v.length} numbers do not make ${pid.length} signatures`,
      );
  for (const { band, pid, counts, classes } of histograms)
    if (counts.length !== pid.length * classes)
      throw new StoreFailure(
        `histogram of ${band}: ${counts.length} numbers do not make ${pid.length} rows of ${classes}`,
      );
  return await store.transaction(async (queryable) => {
    // First, because it locks the row: from here on nobody can take the image over before we commit.
    await finishImage(queryable, claim, rows);
    const key = keyOf(claim);
    if (await openMonth(queryable, key))
      for (const table of ['signature', 'histogram'])
        await queryable.query(
          `delete from furrow.${table} where dataset_id = $1 and day = $2 and image_id = $3`,
          key,
        );
    for (const part of signatures) await insertSignatures(queryable, claim, part);
    for (const part of histograms) await insertHistograms(queryable, key, part);
    return rows;
  }, options);
}

function keyOf({ dataset, day, image }: Claim): readonly (number | string)[] {
  return [dataset, day, image];
}

/**
 * Waits until nobody rewrites the month and marks it as written to; true when rows of the image may stand there. A month
 * has no exact index on the image, so nothing is looked for where nothing was ever written.
 */
async function openMonth(queryable: Queryable, key: readonly (number | string)[]): Promise<boolean> {
  await queryable.query(
    'select pg_advisory_xact_lock_shared(furrow.month_lock($1, $2)) is null as held',
    key.slice(0, 2),
  );
  // A month that was moved to the archive has none; what is extracted again stands in the store.
  await queryable.query('select furrow.ensure_partitions($1, array[$2::date])', key.slice(0, 2));
  const first = await queryable.query(
    `with opened as (delete from furrow.rewritten where dataset_id = $1 and month = date_trunc('month', $2::date)::date)
      update furrow.extraction set written = true where dataset_id = $1 and image_id = $3 and not written returning 1 as one`,
    key,
  );
  return first.length === 0;
}

async function insertSignatures(queryable: Queryable, claim: Claim, rows: SignatureRows): Promise<void> {
  const layout = await ensureLayout(queryable, claim.dataset, rows.layout);
  const width = rows.layout.bands.length * rows.layout.stats.length;
  const pid = Array.from(rows.pid);
  const n = Array.from(rows.n);
  await inBatches(
    queryable,
    pid.length,
    `insert into furrow.signature (dataset_id, day, image_id, layout_id, pid, n, v)
      select $1, $2, $3, $4, r.pid, r.n, ($7::real[])[(r.i - 1) * $8 + 1 : r.i * $8]
      from unnest($5::bigint[], $6::int[]) with ordinality r(pid, n, i)`,
    (from, to) => [
      ...keyOf(claim),
      layout,
      binaryArray('int8', pid.slice(from, to)),
      binaryArray('int4', n.slice(from, to)),
      binaryArray('float4', rows.v.subarray(from * width, to * width)),
      width,
    ],
  );
}

async function insertHistograms(
  queryable: Queryable,
  key: readonly (number | string)[],
  rows: HistogramRows,
): Promise<void> {
  const pid = Array.from(rows.pid);
  await inBatches(
    queryable,
    pid.length,
    `insert into furrow.histogram (dataset_id, day, image_id, band, pid, counts)
      select $1, $2, $3, $4, r.pid, ($6::int[])[(r.i - 1) * $7 + 1 : r.i * $7]
      from unnest($5::bigint[]) with ordinality r(pid, i)`,
    (from, to) => [
      ...key,
      rows.band,
      binaryArray('int8', pid.slice(from, to)),
      binaryArray('int4', rows.counts.subarray(from * rows.classes, to * rows.classes)),
      rows.classes,
    ],
  );
}

/** One batch after another; the next is put into bytes while the store works on the one before. */
async function inBatches(
  queryable: Queryable,
  rows: number,
  insert: string,
  encode: (from: number, to: number) => QueryValue[],
): Promise<void> {
  let values = encode(0, Math.min(batch, rows));
  for (let from = 0; from < rows; from += batch) {
    const sent = queryable.query(insert, values);
    const next = from + batch;
    if (next < rows) values = encode(next, Math.min(next + batch, rows));
    await sent;
  }
}
