import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { type ValueRangeOptions, valuesInRange } from '../../src/store/value-range.ts';
import { freshName, onBothBackends } from './backends.ts';
import { storedSeason } from './placed-season.ts';

onBothBackends((store) => {
  test('parcels whose statistic lies in a range are found, on a day or over a time', async (context) => {
    const { dataset } = await storedSeason(store(), freshName(context), { count: 12 });
    const day = { from: '2026-04-02', to: '2026-04-03' };
    const found = async (options: Partial<ValueRangeOptions>) =>
      (await valuesInRange(store(), { dataset, band: 'NDVI', ...day, ...options }))
        .map(({ pid, reference, value }) => `${pid}:${reference.slice(-1)}:${value}`)
        .join(' ');
    // rowsOf: (image + 10) * 1000 + pid * 100 + statistic; mean is 0, p50 is 5.
    assert.equal(await found({ least: 11_300, most: 11_500 }), '3:1:11300 4:1:11400 5:1:11500');
    assert.equal(await found({ stat: 'median', least: 11_300, most: 11_500 }), '3:1:11305 4:1:11405');
    assert.equal(await found({ stat: 'max', most: 11_110 }), '1:1:11103');
    assert.equal(
      await found({ from: '2026-03-01', to: '2026-05-01', least: 12_100, rows: 2 }),
      '1:2:12100 2:2:12200',
    );
    assert.equal(await found({ band: 'b08', least: 1110, most: 1210 }), '1:1:1110 2:1:1210');
    assert.equal(
      await found({ least: 11_000, crops: ['maize'], hectares: [0.6, null] }),
      '8:1:11800 11:1:12100',
    );
    assert.equal(await found({ band: 'B99' }), '');
    assert.equal(await found({ stat: 'kurtosis' }), '');
  });

  test('cloudy observations can be left out; without classes a parcel counts as clear', async (context) => {
    const { dataset } = await storedSeason(store(), freshName(context), { count: 2 });
    const rows = await valuesInRange(store(), {
      dataset,
      band: 'ndvi',
      from: '2026-01-01',
      to: '2027-01-01',
    });
    assert.deepEqual(
      rows.map(({ clear }) => clear),
      [0.4, 1, 0.4, 0.4, 1, 0.4],
    );
    const clear = await valuesInRange(store(), {
      dataset,
      band: 'ndvi',
      from: '2026-01-01',
      to: '2027-01-01',
      clearAtLeast: 0.5,
    });
    assert.deepEqual(
      clear.map(({ pid, datetime, n }) => [pid, datetime, n]),
      [
        [1, '2026-04-02T10:30:00.000Z', 100],
        [2, '2026-04-02T10:30:00.000Z', 100],
      ],
    );
  });

  test('a range or time that is none is refused', async () => {
    const asked = { dataset: 1, band: 'ndvi', from: '2026-01-01', to: '2026-02-01' };
    await assert.rejects(valuesInRange(store(), { ...asked, least: 2, most: 1 }), InvalidArgument);
    await assert.rejects(valuesInRange(store(), { ...asked, least: Number.NaN }), InvalidArgument);
    await assert.rejects(valuesInRange(store(), { ...asked, from: 'spring' }), InvalidArgument);
  });
});
