import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, DatasetNotFound, InvalidArgument } from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { listExtractions, registerImages } from '../../src/store/images.ts';
import { type MaintainProgress, maintain } from '../../src/store/maintain.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { series } from '../../src/store/series.ts';
import type { Store } from '../../src/store/store.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends, onPostgres } from './backends.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';

/** `count` images from 28 March on, five days apart, of which the first `done` are extracted, last parcel first. */
async function season(store: Store, name: string, count: number, done: number): Promise<number> {
  const { dataset } = await saveParcels(store, squareParcels(name, 3));
  await registerImages(store, { dataset, recipe: 'one', images: images(count, name) });
  for (let number = 0; number < done; number++) await extractNext(store, dataset, number);
  return dataset;
}

async function extractNext(store: Store, dataset: number, number: number): Promise<void> {
  const claim = await claimImage(store, { dataset });
  assert.ok(claim);
  await writeImage(store, claim, rowsOf(number, [3, 2, 1], ['B04']));
}

onBothBackends((store) => {
  /** Where the rows of a month lie: `pid:image` in the order of the table. */
  async function placesOf(dataset: number, month: string): Promise<string[]> {
    const rows = await store().query<{ place: string }>(
      `select pid || ':' || image_id - min(image_id) over () as place from furrow.signature
        where dataset_id = $1 and day >= $2 and day < $2::date + interval '1 month' order by ctid`,
      [dataset, `${month}-01`],
    );
    return rows.map(({ place }) => place);
  }

  test('closed months lie in the order of parcels afterwards, with every row as it was', async (context) => {
    const name = freshName(context);
    const dataset = await season(store(), name, 9, 9);
    const before = await series(store(), { dataset, bands: ['B04'] });
    assert.equal((await placesOf(dataset, '2026-04'))[0], '3:0');
    const told: MaintainProgress[] = [];
    const report = await maintain(store(), {
      dataset: name,
      before: '2026-05-01',
      onProgress: (progress) => told.push(progress),
    });
    assert.deepEqual(report.rewritten, [
      { dataset: name, month: '2026-03', rows: 6 },
      { dataset: name, month: '2026-04', rows: 36 },
    ]);
    assert.deepEqual(report.refused, []);
    assert.deepEqual(
      told.map(({ done, months, month }) => `${done}/${months} ${month}`),
      ['0/2 2026-03', '1/2 2026-04'],
    );
    const places = await placesOf(dataset, '2026-04');
    assert.deepEqual(places, [...places].sort());
    assert.equal(places.length, 18);
    assert.deepEqual(await series(store(), { dataset, bands: ['B04'] }), before);
    const open = await store().query(
      `select relname from pg_class where relnamespace = 'furrow'::regnamespace and relkind in ('r', 'p')
        and not (relrowsecurity and relforcerowsecurity)`,
    );
    assert.deepEqual(open, []);
  });

  test('a month is rewritten once, and again only after something was written into it', async (context) => {
    const name = freshName(context);
    const dataset = await season(store(), name, 1, 1);
    const run = async () =>
      (await maintain(store(), { dataset: name, before: '2026-05-01' })).rewritten.map(({ month }) => month);
    assert.deepEqual(await run(), ['2026-03']);
    assert.deepEqual(await run(), []);
    await registerImages(store(), { dataset, recipe: 'another', images: images(1, name) });
    await extractNext(store(), dataset, 5);
    const { rows, bands } = await series(store(), { dataset, bands: ['B04'] });
    assert.equal(rows, 3);
    assert.equal(bands.get('B04')?.stats.mean?.[0], 5100);
    assert.deepEqual(await run(), ['2026-03']);
  });

  test('a month with open work and the current month are left alone', async (context) => {
    const name = freshName(context);
    const dataset = await season(store(), name, 3, 2);
    const report = await maintain(store(), { dataset: name, now: new Date('2026-05-03') });
    assert.deepEqual(report.rewritten, [{ dataset: name, month: '2026-03', rows: 6 }]);
    assert.deepEqual(
      report.refused.map(({ month, reason }) => [month, reason]),
      [['2026-04', '1 images of 2026-04 are still to be extracted']],
    );
    await extractNext(store(), dataset, 2);
    const early = await maintain(store(), { dataset: name, now: new Date('2026-04-30') });
    assert.deepEqual([early.rewritten, early.refused], [[], []]);
  });

  test('an unknown dataset, a date that is none and a cancelled call are told', async (context) => {
    const name = freshName(context);
    await season(store(), name, 1, 1);
    await assert.rejects(maintain(store(), { dataset: 'nowhere' }), DatasetNotFound);
    await assert.rejects(maintain(store(), { before: 'spring' }), InvalidArgument);
    await assert.rejects(
      maintain(store(), { dataset: name, before: '2026-05-01', signal: AbortSignal.abort() }),
      Cancelled,
    );
  });
});

onPostgres((store) => {
  test('writers of the month wait for the rewriting, and what they write is there afterwards', async (context) => {
    const name = freshName(context);
    const dataset = await season(store(), name, 2, 1);
    const claim = await claimImage(store(), { dataset });
    assert.ok(claim);
    // Begun outside of the transaction, in which the store refuses queries beside it.
    let written = false;
    const writing = delay(100).then(() => writeImage(store(), claim, rowsOf(1, [1], ['B04'])));
    void writing.then(() => {
      written = true;
    });
    await store().transaction(async (queryable) => {
      // What rewrite_month holds to its end.
      await queryable.query('select pg_advisory_xact_lock(furrow.month_lock($1, $2)) is null as held', [
        dataset,
        claim.day,
      ]);
      await delay(400);
      assert.equal(written, false);
    });
    assert.equal(await writing, 2);
    assert.ok((await listExtractions(store(), dataset)).every(({ status }) => status === 'done'));
  });

  test('a rewriting that is killed leaves the old month, and the next call does it', async (context) => {
    const name = freshName(context);
    const dataset = await season(store(), name, 1, 1);
    const before = await series(store(), { dataset, bands: ['B04'] });
    const running = Promise.allSettled([
      delay(100).then(() => maintain(store(), { dataset: name, before: '2026-05-01' })),
    ]);
    await store().transaction(async (queryable) => {
      // A reader holds the month open, so that the rewriting waits at its last step.
      assert.equal(
        (await queryable.query('select pid from furrow.signature where dataset_id = $1', [dataset])).length,
        3,
      );
      await delay(600);
      await queryable.query('set local role none');
      const killed = await queryable.query(
        `select pg_terminate_backend(pid) as killed from pg_stat_activity
          where query like '%rewrite_month%' and pid <> pg_backend_pid() and state = 'active'`,
      );
      assert.deepEqual(killed, [{ killed: true }]);
    });
    const [ended] = await running;
    assert.equal(ended?.status, 'rejected');
    assert.deepEqual(await series(store(), { dataset, bands: ['B04'] }), before);
    const left = await store().query(`select relname from pg_class where relname like '%\\_new%'`);
    assert.deepEqual(left, []);
    const { rewritten } = await maintain(store(), { dataset: name, before: '2026-05-01' });
    assert.deepEqual(rewritten, [{ dataset: name, month: '2026-03', rows: 6 }]);
    assert.deepEqual(await series(store(), { dataset, bands: ['B04'] }), before);
  });
});
