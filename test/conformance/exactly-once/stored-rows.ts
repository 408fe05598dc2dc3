import { createHash } from 'node:crypto';
import { openPostgresStore } from '../../../src/store/postgres-store.ts';

/** What a database holds of the units, without regard to ids that depend on the order of events. */
export interface StoredRows {
  readonly rows: number;
  readonly checksum: string;
  /** Rows that stand twice. */
  readonly double: number;
  /** Units by the state of their work. */
  readonly states: ReadonlyMap<string, number>;
  /** Units that are done and have another number of rows than was noted with them. */
  readonly miscounted: number;
}

const signatures = `select i.reference, s.day, s.pid, array_to_string(l.bands, ' ') as bands, s.n, s.v
  from furrow.signature s join furrow.image i on i.dataset_id = s.dataset_id and i.id = s.image_id
    join furrow.layout l on l.dataset_id = s.dataset_id and l.id = s.layout_id`;
const histograms = `select i.reference, h.day, h.pid, h.band, h.counts
  from furrow.histogram h join furrow.image i on i.dataset_id = h.dataset_id and i.id = h.image_id`;

/** Reads all rows of a database, at its address. */
export async function storedRows(url: string): Promise<StoredRows> {
  const store = await openPostgresStore(url);
  try {
    const rows = [
      ...(await store.texts(`${signatures} order by 1, 2, 3, 4`)),
      ...(await store.texts(`${histograms} order by 1, 2, 3, 4`)),
    ];
    const states = await store.texts('select status, count(*) from furrow.extraction group by 1');
    const [miscounted] = await store.texts(
      `select count(*) from furrow.extraction e where status = 'done' and rows is distinct from
        (select count(*) from furrow.signature s where s.dataset_id = e.dataset_id and s.image_id = e.image_id)
        + (select count(*) from furrow.histogram h where h.dataset_id = e.dataset_id and h.image_id = e.image_id)`,
    );
    const hash = createHash('sha256');
    for (const row of rows) hash.update(row.join('|')).update('\n');
    return {
      rows: rows.length,
      checksum: hash.digest('hex'),
      double: rows.length - new Set(rows.map((row) => row.slice(0, 4).join('|'))).size,
      states: new Map(states.map(([status, count]) => [status ?? '', Number(count)])),
      miscounted: Number(miscounted?.[0]),
    };
  } finally {
    await store.close();
  }
}
