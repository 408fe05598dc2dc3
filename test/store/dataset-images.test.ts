import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { archiveMonth } from '../../src/archive/archive-month.ts';
import { monthOf } from '../../src/archive/month.ts';
import { readSeries } from '../../src/archive/read-series.ts';
import { ensureLayout, listLayouts } from '../../src/store/layouts.ts';
import { migrate } from '../../src/store/migrate.ts';
import { readMigrations } from '../../src/store/migrations.ts';
import { pooledStore } from '../../src/store/pooled-store.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { series } from '../../src/store/series.ts';
import type { BandColumns, SignatureSeries } from '../../src/store/signature-series.ts';
import type { Queryable, Store } from '../../src/store/store.ts';
import { stats } from './sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

/** The last migration with images and layouts that belong to nobody. */
const shared = 10;

/**
 * Two owners' datasets 1 and 2 of two parcels: images 1 and 2 (March) and 3 (April) for the first, 2 and 4 (March, April) for the second;
 * nobody has work on image 5. Image 3 is of another sensor than its layout says.
 */
const filled = `
  insert into furrow.dataset (name, owner) values ('alices', 'alice'), ('bobs', 'bob');
  insert into furrow.parcel (dataset_id, pid, label, geom, area)
    select d, p, 'P-' || p, 'SRID=4326;POLYGON ((0 0, 1 0, 1 1, 0 0))', 1 from generate_series(1, 2) d, generate_series(1, 2) p;
  insert into furrow.image (collection, reference, sensor, datetime, footprint, cloud, assets, registered_by)
    select 'demo', 'image-' || i, case i when 3 then 'sentinel-3' else 'sentinel-2' end, t::timestamptz,
      'SRID=4326;POLYGON ((0 0, 1 0, 1 1, 0 0))', i, jsonb_build_object('B04', '/data/' || i), 'alice'
    from (values (1, '2026-03-05T10:00Z'), (2, '2026-03-10T10:00Z'), (3, '2026-04-05T10:00Z'), (4, '2026-04-06T10:00Z'),
      (5, '2026-05-01T10:00Z')) v(i, t);
  insert into furrow.extraction (dataset_id, image_id, datetime, recipe, status, rows, written)
    select v.d, i.id, i.datetime, 'one', 'done', 6, true
    from (values (1, 1), (1, 2), (1, 3), (2, 2), (2, 4)) v(d, i) join furrow.image i on i.id = v.i;
  insert into furrow.layout (sensor, bands, stats) values
    ('sentinel-2', '{B04,B08}', '{${stats}}'), ('sentinel-2', '{ndvi}', '{${stats}}'), ('sentinel-1', '{VV}', '{mean}');
  select furrow.ensure_partitions(d, array[date '2026-03-01', date '2026-04-01']) from generate_series(1, 2) d;
  insert into furrow.signature (dataset_id, day, pid, image_id, n, layout_id, v)
    select e.dataset_id, e.datetime::date, p, e.image_id, 9, l.id,
      (select array_agg(e.dataset_id * 1000 + e.image_id * 100 + p * 50 + g)::real[]
        from generate_series(1, cardinality(l.bands) * cardinality(l.stats)) g)
    from furrow.extraction e, generate_series(1, 2) p, furrow.layout l where l.id < 3 or e.image_id = 3;
  insert into furrow.histogram (dataset_id, day, pid, image_id, band, counts)
    select e.dataset_id, e.datetime::date, p, e.image_id, 'SCL', array[0, p, 0, 0, e.image_id]
    from furrow.extraction e, generate_series(1, 2) p;`;

const bands = ['B04', 'B08', 'ndvi', 'VV'];

/** Every signature in the long form: as the view tells it, and as a series does. */
const longForm = `select dataset_id, pid, obsid, band, count, mean, p25, p75 from furrow.sigs order by 1, 2, 3, 4`;
const views = [
  longForm,
  'select dataset_id, pid, obsid, band, hist from furrow.hists order by 1, 2, 3',
  `select dataset_id, obsid, obstime, reference, sensor, collection, status, st_astext(footprint) from furrow.dias_catalogue
    where dataset_id is not null order by 1, 2`,
];

