import { firstAtLeast } from '../archive/archived-rows.ts';
import { NoData } from '../errors.ts';
import type { ColumnBatch } from '../formats/column-batch.ts';
import { saveParcelsFile } from '../formats/save-parcels-file.ts';
import { saveTable } from '../formats/save-table.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { pointsOf } from '../store/seasons-of.ts';
import { askImage, type ImageQuery } from './ask-signatures.ts';
import { type BatchQuery, signatureBatches } from './signature-batches.ts';
import { type ProgressBar, signalOf, withProgress } from './surroundings.ts';

/** Writes a series as a table, its format by the extension, with progress. Gives the number of rows. */
export async function saveSeries(set: ParcelSet, path: string, query: BatchQuery): Promise<number> {
  const signal = signalOf(query.signal);
  const byPid = new Map(set.parcels.map((parcel) => [parcel.pid, parcel]));
  return withProgress(`Writing ${path}`, (bar) =>
    saveTable(
      shownBatches(
        signatureBatches(set.name, query, (pid) => byPid.get(pid)),
        query.pid === undefined ? [...byPid.keys()] : [query.pid].flat(),
        bar,
      ),
      path,
      { signal },
    ),
  );
}

/**
 * How many rows will come is not known, but they come by parcel: the bar goes by the last one's place among those that are asked
 * for. It is not full before it is taken away, for the file is not whole before.
 */
async function* shownBatches(
  batches: AsyncIterable<ColumnBatch>,
  asked: readonly number[],
  bar: ProgressBar,
): AsyncGenerator<ColumnBatch, void, undefined> {
  const pids = Float64Array.from(asked).sort();
  let rows = 0;
  for await (const batch of batches) {
    yield batch;
    rows += batch.rows;
    const last = batch.columns[0]?.values[batch.rows - 1];
    const done = typeof last === 'number' ? firstAtLeast(pids, last + 1) : 0;
    if (batch.rows > 0) bar.update(Math.min(done, pids.length - 1), Math.max(1, pids.length), `${rows} rows`);
  }
}

/**
 * Writes the parcels that have a value on an image, the statistics among their attributes. Gives their number. Throws `NoData` when there
 * is none, besides what asking and writing throw.
 */
export async function saveImage(set: ParcelSet, path: string, query: ImageQuery): Promise<number> {
  const { index, clearAtLeast = 0 } = query;
  const answer = await askImage(set.name, query);
  const column = answer.bands.get(index);
  const points = pointsOf(answer, index);
  const parcels = set.parcels.flatMap((parcel) => {
    const [point] = (points.get(parcel.pid) ?? []).filter(({ clear }) => clear >= clearAtLeast);
    if (point === undefined || column === undefined) return [];
    const { row, datetime, itemId, n, clear } = point;
    const values = Object.entries(column.stats).map(([stat, own]) => [
      `${index}_${stat}`,
      Number.isNaN(own[row]) ? null : own[row],
    ]);
    const measured = { datetime, item: itemId, [`${index}_n`]: n, ...Object.fromEntries(values), clear };
    return [{ ...parcel, attributes: { ...parcel.attributes, ...measured } }];
  });
  if (parcels.length === 0)
    throw new NoData(`no parcel of '${set.name}' has a value of '${index}' on that image`);
  await saveParcelsFile({ ...set, name: `${set.name} ${index}`, parcels }, path, {
    signal: signalOf(query.signal),
  });
  return parcels.length;
}
