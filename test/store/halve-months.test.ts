import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { halvingMonth } from '../../src/store/halve-months.ts';
import { registerImages } from '../../src/store/images.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { series } from '../../src/store/series.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends } from './backends.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';

const parcels = 120;

onBothBackends((store) => {
  /** Five days apart from 27 March 2026 on, so also on the first of May; all of them written. */
  async function season(name: string, count: number): Promise<number> {
    const { dataset } = await saveParcels(store(), squareParcels(name, parcels));
    const dayBefore = (time: string) => new Date(Date.parse(time) - 86_400_000).toISOString();
    const shifted = images(count, name).map((image) => ({ ...image, datetime: dayBefore(image.datetime) }));
    const work = await registerImages(store(), { dataset, recipe: 'one', images: shifted });
    const pids = Array.from({ length: parcels }, (_, i) => i + 1);
    for (const [number, { image }] of work.entries()) {
      const claim = await claimImage(store(), { dataset, images: [image] });
      assert.ok(claim);
      await writeImage(store(), claim, rowsOf(number, pids, ['B04']));
    }
    return dataset;
  }

  test('the month that halves a season has about as many images before it as from it on', async (context) => {
    // 1 of March, 6 of April, 7 of May.
    const dataset = await season(freshName(context), 14);
    assert.equal(await halvingMonth(store(), { dataset }), '2026-05-01');
    assert.equal(await halvingMonth(store(), { dataset, to: '2026-05-03T00:00:00Z' }), undefined);
    assert.equal(await halvingMonth(store(), { dataset, from: '2026-04-15' }), '2026-05-01');
    assert.equal(await halvingMonth(store(), { dataset, from: '2026-04-01', to: '2026-05-01' }), undefined);
    assert.equal(await halvingMonth(store(), { dataset, from: '2026-04-20' }), undefined);
    assert.equal(await halvingMonth(store(), { dataset: dataset + 1 }), undefined);
    await assert.rejects(halvingMonth(store(), { dataset, to: 'never' }), InvalidArgument);
    // As though April were archived: 1 of March, 7 of May.
    await store().query(
      `update furrow.extraction set written = false where dataset_id = $1 and datetime >= '2026-04-01' and datetime < '2026-05-01'`,
      [dataset],
    );
    assert.equal(await halvingMonth(store(), { dataset }), undefined);
  });

  for (const count of [2, 14])
    test(`many parcels of ${count} images are the rows of each alone`, async (context) => {
      const dataset = await season(freshName(context), count);
      const pids = Array.from({ length: parcels }, (_, i) => parcels - i);
      const asked = { dataset, bands: ['B04'], from: '2026-03' };
      const all = await series(store(), { ...asked, pids });
      assert.equal(all.rows, parcels * count);
      const alone = await series(store(), { ...asked, pids: [7] });
      const rows = [...all.pid.keys()].filter((row) => all.pid[row] === 7);
      const mean = (of: typeof all) => of.bands.get('B04')?.stats.mean ?? new Float32Array(0);
      assert.deepEqual(
        rows.map((row) => mean(all)[row]),
        [...mean(alone)],
      );
      assert.deepEqual([...all.counts.subarray(0, 9)], [0, 0, 0, 0, 30, 10, 0, 0, 60]);
    });
});
