import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { listArchive } from '../../src/archive/archive-catalog.ts';
import { archiveMonth } from '../../src/archive/archive-month.ts';
import { detachMonth } from '../../src/archive/detach-month.ts';
import { monthOf } from '../../src/archive/month.ts';
import { readSeries } from '../../src/archive/read-series.ts';
import { readValuesInRange } from '../../src/archive/read-values.ts';
import { restoreMonth } from '../../src/archive/restore-month.ts';
import { NoData } from '../../src/errors.ts';
import { crossSection } from '../../src/store/cross-section.ts';
import { datasetBands } from '../../src/store/dataset-bands.ts';
import { datasetCollections } from '../../src/store/dataset-collections.ts';
import { findParcels } from '../../src/store/find-parcels.ts';
import { listExtractions } from '../../src/store/images.ts';
import { listLayouts } from '../../src/store/layouts.ts';
import { peers } from '../../src/store/peers.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { sceneHistograms } from '../../src/store/scene-classes.ts';
import type { Queryable, Store } from '../../src/store/store.ts';
import { streamSeries } from '../../src/store/stream-series.ts';
import { valuesInRange } from '../../src/store/value-range.ts';
import { storedSeason } from '../store/placed-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';

describe('grants hold in every question', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  let folder: string;
  const stores = new Map<string, Store>();
  const as = (role: string): Store => {
    const store = stores.get(role);
    assert.ok(store);
    return store;
  };
  let dataset: number;
  let image: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-grants-'));
    postgres = await startPostgres();
    const database = await postgres.createDatabase();
    await (await openPostgresStore(postgres.url(database))).close();
    await postgres.psql(
      database,
      'alter role furrow_service login',
      ...['alice', 'bob', 'carol'].map((role) => `create role ${role} login in role furrow_user`),
    );
    for (const role of ['furrow_service', 'alice', 'bob', 'carol'])
      stores.set(role, await openPostgresStore(postgres.url(database, role)));
    const season = await storedSeason(as('alice'), 'alices');
    dataset = season.dataset;
    image = season.images[0] ?? -1;
    await as('alice').query(`insert into furrow.grants (dataset_id, role) values ($1, 'carol')`, [dataset]);
    const archived = await archiveMonth(as('alice'), {
      dataset,
      month: monthOf('2026-04'),
      location: folder,
    });
    await detachMonth(as('alice'), dataset, archived);
  });
  after(async () => {
    await Promise.all([...stores.values()].map((store) => store.close()));
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Every question, as the number of what it answers. */
  async function answers(store: Queryable): Promise<Record<string, number>> {
    const span = { from: '2026-03-01', to: '2026-05-01' };
    let streamed = 0;
    for await (const { rows } of streamSeries(store, { dataset, bands: ['ndvi'] }, readSeries))
      streamed += rows;
    const near = peers(store, { dataset, pid: 1 }).catch((error: unknown) => {
      if (error instanceof NoData) return [];
      throw error;
    });
    return {
      parcels: (await findParcels(store, { dataset, bbox: [9, 49, 11, 51] })).length,
      peers: (await near).length,
      live: (await valuesInRange(store, { dataset, band: 'ndvi', ...span })).length,
      values: (await readValuesInRange(store, { dataset, band: 'ndvi', ...span })).length,
      series: (await readSeries(store, { dataset, bands: ['ndvi'] })).rows,
      streamed,
      archive: (await listArchive(store, dataset)).length,
      layouts: (await listLayouts(store, dataset)).length,
      bands: (await datasetBands(store, dataset)).length,
      images: (await listExtractions(store, dataset)).length,
      collections: (await datasetCollections(store, dataset)).length,
      section: (await crossSection(store, { dataset, image, band: 'ndvi' })).pid.length,
      classes: (await sceneHistograms(store, dataset, 1)).length,
    };
  }
  const all = {
    parcels: 30,
    peers: 9,
    live: 30,
    values: 90,
    series: 90,
    streamed: 90,
    archive: 1,
    layouts: 2,
    bands: 3,
    images: 3,
    collections: 1,
    section: 30,
    classes: 1,
  };
  const none = Object.fromEntries(Object.keys(all).map((question) => [question, 0]));

  test('owner and readers see everything, archived months too; who has no grant sees nothing', async () => {
    assert.deepEqual(await answers(as('alice')), all);
    assert.deepEqual(await answers(as('carol')), all);
    assert.deepEqual(await answers(as('bob')), none);
    const acting = (identity: string) => as('furrow_service').transaction(answers, { identity });
    assert.deepEqual(await acting('carol'), all);
    assert.deepEqual(await acting('bob'), none);
    const [files] = await as('bob').query<{ n: number }>('select count(*) as n from furrow.archive_file');
    assert.equal(files?.n, 0);
  });

  test('who may only read moves no month, and forges no entry', async () => {
    const march = { dataset, month: monthOf('2026-03'), location: folder };
    await assert.rejects(archiveMonth(as('carol'), march), /row-level security/);
    await assert.rejects(archiveMonth(as('bob'), march), NoData);
    const [april] = await listArchive(as('carol'), dataset);
    assert.ok(april);
    await assert.rejects(restoreMonth(as('carol'), dataset, april), /no right to write/);
    const copied = await archiveMonth(as('alice'), march);
    await assert.rejects(detachMonth(as('carol'), dataset, copied), /no right to write/);
    for (const role of ['bob', 'carol'])
      await assert.rejects(
        as(role).query(
          `insert into furrow.archive (dataset_id, month, run, location, checksum, taken_at)
            values (${dataset}, '2026-05-01', gen_random_uuid(), '/', '', now())`,
        ),
        /row-level security/,
      );
    // Not even the owner marks a month as detached, or forgets one that is.
    const own = as('alice');
    await assert.rejects(
      own.query(
        `update furrow.archive set status = 'detached', detached_at = now() where month = '2026-03-01'`,
      ),
      /row-level security/,
    );
    assert.deepEqual(
      await own.query(`delete from furrow.archive where month = '2026-04-01' returning month`),
      [],
    );
    assert.deepEqual(await answers(own), { ...all, archive: 2 });
  });
});
