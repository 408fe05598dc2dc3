import { detachedMonths, readSeries } from '../archive/read-series.ts';
import type { Column, ColumnBatch } from '../formats/column-batch.ts';
import type { Parcel } from '../parcels/parcel.ts';
import { checkBand } from '../store/dataset-bands.ts';
import { findDataset } from '../store/datasets.ts';
import { pointsOf, type StoredPoint } from '../store/seasons-of.ts';
import type { SignatureSeries } from '../store/series.ts';
import { noSignatures } from '../store/signature-series.ts';
import { streamSeries } from '../store/stream-series.ts';
import { type ColumnQuery, filterOf } from './ask-signatures.ts';
import { sharedStore } from './shared-store.ts';
import { signalOf } from './surroundings.ts';

export interface BatchQuery extends ColumnQuery {
  /** Only rows with at least this share of clear ground, 0 to 1. */
  readonly clearAtLeast?: number | undefined;
  /** What each batch aims at; 20,000 when left out, 200,000 where months are read from the archive. */
  readonly rowsAtOnce?: number | undefined;
}

/** Rows of a batch where months are read from files: fewer would read most row groups several times. */
const archivedRowsAtOnce = 200_000;

/**
 * The answers to a query, batch by batch in the order of the pids, a parcel never in two; one batch is in memory, and who stops
 * early stops the reading. Throws `DatasetNotFound`, `InvalidArgument`, and `BandNotFound` before the first batch.
 */
export async function* seriesBatches(
  name: string,
  query: BatchQuery,
): AsyncGenerator<SignatureSeries, void, undefined> {
  const { index, from, to } = query;
  const bands = typeof index === 'string' ? [index] : index;
  const signal = signalOf(query.signal);
  const store = await sharedStore();
  const dataset = await findDataset(store, name, { signal });
  for (const band of bands) await checkBand(store, dataset, band, { signal });
  const asked = { dataset: dataset.id, bands, from, to, signal };
  const inFiles = (await detachedMonths(store, asked)).length > 0;
  const rowsAtOnce = query.rowsAtOnce ?? (inFiles ? archivedRowsAtOnce : undefined);
  yield* streamSeries(store, { ...filterOf(query), ...asked, rowsAtOnce }, readSeries);
}

type Find = (pid: number) => Parcel | undefined;

const statistics = ['mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'];

/**
 * Signatures as a table, batch by batch, by parcel, then time; one batch is in memory, and who stops early stops the reading.
 * Columns: pid, label, crop, datetime, item, n, the statistics (with the band's name before them where several are asked for), clear. Rows
 * are those of `series`: one a pass. At least one batch comes, if without rows. Throws `DatasetNotFound`,
 * `BandNotFound`.
 */
export async function* signatureBatches(
  name: string,
  query: BatchQuery,
  find: Find,
): AsyncGenerator<ColumnBatch, void, undefined> {
  const { index } = query;
  const bands = typeof index === 'string' ? [index] : index;
  let stats: readonly string[] | undefined;
  for await (const answer of seriesBatches(name, query)) {
    // Columns stay those of the first batch: another layout may know other statistics.
    stats ??= Object.keys(answer.bands.get(bands[0] ?? '')?.stats ?? {});
    yield tableOf(answer, bands, stats, query, find);
  }
  if (stats === undefined) yield tableOf(noSignatures, bands, statistics, query, find);
}

/** The rows that count: of several bands, those of any, each once. */
function rowsOf(answer: SignatureSeries, bands: readonly string[], clearAtLeast: number): StoredPoint[] {
  const rows = new Map<number, StoredPoint>();
  for (const band of bands)
    for (const points of pointsOf(answer, band).values())
      for (const point of points) if (point.clear >= clearAtLeast) rows.set(point.row, point);
  return [...rows.values()].sort((one, other) => one.row - other.row);
}

/** A series as a table. */
export function tableOf(
  answer: SignatureSeries,
  bands: readonly string[],
  stats: readonly string[],
  { clearAtLeast = 0 }: Pick<BatchQuery, 'clearAtLeast'>,
  find: Find,
): ColumnBatch {
  const points = rowsOf(answer, bands, clearAtLeast);
  const parcels = points.map(({ row }) => find(answer.pid[row] ?? -1));
  const columns: Column[] = [
    { name: 'pid', type: 'integer', values: Float64Array.from(points, ({ row }) => answer.pid[row] ?? -1) },
    { name: 'label', type: 'text', values: parcels.map((parcel) => parcel?.label ?? null) },
    { name: 'crop', type: 'text', values: parcels.map((parcel) => parcel?.crop ?? null) },
    {
      name: 'datetime',
      type: 'time',
      values: Float64Array.from(points, ({ datetime }) => Date.parse(datetime)),
    },
    { name: 'item', type: 'text', values: points.map(({ itemId }) => itemId) },
    ...bands.flatMap((band): Column[] => {
      const own = answer.bands.get(band);
      const before = bands.length === 1 ? '' : `${band}_`;
      return [
        {
          name: `${before}n`,
          type: 'integer',
          values: Int32Array.from(points, ({ row }) => own?.n[row] ?? 0),
        },
        ...stats.map(
          (stat): Column => ({
            name: `${before}${stat}`,
            type: 'float32',
            values: Float32Array.from(points, ({ row }) => own?.stats[stat]?.[row] ?? Number.NaN),
          }),
        ),
      ];
    }),
    { name: 'clear', type: 'float64', values: Float64Array.from(points, ({ clear }) => clear) },
  ];
  return { rows: points.length, columns };
}
