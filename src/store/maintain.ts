import { DatabaseError } from 'pg';
import { InvalidArgument, StoreFailure, throwIfCancelled } from '../errors.ts';
import { datasetNamed, shownName } from './dataset-named.ts';
import type { QueryOptions, Store } from './store.ts';

export interface MaintainOptions extends QueryOptions {
  /** Name of a dataset; all that this role may see when left out. */
  readonly dataset?: string | undefined;
  /** ISO 8601 date: months that end before it. The beginning of this month when left out. */
  readonly before?: string | undefined;
  readonly now?: Date | undefined;
  readonly onProgress?: ((progress: MaintainProgress) => void) | undefined;
}

export interface MaintainProgress {
  readonly done: number;
  readonly months: number;
  /** What is being rewritten now. */
  readonly dataset: string;
  /** `YYYY-MM`. */
  readonly month: string;
}

export interface MaintainReport {
  /** Months rewritten, and their rows (signatures and histograms). */
  readonly rewritten: readonly { readonly dataset: string; readonly month: string; readonly rows: number }[];
  /** Months that are left alone for now, each with the reason. */
  readonly refused: readonly { readonly dataset: string; readonly month: string; readonly reason: string }[];
  readonly seconds: number;
}

/** SQLSTATEs that say why a month cannot be rewritten now: object_in_use, lock_not_available, insufficient_privilege. */
const reasons = new Set(['55006', '55P03', '42501']);

/**
 * Rewrites the months of signatures that are over in the order of their parcels, so that a parcel's season lies on few pages.
 * Each month is one transaction: the old one is there until the new one is complete, readers go on meanwhile, and whatever
 * ends it leaves the old month. Months rewritten since they were last written into are passed over, so that a call goes on
 * where an earlier one ended. A month with images that wait or are being extracted is refused, and so is one of a dataset
 * that this role may not write. Needs the space of one month. Throws `InvalidArgument`, `DatasetNotFound`, `StoreFailure`, `Cancelled` (after
 * the month at hand).
 */
export async function maintain(store: Store, options: MaintainOptions = {}): Promise<MaintainReport> {
  const { dataset, signal, onProgress } = options;
  const started = performance.now();
  const work = await closedMonths(store, options);
  const rewritten: MaintainReport['rewritten'][number][] = [];
  const refused: MaintainReport['refused'][number][] = [];
  for (const [done, { id, name, day }] of work.entries()) {
    throwIfCancelled(signal, `maintaining ${dataset ?? 'the store'}`);
    const month = day.slice(0, 7);
    onProgress?.({ done, months: work.length, dataset: name, month });
    try {
      const [answer] = await store.transaction((queryable) =>
        queryable.query<{ rows: number }>('select furrow.rewrite_month($1, $2) as rows', [id, day]),
      );
      rewritten.push({ dataset: name, month, rows: answer?.rows ?? 0 });
    } catch (error) {
      const cause = error instanceof StoreFailure ? error.cause : undefined;
      if (!(cause instanceof DatabaseError) || !reasons.has(cause.code ?? '')) throw error;
      refused.push({ dataset: name, month, reason: cause.message });
    }
  }
  return { rewritten, refused, seconds: (performance.now() - started) / 1000 };
}

/** Months with a partition that end before the date and were written into since they were last rewritten. */
async function closedMonths(
  store: Store,
  { dataset, before, now = new Date(), signal }: MaintainOptions,
): Promise<{ id: number; name: string; day: string }[]> {
  const end = before ?? `${now.toISOString().slice(0, 7)}-01`;
  if (Number.isNaN(Date.parse(end)))
    throw new InvalidArgument(`before must be a date in ISO 8601, not '${before}'`);
  const id = dataset === undefined ? null : (await datasetNamed(store, dataset, { signal })).id;
  return await store.query<{ id: number; name: string; day: string }>(
    `select d.id, ${shownName} as name, m.day from furrow.dataset d
      join pg_class parent on parent.relname = 'signature_' || d.id and parent.relnamespace = 'furrow'::regnamespace
      join pg_inherits i on i.inhparent = parent.oid
      join pg_class leaf on leaf.oid = i.inhrelid
      cross join lateral (select to_date(right(leaf.relname, 7), 'YYYY_MM') as day) m
      where leaf.relname ~ '_\\d{4}_\\d{2}$' and ($1::integer is null or d.id = $1) and m.day + interval '1 month' <= $2::date
        and not exists (select 1 from furrow.rewritten r where r.dataset_id = d.id and r.month = m.day)
      order by d.name, d.owner, m.day`,
    [id, end],
    { signal },
  );
}
