import type { QueryResultRow } from 'pg';
import { meantBy } from './dataset-named.ts';
import { listLayouts, type StoredLayout } from './layouts.ts';
import { rootOf } from './root-of.ts';
import { assemble } from './series.ts';
import { imagesOf } from './series-images.ts';
import { signatureTuples } from './series-rows.ts';
import { conditionsOf, oneStatement, slotsOf } from './series-statement.ts';
import type { SeriesOptions, SignatureSeries } from './signature-series.ts';
import type { Queryable, Store } from './store.ts';
import { readInt8, tuplesOfRecords } from './tuples.ts';

export interface LiveSeriesOptions extends SeriesOptions {
  readonly pids: readonly number[];
  /** The name by which the dataset was asked for. */
  readonly name: string;
}

export interface LiveSeries {
  readonly series: SignatureSeries;
  /** Those of the parcels that the dataset has. */
  readonly parcels: ReadonlySet<number>;
}

interface Row extends QueryResultRow {
  readonly rows: Buffer | null;
  readonly images: Buffer | null;
  readonly counts: Buffer | null;
  readonly layouts: number;
  readonly meant: boolean;
  readonly detached: boolean;
  readonly parcels: Buffer | null;
}

/** Layouts are only ever added, and anybody may read them: as many as before are the same ones, whoever asks. */
const knownLayouts = new WeakMap<Queryable, readonly StoredLayout[]>();

/**
 * A few parcels' signatures in one round trip, by one prepared statement and so from one snapshot. Undefined where that does not
 * do: the name means another dataset by now, several or none, months of it lie in files alone, or no band was ever extracted.
 */
export async function liveSeries(store: Store, options: LiveSeriesOptions): Promise<LiveSeries | undefined> {
  const { dataset, pids, bands, stats: wanted, histogram, name, signal } = options;
  const root = rootOf(store);
  const layouts = knownLayouts.get(root) ?? (await listLayouts(store));
  knownLayouts.set(root, layouts);
  const { slots, stats } = slotsOf(layouts, bands, wanted);
  const conditions = conditionsOf(options);
  if (slots.length === 0) {
    knownLayouts.delete(root);
    return undefined;
  }
  const { text, values } = oneStatement(conditions, slots, histogram);
  const own = pids.length === 1 ? 'pid = $1::bigint' : 'pid = any ($1::bigint[])';
  const [answer] = await store.query<Row>(
    `${text}, array(${meantBy(`$${values.length + 1}`)}) = array[${dataset}] as meant,
      exists (select 1 from furrow.archive where dataset_id = ${dataset} and status = 'detached') as detached,
      (select string_agg(int8send(pid), '') from furrow.parcel where dataset_id = ${dataset} and ${own}) as parcels`,
    [...values, name],
    { signal, prepare: true },
  );
  if (answer === undefined || !answer.meant || answer.detached) return undefined;
  if (answer.layouts !== layouts.length) {
    knownLayouts.delete(root);
    return await liveSeries(store, options);
  }
  const tuples = (records: Buffer | null) => tuplesOfRecords(records ?? Buffer.alloc(0));
  const signatures = signatureTuples(slots, bands.length, stats);
  signatures.take(tuples(answer.rows));
  const images = await imagesOf(store, answer.images, { signal });
  const counts = answer.counts === null ? [] : [tuples(answer.counts)];
  return { series: assemble(bands, signatures, images, counts), parcels: pidsOf(answer.parcels) };
}

function pidsOf(bytes: Buffer | null): ReadonlySet<number> {
  const found = new Set<number>();
  if (bytes === null) return found;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 8) found.add(readInt8(view, at));
  return found;
}
