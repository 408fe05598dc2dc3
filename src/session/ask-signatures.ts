import { readSeries } from '../archive/read-series.ts';
import { readValuesInRange } from '../archive/read-values.ts';
import { InvalidArgument, NoData } from '../errors.ts';
import { checkBand } from '../store/dataset-bands.ts';
import { findDataset } from '../store/datasets.ts';
import { findParcels, type ParcelSummary } from '../store/find-parcels.ts';
import { listExtractions } from '../store/images.ts';
import type { ParcelFilter } from '../store/parcel-filter.ts';
import { type Peer, type PeersOptions, peers } from '../store/peers.ts';
import type { SeriesOptions, SignatureSeries } from '../store/series.ts';
import { pidsOf } from '../store/stream-series.ts';
import type { ValueInRange, ValueRangeOptions } from '../store/value-range.ts';
import { sharedStore } from './shared-store.ts';
import { signalOf } from './surroundings.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** Which parcels are meant: all conditions hold at once; all parcels when there is none. */
export interface ParcelQuery extends Omit<ParcelFilter, 'pids' | 'labels' | 'crops'> {
  readonly pid?: number | readonly number[] | undefined;
  readonly label?: string | readonly string[] | undefined;
  readonly crop?: string | readonly string[] | undefined;
}

/** Of which band or index, of which parcels, when. */
export interface ColumnQuery extends ParcelQuery, SignalOption {
  /** Names of indices (`ndvi`) or bands (`B08`) as they were extracted. */
  readonly index: string | readonly string[];
  /** ISO 8601; images from this moment on. */
  readonly from?: string | undefined;
  /** ISO 8601; images before this moment. */
  readonly to?: string | undefined;
}

/** One image by its item, or all of a day. */
export interface ImageQuery extends ParcelQuery, SignalOption {
  readonly index: string;
  /** The item's id. */
  readonly item?: string | undefined;
  /** `YYYY-MM-DD` in UTC. */
  readonly day?: string | undefined;
  /** Only rows with at least this share of clear ground, 0 to 1. */
  readonly clearAtLeast?: number | undefined;
}

/** Values from `least` to `most`, both included, of one statistic (`mean`, `median`, `min`, ...) on a day or over a time. */
export interface RangeQuery
  extends ParcelQuery,
    SignalOption,
    Pick<ValueRangeOptions, 'stat' | 'least' | 'most' | 'clearAtLeast' | 'rows'> {
  readonly index: string;
  /** `YYYY-MM-DD` in UTC, in place of `from` and `to`. */
  readonly day?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The parcels of a dataset in the store that a query means, by pid. Throws `DatasetNotFound`, `InvalidArgument`. */
export async function askParcels(name: string, query: ParcelQuery & SignalOption): Promise<ParcelSummary[]> {
  const signal = signalOf(query.signal);
  const store = await sharedStore();
  const { id } = await findDataset(store, name, { signal });
  return findParcels(store, { ...filterOf(query), dataset: id, signal });
}

/** The nearest parcels of the same crop. Throws `DatasetNotFound`, `NoData`, `InvalidArgument`. */
export async function askPeers(
  name: string,
  pid: number,
  options: Omit<PeersOptions, 'dataset' | 'pid'> = {},
): Promise<Peer[]> {
  const signal = signalOf(options.signal);
  const store = await sharedStore();
  const { id } = await findDataset(store, name, { signal });
  return peers(store, { ...options, dataset: id, pid, signal });
}

/**
 * Signatures in typed arrays, by parcel, then time, every image that has any. Throws `DatasetNotFound`, `BandNotFound`,
 * `InvalidArgument`.
 */
export async function askColumns(name: string, query: ColumnQuery): Promise<SignatureSeries> {
  const { index, from, to } = query;
  return askSeries(name, query, { bands: typeof index === 'string' ? [index] : index, from, to });
}

/**
 * One band of one image, or of a day's images, of all parcels. Throws `NoData` for an item that the dataset does not have,
 * `BandNotFound`.
 */
export async function askImage(name: string, query: ImageQuery): Promise<SignatureSeries> {
  const { index, item, day } = query;
  if ((item === undefined) === (day === undefined))
    throw new InvalidArgument('an image is asked for by its item or by a day: give one of them');
  if (day !== undefined) return askSeries(name, query, { bands: [index], ...dayOf(day) });
  const signal = signalOf(query.signal);
  const store = await sharedStore();
  const dataset = await findDataset(store, name, { signal });
  const image = (await listExtractions(store, dataset.id, { signal })).find(
    ({ reference }) => reference === item,
  );
  if (image === undefined)
    throw new NoData(`'${item}' is no image of dataset '${name}': furrow images ${name} lists them`);
  const from = image.datetime.toISOString();
  const to = new Date(image.datetime.getTime() + 1).toISOString();
  return askSeries(name, query, { bands: [index], image: image.image, from, to });
}

/** Where a statistic lies in a range, by parcel, then time. Throws `DatasetNotFound`, `BandNotFound`, `InvalidArgument`. */
export async function askRange(name: string, query: RangeQuery): Promise<ValueInRange[]> {
  const { index, day, stat, least, most, clearAtLeast, rows } = query;
  if ((day === undefined) === (query.from === undefined && query.to === undefined))
    throw new InvalidArgument('values are looked for on a day, or from a time to another: give one of them');
  const { from = '0001-01-01', to = '9999-12-31' } = day === undefined ? query : dayOf(day);
  const signal = signalOf(query.signal);
  const store = await sharedStore();
  const dataset = await findDataset(store, name, { signal });
  const options = { stat, least, most, from, to, clearAtLeast, rows, signal };
  const found = await readValuesInRange(store, {
    ...filterOf(query),
    ...options,
    dataset: dataset.id,
    band: index,
  });
  if (found.length === 0) await checkBand(store, dataset, index, { signal });
  return found;
}

async function askSeries(
  name: string,
  query: ParcelQuery & SignalOption,
  asked: Omit<SeriesOptions, 'dataset' | 'pids' | 'signal'>,
): Promise<SignatureSeries> {
  const signal = signalOf(query.signal);
  const store = await sharedStore();
  const dataset = await findDataset(store, name, { signal });
  const pids = await pidsOf(store, dataset.id, filterOf(query), signal);
  const found = await readSeries(store, { ...asked, dataset: dataset.id, pids, signal });
  for (const band of asked.bands)
    if (!found.bands.get(band)?.n.some((pixels) => pixels > 0))
      await checkBand(store, dataset, band, { signal });
  return found;
}

/** The query as the store takes it. */
export function filterOf({ pid, label, crop, hectares, bbox, area, whole, at }: ParcelQuery): ParcelFilter {
  const list = <T extends string | number>(given: T | readonly T[] | undefined): readonly T[] | undefined =>
    typeof given === 'string' || typeof given === 'number' ? [given] : given;
  return { pids: list(pid), labels: list(label), crops: list(crop), hectares, bbox, area, whole, at };
}

function dayOf(day: string): { from: string; to: string } {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : Number.NaN;
  if (Number.isNaN(start)) throw new InvalidArgument(`a day is written as 2026-04-02, not '${day}'`);
  return { from: new Date(start).toISOString(), to: new Date(start + 86_400_000).toISOString() };
}
