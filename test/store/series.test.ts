import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument, StoreFailure } from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { crossSection } from '../../src/store/cross-section.ts';
import { registerImages } from '../../src/store/images.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { seasonsOf } from '../../src/store/seasons-of.ts';
import { series } from '../../src/store/series.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends } from './backends.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';

onBothBackends((store) => {
  /** Three images in two months, written newest first; each in two layouts, and pid 3 is on the last only. */
  async function season(name: string): Promise<{ dataset: number; ids: number[] }> {
    const { dataset } = await saveParcels(store(), squareParcels(name, 3));
    const work = await registerImages(store(), { dataset, recipe: 'one', images: images(3, name) });
    const ids = work.map(({ image }) => image);
    for (const [number, image] of [...ids.entries()].reverse()) {
      const claim = await claimImage(store(), { dataset, images: [image] });
      assert.ok(claim);
      const pids = number === 2 ? [3, 1, 2] : [2, 1];
      const visible = rowsOf(number, pids, ['B02', 'B04', 'B08']);
      const index = rowsOf(number + 10, pids, ['ndvi']);
      await writeImage(store(), claim, {
        signatures: [...visible.signatures, ...index.signatures],
        histograms: number === 1 ? [] : visible.histograms,
      });
    }
    return { dataset, ids };
  }

  test('a series comes by parcel and time, with the statistics of each band in place', async (context) => {
    const { dataset, ids } = await season(freshName(context));
    const answer = await series(store(), { dataset, bands: ['NDVI', 'b04', 'B08'] });
    assert.deepEqual([...answer.pid], [1, 1, 1, 2, 2, 2, 3]);
    assert.deepEqual([...answer.image], [0, 1, 2, 0, 1, 2, 2]);
    assert.deepEqual(
      answer.images.map(({ id, reference }) => [id, reference]),
      ids.map((id, i) => [id, `image-${i}`]),
    );
    assert.equal(answer.images[1]?.datetime, '2026-04-02T10:30:00.000Z');
    const place = (band: string, stat: string) => [...(answer.bands.get(band)?.stats[stat] ?? [])];
    assert.deepEqual(place('b04', 'mean'), [110, 1110, 2110, 210, 1210, 2210, 2310]);
    assert.deepEqual(place('B08', 'p75'), [126, 1126, 2126, 226, 1226, 2226, 2326]);
    assert.deepEqual(place('NDVI', 'p50'), [10105, 11105, 12105, 10205, 11205, 12205, 12305]);
    assert.deepEqual([...(answer.bands.get('b04')?.n ?? [])], Array(7).fill(100));
    assert.equal(answer.classes, 9);
    assert.deepEqual([...answer.counts.subarray(0, 18)], [0, 0, 0, 0, 30, 10, 0, 0, 60, ...Array(9).fill(0)]);
  });

  test('one parcel is the same asked alone or with others, also of statistics named, and sees a layout made meanwhile', async (context) => {
    const name = freshName(context);
    const { dataset } = await season(name);
    const alone = await series(store(), { dataset, pids: [1], bands: ['B04', 'ndvi'] });
    assert.equal(alone.rows, 3);
    assert.deepEqual(await series(store(), { dataset, pids: [1, 1], bands: ['B04', 'ndvi'] }), alone);
    for (const pids of [[1], [1, 77]]) {
      const { bands } = await series(store(), {
        dataset,
        pids,
        bands: ['B04', 'B02'],
        stats: ['p75', 'mean'],
      });
      assert.deepEqual(Object.keys(bands.get('B02')?.stats ?? {}), ['p75', 'mean']);
      assert.deepEqual([...(bands.get('B02')?.stats.p75 ?? [])], [106, 1106, 2106]);
      assert.deepEqual([...(bands.get('B04')?.stats.mean ?? [])], [110, 1110, 2110]);
    }
    const bands = [`new ${name}`, 'B04'];
    assert.equal((await series(store(), { dataset, pids: [2], bands: ['B04'] })).rows, 3);
    await registerImages(store(), { dataset, recipe: 'two', images: images(1, name) });
    const claim = await claimImage(store(), { dataset });
    assert.ok(claim);
    await writeImage(store(), claim, rowsOf(7, [2], bands));
    const after = await series(store(), { dataset, pids: [2], bands: ['B04'] });
    assert.equal(after.bands.get('B04')?.stats.mean?.[0], 7210);
  });

  test('one parcel of a thousand bands is the same asked alone or with others', async (context) => {
    const name = freshName(context);
    const { dataset } = await saveParcels(store(), squareParcels(name, 1));
    await registerImages(store(), { dataset, recipe: 'one', images: images(1, name) });
    const claim = await claimImage(store(), { dataset });
    assert.ok(claim);
    const bands = Array.from({ length: 1000 }, (_, band) => `b${band}`);
    await writeImage(store(), claim, rowsOf(0, [1], bands));
    const alone = await series(store(), { dataset, pids: [1], bands });
    assert.equal(alone.bands.get('b999')?.stats.p75?.[0], 100 + 9990 + 6);
    assert.deepEqual(await series(store(), { dataset, pids: [1, 1], bands }), alone);
  });

  test('parcels, times and images narrow a series; the end of a time is open', async (context) => {
    const name = freshName(context);
    const { dataset, ids } = await season(name);
    const rows = async (options: object) => {
      const { pid, image, images: found } = await series(store(), { dataset, bands: ['ndvi'], ...options });
      return [...pid].map((parcel, i) => `${parcel}:${found[image[i] ?? -1]?.reference.slice(-1)}`).join(' ');
    };
    assert.equal(await rows({ pids: [3, 2, 77] }), '2:0 2:1 2:2 3:2');
    assert.equal(await rows({ from: '2026-04-02T10:30:00Z' }), '1:1 1:2 2:1 2:2 3:2');
    assert.equal(await rows({ to: '2026-04-02T10:30:00Z' }), '1:0 2:0');
    assert.equal(await rows({ from: '2026-04-01', to: '2026-04-03', pids: [1] }), '1:1');
    assert.equal(await rows({ image: ids[2], pids: [1, 3] }), '1:2 3:2');
    assert.equal(await rows({ collection: name, pids: [3] }), '3:2');
    assert.equal(await rows({ collection: 'another' }), '');
    assert.equal(await rows({ bands: ['B99'] }), '');
    await assert.rejects(rows({ from: 'spring' }), InvalidArgument);
  });

  test('a stored season has one point an image, with the share of clear pixels', async (context) => {
    const { dataset } = await season(freshName(context));
    const [season1, , season3] = seasonsOf(await series(store(), { dataset, bands: ['ndvi'] }), 'ndvi');
    assert.equal(season1?.pid, 1);
    assert.deepEqual(season1?.points[0], {
      datetime: '2026-03-28T10:30:00.000Z',
      itemId: 'image-0',
      n: 100,
      mean: 10100,
      p25: 10104,
      p50: 10105,
      p75: 10106,
      clear: 0.4,
    });
    assert.deepEqual(
      season1?.points.map(({ clear }) => clear),
      [0.4, 1, 0.4],
    );
    assert.equal(season3?.points.length, 1);
  });

  test('a cross-section has every parcel of one image', async (context) => {
    const { dataset, ids } = await season(freshName(context));
    const last = await crossSection(store(), { dataset, image: ids[2] ?? -1, band: 'B02' });
    assert.deepEqual([...last.pid], [1, 2, 3]);
    assert.deepEqual([...(last.stats.max ?? [])], [2103, 2203, 2303]);
    assert.equal((await crossSection(store(), { dataset, image: -1, band: 'B02' })).pid.length, 0);
  });

  test('existing SQL on the long form works', async (context) => {
    const { dataset, ids } = await season(freshName(context));
    const rows = await store().query(
      `select s.pid, s.obsid, s.band, s.count, s.mean, s.p75, h.hist from furrow.sigs s
        join furrow.dias_catalogue c on c.obsid = s.obsid and c.dataset_id = s.dataset_id
        left join furrow.hists h on h.pid = s.pid and h.obsid = s.obsid and h.dataset_id = s.dataset_id
        where s.dataset_id = $1 and s.pid = 2 and s.band in ('B08', 'ndvi') and c.status = 'extracted' order by obstime, band`,
      [dataset],
    );
    assert.equal(rows.length, 6);
    assert.deepEqual(rows[0], {
      pid: 2,
      obsid: ids[0],
      band: 'B08',
      count: 100,
      mean: 220,
      p75: 226,
      hist: { 4: 30, 5: 10, 8: 60 },
    });
  });

  test('float32 keeps what was written, also NaN, infinity and the extremes', async (context) => {
    const { dataset } = await saveParcels(store(), squareParcels(freshName(context), 1));
    const odd = [Number.NaN, -0, 1 / 3, 3.4028234663852886e38, 1e-45, 16_777_217, Number.NEGATIVE_INFINITY];
    await registerImages(store(), { dataset, recipe: 'one', images: images(1, context.name) });
    const claim = await claimImage(store(), { dataset });
    assert.ok(claim);
    const rows = rowsOf(0, [1], ['B04']);
    const signatures = rows.signatures.map((part) => ({ ...part, v: Float32Array.from(odd) }));
    await writeImage(store(), claim, { ...rows, signatures });
    const { bands } = await series(store(), { dataset, bands: ['B04'] });
    assert.deepEqual(
      Object.values(bands.get('B04')?.stats ?? {}).map(([value]) => value),
      [...Float32Array.from(odd)],
    );
  });

  test('what changes on an image is in the next answer, for one parcel and for many', async (context) => {
    const name = freshName(context);
    const { dataset, ids } = await season(name);
    for (const pids of [[1], [1, 2]]) {
      const ask = async () => (await series(store(), { dataset, pids, bands: ['B04'] })).images;
      const [first] = await ask();
      assert.deepEqual(await ask(), await ask());
      const cloud = (first?.cloud ?? 0) + 7;
      await store().query(
        'update furrow.image set cloud = $1, platform = $2 where dataset_id = $3 and id = $4',
        [cloud, `seen by ${pids.length}`, dataset, ids[0] ?? -1],
      );
      const [changed, ...others] = await ask();
      assert.equal(changed?.cloud, cloud);
      assert.equal(changed?.platform, `seen by ${pids.length}`);
      assert.equal(others.length, 2);
      assert.throws(() => Object.assign(changed ?? {}, { cloud: 1 }), TypeError);
    }
  });

  test('a stored row that is too short for its layout is an error, however it is asked', async (context) => {
    const { dataset } = await season(freshName(context));
    await store().query('update furrow.signature set v = v[1:2] where dataset_id = $1 and pid = 1', [
      dataset,
    ]);
    for (const asked of [
      { pids: [1], bands: ['B08'] },
      { pids: [1, 2], bands: ['B08'] },
      { bands: ['B02', 'B04', 'B08'] },
      { bands: ['B08', 'ndvi'] },
    ])
      await assert.rejects(
        series(store(), { dataset, ...asked }),
        (error) => error instanceof StoreFailure && /does not fit its layout/.test(error.message),
      );
    assert.equal((await series(store(), { dataset, pids: [2, 77], bands: ['B08'] })).rows, 3);
  });

  test('a dataset that is no number never stands in a statement', async () => {
    for (const dataset of [Number.NaN, 1.5, '1 or true' as unknown as number])
      await assert.rejects(series(store(), { dataset, pids: [1], bands: ['B04'] }), InvalidArgument);
  });

  test('rows whose numbers do not fit their layout are refused before anything is written', async (context) => {
    const { dataset } = await saveParcels(store(), squareParcels(freshName(context), 1));
    await registerImages(store(), { dataset, recipe: 'one', images: images(1, context.name) });
    const claim = await claimImage(store(), { dataset });
    assert.ok(claim);
    const rows = rowsOf(0, [1, 2], ['B04']);
    const signatures = rows.signatures.map((part) => ({ ...part, v: part.v.subarray(1) }));
    await assert.rejects(writeImage(store(), claim, { ...rows, signatures }), StoreFailure);
  });
});
