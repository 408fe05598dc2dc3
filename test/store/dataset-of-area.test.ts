import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatasetAmbiguous, DatasetNotFound, InvalidArgument } from '../../src/errors.ts';
import { datasetCollections } from '../../src/store/dataset-collections.ts';
import { datasetFacts } from '../../src/store/dataset-facts.ts';
import { datasetOfArea, listAreas } from '../../src/store/dataset-of-area.ts';
import { liveSeries } from '../../src/store/live-series.ts';
import { markersOf } from '../../src/store/markers-of.ts';
import { parcelOfLabel, parcelRows, pidOfLabel } from '../../src/store/parcel-rows.ts';
import { parcelsInBox } from '../../src/store/parcels-in-box.ts';
import { placeDataset } from '../../src/store/place-dataset.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { saveWeather } from '../../src/store/save-weather.ts';
import { sceneHistograms } from '../../src/store/scene-classes.ts';
import { weatherOf } from '../../src/store/weather.ts';
import { freshName, onBothBackends } from './backends.ts';
import { placed, placedSet, storedSeason } from './placed-season.ts';

onBothBackends((store) => {
  test('a dataset goes by its name and the years of its images until area and year are stated', async (context) => {
    const name = freshName(context);
    const { dataset } = await storedSeason(store(), name, { count: 3, of: 2 });
    assert.equal((await datasetOfArea(store(), { aoi: name.toUpperCase(), year: 2026 })).id, dataset);
    await assert.rejects(datasetOfArea(store(), { aoi: name, year: 2025 }), DatasetNotFound);
    await placeDataset(store(), name, { aoi: `Area ${name}`, year: 2025 });
    assert.equal((await datasetOfArea(store(), { aoi: `area ${name}`, year: 2025 })).id, dataset);
    await assert.rejects(datasetOfArea(store(), { aoi: name, year: 2026 }), DatasetNotFound);
    await placeDataset(store(), name, { aoi: null });
    assert.equal((await datasetOfArea(store(), { aoi: name, year: 2025 })).id, dataset);
    await assert.rejects(placeDataset(store(), `${name} x`, { year: 1 }), DatasetNotFound);
    await assert.rejects(placeDataset(store(), name, { year: 0.5 }), InvalidArgument);
  });

  test('what was stated outlasts parcels that are saved again', async (context) => {
    const name = freshName(context);
    await saveParcels(store(), placedSet(name, [placed(1, [1, 1])]));
    await placeDataset(store(), name, { aoi: name, year: 1999, kind: 'm', cropCode: 'code' });
    await saveParcels(store(), placedSet(name, [placed(1, [1, 1]), placed(2, [2, 1])]));
    const { kind, attributes } = await datasetOfArea(store(), { aoi: name, year: 1999 });
    assert.deepEqual([kind, attributes], ['m', { cropCode: 'code' }]);
  });

  test('of several kinds the one without a kind is meant, else one must be named', async (context) => {
    const name = freshName(context);
    for (const kind of ['b', 'g'])
      await saveParcels(store(), placedSet(`${name} ${kind}`, [placed(1, [1, 1])]), {
        aoi: name,
        year: 2001,
        kind,
      });
    await assert.rejects(datasetOfArea(store(), { aoi: name, year: 2001 }), DatasetAmbiguous);
    assert.equal((await datasetOfArea(store(), { aoi: name, year: 2001, kind: 'g' })).name, `${name} g`);
    await saveParcels(store(), placedSet(`${name} all`, [placed(1, [1, 1])]), { aoi: name, year: 2001 });
    assert.equal((await datasetOfArea(store(), { aoi: name, year: 2001 })).name, `${name} all`);
    const listed = (await listAreas(store())).filter(({ aoi }) => aoi === name.toLowerCase());
    assert.deepEqual(
      listed.map(({ kind, year }) => [kind, year]),
      [
        [null, 2001],
        ['b', 2001],
        ['g', 2001],
      ],
    );
  });

  test('weather is that of the nearest cell; the same day stored again replaces it', async (context) => {
    const name = freshName(context);
    const { dataset } = await saveParcels(
      store(),
      placedSet(name, [placed(1, [10, 50]), placed(2, [12, 50])]),
    );
    const row = { tmin: -1.5, tmax: 4, tmean: 1, prec: 0 };
    const cells = [
      { ...row, grid: 1, lon: 10.1, lat: 50 },
      { ...row, grid: 2, lon: 11.9, lat: 50, tmin: null },
    ];
    await saveWeather(
      store(),
      dataset,
      cells.map((cell) => ({ ...cell, day: '2026-01-02' })),
    );
    await saveWeather(
      store(),
      dataset,
      cells.map((cell) => ({ ...cell, day: '2026-01-01' })),
    );
    await saveWeather(store(), dataset, [
      { ...row, grid: 1, lon: 10.1, lat: 50, day: '2026-01-02', prec: 7.25 },
    ]);
    assert.deepEqual(await weatherOf(store(), dataset, 1), [
      { day: '2026-01-01', ...row },
      { day: '2026-01-02', ...row, prec: 7.25 },
    ]);
    assert.deepEqual((await weatherOf(store(), dataset, 2))[0], { day: '2026-01-01', ...row, tmin: null });
    assert.deepEqual(await weatherOf(store(), dataset, 3), []);
    const nowhere = { ...row, grid: 3, lon: 200, lat: 0, day: '2026-01-01' };
    await assert.rejects(saveWeather(store(), dataset, [nowhere]), InvalidArgument);
  });

  test('parcels by label, box and page; what hangs on them', async (context) => {
    const name = freshName(context);
    const { dataset } = await storedSeason(store(), name, { count: 12, of: 3 });
    assert.equal(await pidOfLabel(store(), dataset, 'P-7'), 7);
    assert.equal(await pidOfLabel(store(), dataset, `P-7' or true --`), undefined);
    const seventh = await parcelOfLabel(store(), dataset, 'P-7');
    assert.ok(Math.abs((seventh?.centroid[0] ?? 0) - 10.0125) < 1e-9);
    const page = await parcelRows(store(), { dataset, crops: ['maize'], after: 2, most: 2 });
    assert.deepEqual(
      page.map(({ pid }) => pid),
      [5, 8],
    );
    const box = [10, 50, 10.0051, 50.001] as const;
    const seen = await parcelsInBox(store(), { dataset, box, smallest: [0.0005, 0.0005], most: 10 });
    assert.deepEqual(seen.map(({ pid }) => pid).sort(), [1, 2, 3]);
    const none = await parcelsInBox(store(), { dataset, box, smallest: [0.002, 0.002], most: 10 });
    assert.deepEqual(none, []);
    assert.deepEqual(await datasetCollections(store(), dataset), [name]);
    assert.equal((await datasetFacts(store(), dataset)).parcels, 12);
    assert.deepEqual(await markersOf(store(), dataset, 1), []);
    assert.deepEqual(
      (await sceneHistograms(store(), dataset, 1)).map(({ hist }) => hist),
      [
        { 4: 30, 5: 10, 8: 60 },
        { 4: 30, 5: 10, 8: 60 },
      ],
    );
    const options = { dataset, pids: [1, 99], bands: ['B04'], stats: ['mean'] };
    const live = await (await liveSeries(store(), { ...options, name }))?.();
    assert.deepEqual([...(live?.parcels ?? [])], [1]);
    assert.deepEqual([...(live?.series.bands.get('B04')?.stats.mean ?? [])], [100, 1100, 2100]);
    assert.equal(await liveSeries(store(), { ...options, name: 'another' }), undefined);
  });
});
