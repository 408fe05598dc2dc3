import { StoreFailure } from '../errors.ts';
import type { Queryable } from './store.ts';

/** What the numbers of a signature mean: for each band in turn the statistics in this order. Bands of a layout share grid and nodata mask. */
export interface Layout {
  readonly sensor: string;
  readonly bands: readonly string[];
  readonly stats: readonly string[];
}

export interface StoredLayout extends Layout {
  readonly id: number;
}

/** The id of a layout, made where it is new. */
export async function ensureLayout(queryable: Queryable, { sensor, bands, stats }: Layout): Promise<number> {
  const values = [sensor, bands, stats];
  const find = 'select id from furrow.layout where sensor = $1 and bands = $2::text[] and stats = $3::text[]';
  const [there] = await queryable.query<{ id: number }>(find, values);
  if (there !== undefined) return there.id;
  await queryable.query(
    'insert into furrow.layout (sensor, bands, stats) values ($1, $2::text[], $3::text[]) on conflict do nothing',
    values,
  );
  const [made] = await queryable.query<{ id: number }>(find, values);
  if (made === undefined) throw new StoreFailure(`the layout ${bands.join(' ')} was not stored`);
  return made.id;
}

/** Every layout of the store. */
export async function listLayouts(queryable: Queryable): Promise<StoredLayout[]> {
  return await queryable.query<StoredLayout & Record<string, unknown>>(
    'select id, sensor, bands, stats from furrow.layout order by id',
  );
}
