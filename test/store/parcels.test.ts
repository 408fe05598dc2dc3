import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrsUnknown, DatasetNotFound, InvalidArgument } from '../../src/errors.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import { findDataset, listDatasets, removeDataset } from '../../src/store/datasets.ts';
import { loadParcels } from '../../src/store/load-parcels.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { freshName, onBothBackends } from './backends.ts';
import { squareParcels } from './sample-season.ts';

onBothBackends((store) => {
  test('parcels come back as they were saved, in longitude and latitude', async (context) => {
    const set = squareParcels(freshName(context), 4500);
    const saved = await saveParcels(store(), set, { year: 2026, kind: 'arable', aoi: 'here' });
    assert.equal(saved.parcels, 4500);
    const loaded = await loadParcels(store(), set.name);
    assert.equal(loaded.crs, 'OGC:CRS84');
    assert.deepEqual(
      loaded.parcels,
      set.parcels.map((parcel) => ({
        ...parcel,
        geometry: transformArea(parcel.geometry, set.crs, 'EPSG:4326'),
      })),
    );
    const dataset = await findDataset(store(), set.name);
    assert.deepEqual(
      [dataset.year, dataset.kind, dataset.aoi, dataset.srid, dataset.parcels],
      [2026, 'arable', 'here', 32632, 4500],
    );
    assert.ok((await listDatasets(store())).some(({ name }) => name === set.name));
    assert.deepEqual(
      (await loadParcels(store(), set.name, { pids: [7, 99_999, 3] })).parcels.map(({ pid }) => pid),
      [3, 7],
    );
  });

  test('saving again replaces the parcels of the name, and does nothing when they are the same', async (context) => {
    const set = squareParcels(freshName(context), 5);
    const first = await saveParcels(store(), set);
    assert.deepEqual(await saveParcels(store(), set), { dataset: first.dataset, parcels: 5, changed: false });
    const fewer = { ...set, parcels: set.parcels.slice(1, 3) };
    assert.deepEqual(await saveParcels(store(), fewer), {
      dataset: first.dataset,
      parcels: 2,
      changed: true,
    });
    assert.deepEqual(
      (await loadParcels(store(), set.name)).parcels.map(({ pid }) => pid),
      [2, 3],
    );
  });

  test('a set that cannot be stored leaves the store as it was', async (context) => {
    const set = squareParcels(freshName(context), 3);
    await assert.rejects(
      saveParcels(store(), { ...set, parcels: [...set.parcels, ...set.parcels] }),
      InvalidArgument,
    );
    await assert.rejects(saveParcels(store(), { ...set, name: '' }), InvalidArgument);
    await assert.rejects(saveParcels(store(), { ...set, crs: 'EPSG:999999' }), CrsUnknown);
    await assert.rejects(loadParcels(store(), set.name), DatasetNotFound);
  });

  test('a removed dataset is gone', async (context) => {
    const set = squareParcels(freshName(context), 2);
    await saveParcels(store(), set);
    assert.deepEqual(await removeDataset(store(), set.name), { files: [] });
    await assert.rejects(findDataset(store(), set.name), DatasetNotFound);
    await assert.rejects(removeDataset(store(), set.name), DatasetNotFound);
  });
});
