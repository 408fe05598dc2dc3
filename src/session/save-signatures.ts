import { NoData } from '../errors.ts';
import { saveParcelsFile } from '../formats/save-parcels-file.ts';
import { saveTable } from '../formats/save-table.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { pointsOf } from '../store/seasons-of.ts';
import { askImage, type ImageQuery } from './ask-signatures.ts';
import { type BatchQuery, signatureBatches } from './signature-batches.ts';
import { signalOf, withProgress } from './surroundings.ts';

/** Writes a series as a table, its format by the extension, with progress. Gives the number of rows. */
export async function saveSeries(set: ParcelSet, path: string, query: BatchQuery): Promise<number> {
  const signal = signalOf(query.signal);
  const byPid = new Map(set.parcels.map((parcel) => [parcel.pid, parcel]));
  return withProgress(`Writing ${path}`, (bar) =>
    saveTable(
      signatureBatches(set.name, query, (pid) => byPid.get(pid)),
      path,
      // How many rows will come is not known; how many parcels are done is not worth a query.
      { signal, onProgress: (rows) => bar.update(rows, rows, `${rows} rows`) },
    ),
  );
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
