import { findParcels } from './find-parcels.ts';
import { asksTable, type ParcelFilter } from './parcel-filter.ts';
import { type SeriesOptions, type SignatureSeries, series } from './series.ts';
import type { Queryable } from './store.ts';

export interface StreamOptions extends SeriesOptions, Omit<ParcelFilter, 'pids'> {
  /** What each batch aims at; 20,000 when left out. */
  readonly rowsAtOnce?: number | undefined;
}

export type ReadSeries = (store: Queryable, options: SeriesOptions) => Promise<SignatureSeries>;

/** Parcels of the first batch: enough to learn from how many rows a parcel has. */
const firstParcels = 200;
const mostParcels = 20_000;

/**
 * Signatures of many parcels, batch by batch in the order of the pids; a parcel is never in two batches. Each batch is a
 * statement of its own, so neither side holds more than one, no transaction stays open while the consumer works, and one
 * that stops early stops the reading. Batches without a row are left out.
 */
export async function* streamSeries(
  store: Queryable,
  options: StreamOptions,
  read: ReadSeries = series,
): AsyncGenerator<SignatureSeries, void, undefined> {
  const { rowsAtOnce = 20_000, pids, labels, crops, hectares, bbox, area, whole, at, ...asked } = options;
  const { dataset, signal } = asked;
  const filter = { pids, labels, crops, hectares, bbox, area, whole, at };
  let many = firstParcels;
  let after: number | undefined;
  for (;;) {
    const page = await findParcels(store, { ...filter, dataset, after, most: many, signal });
    const last = page.at(-1);
    if (last === undefined) return;
    const batch = await read(store, { ...asked, pids: page.map(({ pid }) => pid) });
    if (batch.rows > 0) yield batch;
    if (page.length < many) return;
    after = last.pid;
    const perParcel = Math.max(batch.rows / page.length, 1e-3);
    many = Math.max(1, Math.min(mostParcels, many * 8, Math.floor(rowsAtOnce / perParcel)));
  }
}

/** The pids that a filter means; undefined when it means all, the list itself when it is a list and nothing else. */
export async function pidsOf(
  store: Queryable,
  dataset: number,
  filter: ParcelFilter,
  signal?: AbortSignal | undefined,
): Promise<readonly number[] | undefined> {
  if (!asksTable(filter)) return filter.pids;
  return (await findParcels(store, { ...filter, dataset, signal })).map(({ pid }) => pid);
}
