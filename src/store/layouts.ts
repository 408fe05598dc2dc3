import { DatabaseError } from 'pg';
import { LimitExceeded, StoreFailure } from '../errors.ts';
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

/** SQLSTATE of what `furrow.ensure_layout` refuses by its bounds. */
const programLimitExceeded = '54000';

/**
 * The id of a layout in a dataset, made where it is new. How many layouts a dataset keeps, and how wide, is bounded by
 * `furrow.ensure_layout`. Throws `LimitExceeded` beyond that, `StoreFailure` for who may not write to the dataset.
 */
export async function ensureLayout(
  queryable: Queryable,
  dataset: number,
  { sensor, bands, stats }: Layout,
): Promise<number> {
  const rows = await queryable
    .query<{ id: number }>('select furrow.ensure_layout($1, $2, $3::text[], $4::text[]) as id', [
      dataset,
      sensor,
      bands,
      stats,
    ])
    .catch((error: unknown) => {
      const cause = error instanceof StoreFailure ? error.cause : undefined;
      if (!(cause instanceof DatabaseError) || cause.code !== programLimitExceeded) throw error;
      throw new LimitExceeded([cause.message, cause.hint].filter(Boolean).join('. '), { cause });
    });
  const [layout] = rows;
  if (layout === undefined) throw new StoreFailure(`the layout ${bands.join(' ')} was not stored`);
  return layout.id;
}

/** Every layout of a dataset that who asks may see. */
export async function listLayouts(queryable: Queryable, dataset: number): Promise<StoredLayout[]> {
  return await queryable.query<StoredLayout & Record<string, unknown>>(
    'select id, sensor, bands, stats from furrow.layout where dataset_id = $1 order by id',
    [dataset],
  );
}
