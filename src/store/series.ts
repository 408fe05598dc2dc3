import { halvingMonth } from './halve-months.ts';
import { knownLayouts, lastLayout, readLayouts } from './known-layouts.ts';
import { imagesOf, readImages } from './series-images.ts';
import { type SignatureTuples, signatureTuples } from './series-rows.ts';
import {
  type Conditions,
  conditionsOf,
  countsColumn,
  type FewRows,
  fewStatement,
  signatureFields,
} from './series-statement.ts';
import type { SeriesImage, SeriesOptions, SignatureSeries } from './signature-series.ts';
import { numbersOf, picked, type Slots, slotsOf } from './slots.ts';
import type { Queryable, QueryValue } from './store.ts';
import { arrayLength, eachTuple, elementAt, readInt8, type Tuple, tuplesOfRecords } from './tuples.ts';

export type { BandColumns, SeriesImage, SeriesOptions, SignatureSeries } from './signature-series.ts';

/**
 * The stored signatures of parcels over time (or of all parcels on one image), of any bands of one collection or all. Bands
 * that were never extracted give columns of NaN, so the answer to an unknown band has no rows. Times are half-open:
 * `from` is in, `to` is out. Throws `InvalidArgument` for a time that is none, `StoreFailure`.
 */
export async function series(store: Queryable, options: SeriesOptions): Promise<SignatureSeries> {
  const { dataset, bands, stats, pids } = options;
  const conditions = conditionsOf(options);
  if (pids?.length === 1) {
    const known = await knownLayouts(store, dataset);
    const wanted = slotsOf(known, bands, stats);
    const numbers = wanted.slots.reduce((sum, slot) => sum + numbersOf(slot).numbers.length, 0);
    if (numbers > 0 && numbers <= mostNamed) {
      const answer = await oneSeries(store, options, conditions, { ...wanted, last: lastLayout(known) });
      if (answer !== undefined) return answer;
    }
  }
  const now = slotsOf(await readLayouts(store, dataset), bands, stats);
  return await copiedSeries(store, options, conditions, now);
}

/** Numbers of a row, in all layouts, up to which a statement names each of them: thousands nest too deep for the server. */
const mostNamed = 512;

/**
 * One parcel in one round trip, by a prepared statement; undefined when there are more layouts by now, or who asks may not
 * see the dataset.
 */
async function oneSeries(
  store: Queryable,
  options: SeriesOptions,
  conditions: Conditions,
  { stats, slots, last }: Slots & { readonly last: number },
): Promise<SignatureSeries | undefined> {
  const { dataset, bands, histogram = 'SCL', signal } = options;
  const { text, values } = fewStatement(conditions, slots, (bind) =>
    histogram === null ? [] : [countsColumn(conditions, bind(histogram))],
  );
  const [answer] = await store.query<FewRows & { readonly counts?: Buffer | null }>(text, values, {
    signal,
    prepare: true,
  });
  if (answer?.layouts !== last) return undefined;
  const signatures = signatureTuples(slots, bands.length, stats);
  signatures.takePacked(answer.packed ?? Buffer.alloc(0), answer.many);
  const images = await imagesOf(store, dataset, answer.images, { signal });
  const counts = answer.counts ?? null;
  return assemble(bands, signatures, images, ({ rows, find }) =>
    histogramCounts(rows, counts === null ? [] : [tuplesOfRecords(counts)], find),
  );
}

