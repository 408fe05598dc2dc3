import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure } from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { registerImages } from '../../src/store/images.ts';
import { liveSeries } from '../../src/store/live-series.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { pointsOf } from '../../src/store/seasons-of.ts';
import { series } from '../../src/store/series.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends } from './backends.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';

onBothBackends((store) => {
  /** Three images of three parcels in two layouts, with scene classes of 9, 14 and 0 kinds. */
  async function season(name: string): Promise<number> {
    const { dataset } = await saveParcels(store(), squareParcels(name, 3));
    const work = await registerImages(store(), { dataset, recipe: 'one', images: images(3, name) });
    for (const [number, { image }] of work.entries()) {
      const claim = await claimImage(store(), { dataset, images: [image] });
      assert.ok(claim);
      const visible = rowsOf(number, [1, 2, 3], ['B02', 'B04', 'B08']);
      const index = rowsOf(number + 10, [1, 2], ['ndvi']);
      const many = { band: 'SCL', classes: 14, pid: Float64Array.of(1, 2, 3) };
      const counts = Int32Array.from({ length: 3 * 14 }, (_, i) => (i * 7) % 5);
      await writeImage(store(), claim, {
        signatures: [...visible.signatures, ...index.signatures],
        histograms: [visible.histograms, [{ ...many, counts }], []][number] ?? [],
      });
    }
    return dataset;
  }

  test('parcels asked together have the points that a series has, in one layout or several, with any number of classes', async (context) => {
    const name = freshName(context);
    const dataset = await season(name);
    for (const bands of [['B08'], ['ndvi'], ['NDVI', 'b02', 'B08']])
      for (const pids of [[2], [1, 3], [3, 1, 2, 77]]) {
        const read = await liveSeries(store(), {
          dataset,
          name,
          pids,
          bands,
          stats: ['p75', 'mean', 'p50', 'p25'],
        });
        assert.ok(read);
        const found = await read();
        const { bands: columns, ...rest } = await series(store(), { dataset, pids, bands });
        for (const band of bands) {
          const points = pointsOf(found.series, band, found.clear);
          assert.deepEqual(points, pointsOf({ ...rest, bands: columns }, band));
          assert.equal(
            points.size,
            pids.filter((pid) => pid <= (band.toLowerCase() === 'ndvi' ? 2 : 3)).length,
          );
        }
        assert.deepEqual([...found.parcels].sort(), pids.filter((pid) => pid <= 3).sort());
      }
  });

  test('a row that is too short for its layout fails the question', async (context) => {
    const name = freshName(context);
    const dataset = await season(name);
    await store().query('update furrow.signature set v = v[1:2] where dataset_id = $1 and pid = 2', [
      dataset,
    ]);
    const ask = (pids: number[]) =>
      liveSeries(store(), { dataset, name, pids, bands: ['B08'], stats: ['mean'] }).then((read) => read?.());
    await assert.rejects(
      ask([1, 2]),
      (error) => error instanceof StoreFailure && /3 of the 6 rows/.test(error.message),
    );
    assert.equal((await ask([1, 3]))?.series.rows, 6);
  });
});
