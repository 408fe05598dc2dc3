import { listLayouts } from './layouts.ts';
import { withLiterals } from './literals.ts';
import { conditionsOf, countsColumn, fewStatement } from './series-statement.ts';
import { slotsOf } from './slots.ts';
import type { Queryable } from './store.ts';

/**
 * Makes a new connection ready for questions: plans the question for a parcel of the newest dataset, and asks it for no parcel. The
 * server then has what it must know of the tables and indexes of every month, which takes longer than the question itself,
 * and has read none of their rows. Does nothing in a store without signatures. Throws `StoreUnavailable`, `StoreFailure`.
 */
export async function prepareAsking(queryable: Queryable): Promise<void> {
  const [newest] = await queryable.query<{ id: number }>(
    `select id from furrow.dataset where to_regclass('furrow.signature_' || id) is not null order by id desc limit 1`,
  );
  if (newest === undefined) return;
  const layouts = await listLayouts(queryable, newest.id);
  // One is enough: what is learned is of the tables, and somebody's layout may have thousands.
  const bands = layouts.at(-1)?.bands.slice(0, 1) ?? [];
  const { slots } = slotsOf(layouts, bands, undefined);
  if (slots.length === 0) return;
  const question = (pids: readonly number[]) => {
    const conditions = conditionsOf({ dataset: newest.id, pids, bands });
    return fewStatement(conditions, slots, (bind) => [countsColumn(conditions, bind('SCL'))]);
  };
  const one = question([0]);
  await queryable.query(`explain ${withLiterals(one.text, one.values)}`);
  const none = question([]);
  await queryable.query(none.text, none.values);
}
