import { series } from './series.ts';
import type { BandColumns } from './signature-series.ts';
import type { Queryable, QueryOptions } from './store.ts';

export interface CrossSectionOptions extends QueryOptions {
  /** From `findDataset`. */
  readonly dataset: number;
  /** From `listExtractions` or a series. */
  readonly image: number;
  readonly band: string;
}

/** One band of one image, a row a parcel, by pid. */
export interface CrossSection extends BandColumns {
  readonly pid: Float64Array;
}

/** What one image says of every parcel of a dataset. Parcels without a pixel of it have no row. Throws `StoreFailure`. */
export async function crossSection(
  store: Queryable,
  { dataset, image, band, signal }: CrossSectionOptions,
): Promise<CrossSection> {
  // The image's day leads to its partition; without it every month would be asked.
  const [row] = await store.query<{ datetime: Date }>(
    'select datetime from furrow.image where dataset_id = $1 and id = $2',
    [dataset, image],
    { signal },
  );
  if (row === undefined) return { pid: new Float64Array(0), n: new Int32Array(0), stats: {} };
  const from = row.datetime.toISOString();
  const to = new Date(row.datetime.getTime() + 1).toISOString();
  const { pid, bands } = await series(store, {
    dataset,
    image,
    bands: [band],
    from,
    to,
    histogram: null,
    signal,
  });
  return { pid, n: bands.get(band)?.n ?? new Int32Array(0), stats: bands.get(band)?.stats ?? {} };
}
