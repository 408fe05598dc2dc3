import type { QueryResultRow } from 'pg';
import { clearScl } from '../parcels/quality.ts';
import { meantBy } from './dataset-named.ts';
import { knownLayouts, lastLayout, readLayouts } from './known-layouts.ts';
import { packedShares, unpackShares } from './packed-rows.ts';
import { assemble } from './series.ts';
import { imagesOf } from './series-images.ts';
import { signatureTuples } from './series-rows.ts';
import { conditionsOf, type FewRows, fewStatement } from './series-statement.ts';
import type { SeriesOptions, SignatureSeries } from './signature-series.ts';
import { slotsOf } from './slots.ts';
import type { Store } from './store.ts';
import { readInt8 } from './tuples.ts';

export interface LiveSeriesOptions extends Omit<SeriesOptions, 'histogram'> {
  readonly pids: readonly number[];
  /** The name by which the dataset was asked for. */
  readonly name: string;
}

export interface LiveSeries {
  readonly series: SignatureSeries;
  /** The classes of its histogram that show the ground. */
  readonly clear: readonly number[];
  /** Those of the parcels that the dataset has. */
  readonly parcels: ReadonlySet<number>;
}

interface Row extends QueryResultRow, FewRows {
  readonly shares: Buffer | null;
  readonly meant: boolean;
  readonly detached: boolean;
  readonly parcels: Buffer | null;
}

/**
 * A few parcels' signatures in one round trip, by one prepared statement and so from one snapshot. As soon as the store has answered
 * it gives a function that takes the answer apart: the next question can go out before. Undefined where one statement does not
 * do: the name means another dataset by now, several or none, months of it lie in files alone, or no band was ever extracted.
 */
export async function liveSeries(
  store: Store,
  options: LiveSeriesOptions,
): Promise<(() => Promise<LiveSeries>) | undefined> {
  const { dataset, pids, bands, stats: wanted, name, signal } = options;
  const layouts = await knownLayouts(store, dataset);
  const { slots, stats } = slotsOf(layouts, bands, wanted);
  const conditions = conditionsOf(options);
  if (slots.length === 0) return undefined;
  const { rows } = conditions;
  const own = pids.length === 1 ? 'pid = $1::bigint' : 'pid = any ($1::bigint[])';
  const { text, values } = fewStatement(conditions, slots, (bind) => [
    `${packedShares(clearScl, `${rows} and band = ${bind('SCL')}`)} as shares`,
    `array(${meantBy(bind(name))}) = array[${dataset}] as meant`,
    `exists (select 1 from furrow.archive where dataset_id = ${dataset} and status = 'detached') as detached`,
    `(select string_agg(int8send(pid), '') from furrow.parcel where dataset_id = ${dataset} and ${own}) as parcels`,
  ]);
  const [answer] = await store.query<Row>(text, values, { signal, prepare: true });
  if (answer === undefined || !answer.meant || answer.detached) return undefined;
  if (answer.layouts !== lastLayout(layouts)) {
    await readLayouts(store, dataset);
    return await liveSeries(store, options);
  }
  return async () => {
    const signatures = signatureTuples(slots, bands.length, stats);
    signatures.takePacked(answer.packed ?? Buffer.alloc(0), answer.many);
    const images = await imagesOf(store, dataset, answer.images, { signal });
    const series = assemble(bands, signatures, images, (sorted) =>
      unpackShares(answer.shares ?? Buffer.alloc(0), sorted.rows, sorted.find),
    );
    return { series, clear: [1], parcels: pidsOf(answer.parcels) };
  };
}

function pidsOf(bytes: Buffer | null): ReadonlySet<number> {
  const found = new Set<number>();
  if (bytes === null) return found;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 8) found.add(readInt8(view, at));
  return found;
}
