import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../src/errors.ts';
import { type SeriesOptions, series } from '../../src/store/series.ts';
import type { Queryable } from '../../src/store/store.ts';
import { streamSeries } from '../../src/store/stream-series.ts';
import { freshName, onBothBackends } from './backends.ts';
import { storedSeason } from './placed-season.ts';

onBothBackends((store) => {
  test('a stream gives what one answer gives, in batches of whole parcels and bounded size', async (context) => {
    const { dataset } = await storedSeason(store(), freshName(context), { count: 450 });
    const whole = await series(store(), { dataset, bands: ['ndvi'] });
    const pids: number[] = [];
    const values: number[] = [];
    const sizes: number[] = [];
    for await (const batch of streamSeries(store(), { dataset, bands: ['ndvi'], rowsAtOnce: 300 })) {
      sizes.push(batch.rows);
      pids.push(...batch.pid);
      values.push(...(batch.bands.get('ndvi')?.stats.mean ?? []));
    }
    assert.deepEqual(pids, [...whole.pid]);
    assert.deepEqual(values, [...(whole.bands.get('ndvi')?.stats.mean ?? [])]);
    assert.deepEqual(sizes, [600, 300, 300, 150]);
  });

  test('filters of the parcels hold in a stream', async (context) => {
    const { dataset } = await storedSeason(store(), freshName(context), { count: 30 });
    const pids = new Set<number>();
    const asked = { dataset, bands: ['B04'], crops: ['maize'], hectares: [1, 2] as const, to: '2026-04-01' };
    for await (const { pid } of streamSeries(store(), asked)) for (const one of pid) pids.add(one);
    assert.deepEqual([...pids], [11, 14, 17, 20]);
  });

  test('who stops early or cancels asks for no more', async (context) => {
    const { dataset } = await storedSeason(store(), freshName(context), { count: 450 });
    let asked = 0;
    const read = (queryable: Queryable, options: SeriesOptions) => {
      asked++;
      return series(queryable, options);
    };
    for await (const batch of streamSeries(store(), { dataset, bands: ['ndvi'], rowsAtOnce: 100 }, read)) {
      assert.equal(batch.rows, 600);
      break;
    }
    assert.equal(asked, 1);
    const stop = new AbortController();
    const stream = streamSeries(
      store(),
      { dataset, bands: ['ndvi'], rowsAtOnce: 100, signal: stop.signal },
      read,
    );
    await stream.next();
    stop.abort();
    await assert.rejects(stream.next(), Cancelled);
    assert.equal(asked, 2);
  });
});
