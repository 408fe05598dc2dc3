import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownLayouts, lastLayout, readLayouts } from '../../src/store/known-layouts.ts';
import { ensureLayout } from '../../src/store/layouts.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { freshName, onPostgres } from './backends.ts';
import { squareParcels } from './sample-season.ts';

onPostgres((store) => {
  async function withLayout(name: string, bands: readonly string[]): Promise<number> {
    const { dataset } = await saveParcels(store(), squareParcels(name, 1));
    await ensureLayout(store(), dataset, { sensor: 'sentinel-2', bands, stats: ['mean'] });
    return dataset;
  }

  test('layouts are kept by dataset until they are read again, and none where there are none', async (context) => {
    const name = freshName(context);
    const { dataset: empty } = await saveParcels(store(), squareParcels(`${name} empty`, 1));
    assert.deepEqual(await knownLayouts(store(), empty), []);
    await ensureLayout(store(), empty, { sensor: 'sentinel-2', bands: ['B02'], stats: ['mean'] });
    assert.equal(lastLayout(await knownLayouts(store(), empty)), 1);
    const dataset = await withLayout(name, ['B04']);
    const kept = await knownLayouts(store(), dataset);
    assert.deepEqual(kept, [{ id: 1, sensor: 'sentinel-2', bands: ['B04'], stats: ['mean'] }]);
    await ensureLayout(store(), dataset, { sensor: 'sentinel-2', bands: ['B08'], stats: ['mean'] });
    assert.equal(await knownLayouts(store(), dataset), kept);
    assert.equal(lastLayout(await readLayouts(store(), dataset)), 2);
    assert.equal(lastLayout(await knownLayouts(store(), dataset)), 2);
  });

  test('the longest kept make room for others when the names are many', async (context) => {
    const name = freshName(context);
    const many = Array.from({ length: 32_768 }, (_, i) => `b${i}`);
    const first = await withLayout(name, ['B04']);
    const kept = await knownLayouts(store(), first);
    const wide: number[] = [];
    for (let i = 0; i < 7; i++) wide.push(await withLayout(`${name} ${i}`, many));
    for (const dataset of wide.slice(0, 6)) await knownLayouts(store(), dataset);
    assert.equal(await knownLayouts(store(), first), kept);
    const last = await knownLayouts(store(), wide[6] ?? -1);
    assert.notEqual(await knownLayouts(store(), first), kept);
    assert.equal(await knownLayouts(store(), wide[6] ?? -1), last);
  });
});
