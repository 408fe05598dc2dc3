import { clearIn } from '../store/seasons-of.ts';
import type { Queryable } from '../store/store.ts';
import { streamSeries } from '../store/stream-series.ts';
import { statName, type ValueInRange, type ValueRangeOptions, valuesInRange } from '../store/value-range.ts';
import { detachedMonths, readSeries } from './read-series.ts';

/** Rows that are looked at together: enough that a file's rows are rarely read twice. */
const rowsAtOnce = 200_000;

/**
 * As `valuesInRange` of the store, with the months that lie in the archive alone: their rows are read and compared here. Throws
 * what `valuesInRange` and `readSeries` throw.
 */
export async function readValuesInRange(
  store: Queryable,
  options: ValueRangeOptions,
): Promise<ValueInRange[]> {
  const { dataset, band, from, to, clearAtLeast = 0, rows, signal } = options;
  // Asked first also for its checks of the arguments.
  const live = await valuesInRange(store, options);
  if ((await detachedMonths(store, { dataset, from, to, signal })).length === 0) return live;
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = options;
  const { pids, labels, crops, hectares, bbox, area, whole, at } = options;
  const filter = { pids, labels, crops, hectares, bbox, area, whole, at };
  const asked = { ...filter, dataset, bands: [band], from, to, rowsAtOnce, signal };
  const found: ValueInRange[] = [];
  for await (const answer of streamSeries(store, asked, readSeries)) {
    const column = answer.bands.get(band);
    const values = column?.stats[statName(options.stat)];
    for (let row = 0; row < answer.rows; row++) {
      if (found.length >= (rows ?? Number.POSITIVE_INFINITY)) return found;
      const value = values?.[row] ?? Number.NaN;
      const n = column?.n[row] ?? 0;
      const image = answer.images[answer.image[row] ?? -1];
      if (!(n > 0 && value >= least && value <= most) || image === undefined) continue;
      const clear = clearIn(answer, row);
      if (clear < clearAtLeast) continue;
      const { id, reference, datetime } = image;
      found.push({ pid: answer.pid[row] ?? -1, image: id, reference, datetime, n, value, clear });
    }
  }
  return found;
}