/** Many parcels, copied out of the store. */
async function copiedSeries(
  store: Queryable,
  options: SeriesOptions,
  { dataset, values, rows, images }: Conditions,
  { stats, slots: ranges }: Slots,
): Promise<SignatureSeries> {
  const { bands, histogram = 'SCL', signal } = options;
  const slots = ranges.map((slot) => picked(slot, ranges.length));
  const signatures = signatureTuples(slots, bands.length, stats);
  const among =
    images === 'true'
      ? ''
      : `and image_id in (select id from furrow.image where dataset_id = ${dataset} and ${images})`;
  if (slots.length > 0) {
    const text = `select ${signatureFields(slots)} from furrow.signature
      where ${rows} ${among} and layout_id in (${slots.map(({ layout }) => layout.id).join(', ')})`;
    const read = async ({ and, bound }: Part) => {
      for await (const chunk of store.copyOut(`${text} ${and}`, bound, { signal })) signatures.take(chunk);
    };
    await Promise.all((await partsOf(store, options, values)).map(read));
  }
  const found = await readImages(store, dataset, [...signatures.images], { signal });
  const counts =
    histogram === null || signatures.images.size === 0
      ? []
      : await collected(
          store.copyOut(
            `select pid, image_id, counts from furrow.histogram
              where ${rows} ${among} and band = $${values.length + 1}`,
            [...values, histogram],
            { signal },
          ),
        );
  return assemble(bands, signatures, found, (sorted) => histogramCounts(sorted.rows, counts, sorted.find));
}

/** From how many parcels on a second connection of PostgreSQL pays: the server then works on two cores. */
const worthTwo = 100;

/** What one statement asks for: a condition more, and all values. */
interface Part {
  readonly and: string;
  readonly bound: readonly QueryValue[];
}

/** All in one statement, or in two of half of the months each, or of half of the parcels where there is one month. */
async function partsOf(
  store: Queryable,
  options: SeriesOptions,
  values: readonly QueryValue[],
): Promise<readonly Part[]> {
  const { pids } = options;
  const pool = 'kind' in store && store.kind === 'postgres';
  if (!pool || pids === undefined || pids.length < worthTwo) return [{ and: '', bound: values }];
  const day = await halvingMonth(store, options);
  if (day !== undefined)
    return ['<', '>='].map((than) => ({
      and: `and day ${than} $${values.length + 1}::date`,
      bound: [...values, day],
    }));
  const place = values.findIndex(Array.isArray);
  const middle = pids.length >> 1;
  return [pids.slice(0, middle), pids.slice(middle)].map((half) => ({
    and: '',
    bound: values.with(place, half),
  }));
}

async function collected(chunks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** Pixels by class for rows that `find` knows, by parcel and id of the image (-1: none). */
type CountsOf = (
  sorted: { readonly rows: number } & { readonly find: (pid: number, image: number) => number },
) => Pick<SignatureSeries, 'classes' | 'counts'>;

/** Rows, images and histograms as one answer. */
export function assemble(
  bands: readonly string[],
  signatures: SignatureTuples,
  found: readonly SeriesImage[],
  countsOf: CountsOf,
): SignatureSeries {
  const ranks = new Map(found.map(({ id }, rank) => [id, rank]));
  const { rows, pid, image, bands: columns, find } = signatures.finish(ranks);
  return {
    rows,
    pid,
    image,
    images: found,
    bands: new Map(columns.map((column, band) => [bands[band] ?? '', column])),
    ...countsOf({ rows, find: (parcel, id) => find(parcel, ranks.get(id) ?? -1) }),
  };
}

function histogramCounts(
  rows: number,
  chunks: readonly Buffer[],
  find: (pid: number, image: number) => number,
): { classes: number; counts: Int32Array } {
  const each = (take: (row: number, tuple: Tuple) => void) => {
    for (const chunk of chunks)
      eachTuple(chunk, 3, (tuple) => {
        const { view, at } = tuple;
        const row = find(readInt8(view, at[0] ?? 0), view.getInt32(at[1] ?? 0));
        if (row >= 0) take(row, tuple);
      });
  };
  let classes = 0;
  each((_, tuple) => {
    classes = Math.max(classes, arrayLength(tuple, 2));
  });
  const counts = new Int32Array(rows * classes);
  each((row, tuple) => {
    for (let c = arrayLength(tuple, 2) - 1; c >= 0; c--)
      counts[row * classes + c] = tuple.view.getInt32(elementAt(tuple, 2, c));
  });
  return { classes, counts };
}
