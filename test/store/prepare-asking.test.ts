import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { claimImage } from '../../src/store/claims.ts';
import { registerImages } from '../../src/store/images.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { series } from '../../src/store/series.ts';
import type { Queryable, Store } from '../../src/store/store.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

describe('a store opened for asking', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  let database: string;
  let url: string;
  let dataset: number;
  before(async () => {
    postgres = await startPostgres();
    database = await postgres.createDatabase();
    url = postgres.url(database);
    const store = await openPostgresStore(url);
    ({ dataset } = await saveParcels(store, squareParcels('asked', 3)));
    const work = await registerImages(store, { dataset, recipe: 'one', images: images(20) });
    for (const [number, { image }] of work.entries()) {
      const claim = await claimImage(store, { dataset, images: [image] });
      assert.ok(claim);
      await writeImage(store, claim, rowsOf(number, [1, 2, 3], ['B04', 'B08']));
    }
    await store.close();
  });
  after(() => postgres?.stop());

  const opened = async <T>(asks: boolean, work: (store: Store) => Promise<T>): Promise<T> => {
    const store = await openPostgresStore(url, { asks });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };

  test('knows its tables before the first question', async () => {
    const pages = (asks: boolean) =>
      opened(asks, (store) => store.transaction((own) => planningPages(own, dataset)));
    const [without, prepared] = [await pages(false), await pages(true)];
    assert.ok(without > 200, `${without} pages were looked up without preparing: the test shows nothing`);
    assert.ok(prepared * 10 < without, `${prepared} pages prepared, ${without} without`);
  });

  test('has read no signature, and what it answers is the same', async () => {
    const touched = async () =>
      await postgres.psql(
        database,
        `select sum(seq_scan + idx_scan), sum(seq_tup_read + idx_tup_fetch) from pg_stat_all_tables
          where schemaname = 'furrow' and relname ~ '^(signature|histogram)_'`,
      );
    const earlier = await touched();
    await opened(true, (store) => store.query('select 1'));
    assert.equal(await touched(), earlier);
    const ask = (store: Store) => series(store, { dataset, pids: [2], bands: ['B08'] });
    const answer = await opened(true, ask);
    assert.equal(answer.rows, 20);
    assert.deepEqual(answer, await opened(false, ask));
    assert.notEqual(await touched(), earlier);
  });

  test('asks for scattered pages ahead, unless the administrator forbids it', async () => {
    const ahead = async () => {
      const [row] = await opened(false, (store) =>
        store.query<{ pages: string }>(`select current_setting('effective_io_concurrency') as pages`),
      );
      return row?.pages;
    };
    assert.equal(await ahead(), '200');
    await postgres.psql(database, `alter database ${database} set effective_io_concurrency = 0`);
    assert.equal(await ahead(), '0');
    await postgres.psql(database, `alter database ${database} reset effective_io_concurrency`);
  });

  test('many parcels may be asked for by a role that may not see the work on images', async () => {
    await postgres.psql(
      database,
      `create role reader login; grant usage on schema furrow to reader;
        grant select on furrow.migration, furrow.grants, furrow.dataset, furrow.image, furrow.layout, furrow.signature, furrow.histogram to reader`,
    );
    const store = await openPostgresStore(postgres.url(database, 'reader'));
    try {
      const pids = Array.from({ length: 200 }, (_, i) => i);
      assert.equal((await series(store, { dataset, pids, bands: ['B08'] })).rows, 0);
      await assert.rejects(store.query('select from furrow.extraction'), /permission denied/);
    } finally {
      await store.close();
    }
  });

  test('opens where there is nothing to ask, and for a role that may see nothing', async () => {
    const empty = await openPostgresStore(postgres.url(await postgres.createDatabase()), { asks: true });
    assert.deepEqual(await empty.query('select 1 as one'), [{ one: 1 }]);
    await empty.close();
    await postgres.psql(database, 'create role nobody_here login in role furrow_user');
    const other = await openPostgresStore(postgres.url(database, 'nobody_here'), { asks: true });
    assert.equal((await series(other, { dataset, pids: [2], bands: ['B08'] })).rows, 0);
    await other.close();
  });
});

/** Pages of catalogs that the server looks at to plan the question for one parcel. */
async function planningPages(queryable: Queryable, dataset: number): Promise<number> {
  const [row] = await queryable.query<{ 'QUERY PLAN': { Planning: Record<string, number> }[] }>(
    `explain (buffers, format json) select pid, image_id, layout_id, n, v from furrow.signature
      where dataset_id = ${dataset} and pid = 2`,
  );
  const planning = row?.['QUERY PLAN'][0]?.Planning;
  return (planning?.['Shared Hit Blocks'] ?? 0) + (planning?.['Shared Read Blocks'] ?? 0);
}
