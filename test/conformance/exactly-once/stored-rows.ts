import { createHash } from 'node:crypto';
import type { ScratchPostgres } from '../../store/scratch-postgres.ts';

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
  from furrow.signature s join furrow.image i on i.id = s.image_id join furrow.layout l on l.id = s.layout_id`;
const histograms = `select i.reference, h.day, h.pid, h.band, h.counts
  from furrow.histogram h join furrow.image i on i.id = h.image_id`;

export async function storedRows(postgres: ScratchPostgres, database: string): Promise<StoredRows> {
  const ask = async (sql: string) =>
    (await postgres.psql(database, sql)).split('\n').filter((line) => line !== '');
  const rows = [
    ...(await ask(`${signatures} order by 1, 2, 3, 4`)),
    ...(await ask(`${histograms} order by 1, 2, 3, 4`)),
  ];
  const keys = new Set(rows.map((row) => row.split('|', 4).join('|')));
  const states = (await ask('select status, count(*) from furrow.extraction group by 1')).map((line) => {
    const [status = '', count] = line.split('|');
    return [status, Number(count)] as const;
  });
  const [miscounted] = await ask(
    `select count(*) from furrow.extraction e where status = 'done' and rows is distinct from
      (select count(*) from furrow.signature s where s.image_id = e.image_id)
      + (select count(*) from furrow.histogram h where h.image_id = e.image_id)`,
  );
  return {
    rows: rows.length,
    checksum: createHash('sha256').update(rows.join('\n')).digest('hex'),
    double: rows.length - keys.size,
    states: new Map(states),
    miscounted: Number(miscounted),
  };
}