function longRows(dataset: number, answer: SignatureSeries) {
  const rows = [...answer.pid].flatMap((pid, row) =>
    bands.flatMap((band) => {
      const { n, stats: values }: Partial<BandColumns> = answer.bands.get(band) ?? {};
      const [mean, p25, p75] = ['mean', 'p25', 'p75'].map((stat) => {
        const value = values?.[stat]?.[row] ?? Number.NaN;
        return Number.isNaN(value) ? null : value;
      });
      const obsid = answer.images[answer.image[row] ?? -1]?.id;
      return mean === null
        ? []
        : [{ dataset_id: dataset, pid, obsid, band, count: n?.[row], mean, p25, p75 }];
    }),
  );
  const order = (row: (typeof rows)[number]) => `${row.pid} ${row.obsid} ${row.band}`;
  return rows.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

describe('a store from before images and layouts hung on datasets', {
  skip: withoutPostgres ?? false,
}, () => {
  let postgres: ScratchPostgres;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-dataset-images-'));
    postgres = await startPostgres();
    await postgres.psql('postgres', 'create role furrow_user', 'create role alice login in role furrow_user');
    await postgres.psql('postgres', 'create role bob login in role furrow_user');
  });
  after(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Works on a database as its superuser, past every policy, at whatever migration it is. */
  async function raw<T>(database: string, work: (store: Store) => Promise<T>): Promise<T> {
    const pool = { connectionString: postgres.url(database), max: 1 };
    const store = pooledStore({ kind: 'postgres', pool, identities: false });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  /** A database at the last migration before, filled. */
  async function older(more = ''): Promise<string> {
    const database = await postgres.createDatabase();
    const migrations = (await readMigrations()).slice(0, shared);
    await raw(database, (store) => migrate(store, { migrations }));
    await postgres.psql(database, filled, more, 'analyze');
    return database;
  }

  const answers = (store: Queryable) => Promise.all(views.map((view) => store.query(view)));

  test('answers every question as before, also of a month that lies in files', async () => {
    const database = await older();
    const long = await raw(database, (store) => store.query(longForm));
    assert.equal(long.length, 32);
    // The files are written by a twin that has gone on, and hung into the older store.
    const twin = await openPostgresStore(postgres.url(await postgres.createDatabase(database)));
    const { run } = await archiveMonth(twin, { dataset: 1, month: monthOf('2026-04'), location: folder });
    const kept = await Promise.all(
      ['archive', 'archive_file'].map(async (table) => {
        const rows = await twin.query<{ rows: unknown }>(
          `select json_agg(t)::text as rows from furrow.${table} t`,
        );
        return [table, rows[0]?.rows] as const;
      }),
    );
    await twin.close();
    const before = await raw(database, async (store) => {
      for (const [table, rows] of kept)
        await store.query(
          `insert into furrow.${table} select * from json_populate_recordset(null::furrow.${table}, $1)`,
          [String(rows)],
        );
      await store.query('update furrow.extraction set written = false where image_id = 3');
      await store.query(`select furrow.detach_month(1, '2026-04-01', $1)`, [run]);
      return await answers(store);
    });
    assert.equal(before[0]?.length, 24);
    const store = await openPostgresStore(postgres.url(database));
    const alice = await openPostgresStore(postgres.url(database, 'alice'));
    try {
      assert.deepEqual(await answers(store), before);
      for (const dataset of [1, 2]) {
        const expected = long.filter((row) => row.dataset_id === dataset);
        assert.deepEqual(longRows(dataset, await readSeries(store, { dataset, bands })), expected);
        const one = await series(store, { dataset, bands, pids: [2], to: '2026-04-01' });
        const march = expected.filter(({ pid, obsid }) => pid === 2 && Number(obsid) < 3);
        assert.deepEqual(longRows(dataset, one), march);
      }
      const images = 'select dataset_id, id, assets from furrow.image order by 1, 2';
      const own = [1, 2, 3].map((id) => ({ dataset_id: 1, id, assets: { B04: `/data/${id}` } }));
      assert.deepEqual(await alice.query(images), own);
      assert.equal((await store.query(images)).length, 5);
      const [ndvi] = (await listLayouts(alice, 1)).filter(({ id }) => id === 2);
      assert.ok(ndvi);
      assert.equal(await ensureLayout(alice, 1, ndvi), 2);
      assert.equal(await ensureLayout(alice, 1, { ...ndvi, sensor: 'another' }), 4);
    } finally {
      await alice.close();
      await store.close();
    }
  });

  test('layouts that somebody filled the table with come to nobody, and no number is given twice', async () => {
    const database = await older(
      `insert into furrow.layout (sensor, bands, stats) select 'mallory', array['m' || g], '{mean}' from generate_series(1, 300) g`,
    );
    const store = await openPostgresStore(postgres.url(database));
    try {
      const ids = async (dataset: number) => (await listLayouts(store, dataset)).map(({ id }) => id);
      assert.deepEqual(await ids(1), [1, 2, 303]);
      assert.deepEqual(await ids(2), [1, 2, 303]);
      const added = await ensureLayout(store, 2, { sensor: 'new', bands: ['B01'], stats: ['mean'] });
      assert.equal(added, 304);
    } finally {
      await store.close();
    }
  });
});
