import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Item } from '../../src/catalog/item.ts';
import { BandNotFound, Cancelled } from '../../src/errors.ts';
import { extractImage } from '../../src/extract/extract-image.ts';
import { openExtractPool } from '../../src/extract/extract-pool.ts';
import { signatureStats } from '../../src/extract/signature-table.ts';
import type { ImageRows } from '../../src/store/write-signatures.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { publishedSeason } from './published-season.ts';

interface Measured {
  readonly n: number;
  readonly stats: Readonly<Record<string, number>>;
}

/** One band of one image by parcel. */
function bandRows({ signatures }: ImageRows, band: string): Map<number, Measured> {
  const rows = new Map<number, Measured>();
  for (const { layout, pid, n, v } of signatures) {
    const place = layout.bands.indexOf(band);
    if (place < 0) continue;
    for (let row = 0; row < pid.length; row++) {
      const first = (row * layout.bands.length + place) * layout.stats.length;
      const stats = Object.fromEntries(layout.stats.map((stat, s) => [stat, v[first + s] ?? Number.NaN]));
      assert.ok(!rows.has(pid[row] ?? -1), 'a parcel stands once');
      rows.set(pid[row] ?? -1, { n: n[row] ?? -1, stats });
    }
  }
  return rows;
}

/** Float32 has seven digits, so that is what a stored number can agree to. */
function near(actual: number | undefined, expected: number, what: string): void {
  const tolerance = Math.max(Math.abs(expected) * 1e-6, 1e-7);
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual}, not ${expected}`,
  );
}

const datasets = ['s2-l2a-swiss-wheat-2022', 's1s2-monthly-hesbaye-2021', 's2-l1c-slovenia-2015-2017'];

for (const name of datasets) {
  const folder = sharedData('data', name);
  describe(name, { skip: folder === undefined && withoutSharedData }, () => {
    test('the rows of sampled images equal those of rasterstats', async () => {
      const season = await publishedSeason(folder ?? '');
      const items = await season.collection.items();
      const sample = items.filter((_, i) => i % Math.ceil(items.length / 12) === 0);
      let compared = 0;
      for (const item of sample) {
        const rows = await extractImage({ item, parcels: season.parcels });
        for (const band of item.bands) {
          if (band.commonName === 'scl' || band.name === 'NDVI') continue;
          const measured = bandRows(rows, band.name);
          if (
            measured.size === 0 &&
            !rows.signatures.some(({ layout }) => layout.bands.includes(band.name))
          ) {
            const published = season.bands.filter(
              (row) => row.item === item.id && row.band === band.name && Number(row.count_rs) > 0,
            );
            assert.ok(
              published.length === 0 || !/^(B|V)/.test(band.name),
              `${item.id} ${band.name} was left out`,
            );
            continue;
          }
          for (const row of season.bands) {
            if (row.item !== item.id || row.band !== band.name) continue;
            const pid = season.pidOf.get(row.parcel_id ?? '');
            if (pid === undefined) continue;
            const own = measured.get(pid);
            const what = `${row.parcel_id} ${item.id} ${band.name}`;
            assert.equal(own?.n ?? 0, Number(row.count_rs || 0), what);
            if (own === undefined) continue;
            const value = (stored: string | undefined) => Number(stored) * band.scale + band.offset;
            near(own.stats.mean, value(row.mean_rs), what);
            near(own.stats.min, value(row.min_rs), what);
            near(own.stats.max, value(row.max_rs), what);
            near(own.stats.p50, value(row.median_rs), what);
            near(own.stats.std, Number(row.stdev_rs) * band.scale, what);
            compared++;
          }
        }
      }
      assert.ok(compared > 200, `only ${compared} rows were compared`);
    });

    test('NDVI over clear pixels equals the published one', async () => {
      const season = await publishedSeason(folder ?? '');
      const items = await season.collection.items();
      let compared = 0;
      for (const item of items.filter((_, i) => i % Math.ceil(items.length / 12) === 0)) {
        const measured = bandRows(await extractImage({ item, parcels: season.parcels, bands: [] }), 'ndvi');
        for (const row of season.ndvi) {
          const pid = season.pidOf.get(row.parcel_id ?? '');
          if (row.item !== item.id || pid === undefined) continue;
          const own = measured.get(pid);
          assert.equal(own?.n ?? 0, Number(row.count_rs || 0), `${row.parcel_id} ${item.id}`);
          if (own === undefined) continue;
          near(own.stats.mean, Number(row.mean_rs), `${row.parcel_id} ${item.id}`);
          near(own.stats.p50, Number(row.median_rs), `${row.parcel_id} ${item.id}`);
          compared++;
        }
      }
      assert.ok(compared > 20, `only ${compared} rows were compared`);
    });
  });
}

const swiss = sharedData('data', 's2-l2a-swiss-wheat-2022');
describe('one image', { skip: swiss === undefined && withoutSharedData }, () => {
  test('an image without a valid pixel gives no signature, only its clouds', async () => {
    const { collection, parcels } = await publishedSeason(swiss ?? '');
    const empty = (await collection.items()).find(
      ({ id }) => id.includes('20220519') && id.endsWith('strickhof'),
    );
    assert.ok(empty);
    const { signatures, histograms } = await extractImage({ item: empty, parcels });
    assert.deepEqual(signatures, []);
    assert.equal(histograms[0]?.classes, 11);
  });

  test('small blocks of parcels give the same rows as one large one', async (context) => {
    const { collection, parcels } = await publishedSeason(swiss ?? '');
    const [item] = (await collection.items()).filter(({ id }) => id.endsWith('strickhof'));
    assert.ok(item);
    const whole = sorted(await extractImage({ item, parcels }));
    process.env.FURROW_MAX_CHUNK_BYTES = '4000';
    context.after(() => delete process.env.FURROW_MAX_CHUNK_BYTES);
    assert.deepEqual(sorted(await extractImage({ item, parcels })), whole);
    assert.ok(whole.length > 10);
  });

  test('worker threads give the same rows, and statistics and pixels are those asked for', async () => {
    const { collection, parcels } = await publishedSeason(swiss ?? '');
    const item = (await collection.items()).at(-1);
    assert.ok(item);
    const alone = await extractImage({ item, parcels });
    const pool = openExtractPool(2);
    try {
      assert.deepEqual(sorted(await extractImage({ item, parcels, pool })), sorted(alone));
    } finally {
      await pool.close();
    }
    const count = ({ signatures }: ImageRows) =>
      signatures.reduce((sum, { n }) => sum + Array.from(n).reduce((all, one) => all + one, 0), 0);
    const touched = await extractImage({ item, parcels, allTouched: true, statistics: ['p10', 'mean'] });
    assert.deepEqual(touched.signatures[0]?.layout.stats, ['p10', 'mean']);
    const inner = await extractImage({ item, parcels, innerBuffer: 15 });
    const large = await extractImage({ item, parcels, minArea: { pixels: 1_000_000 } });
    assert.ok(count(touched) > count(alone) && count(inner) < count(alone) && count(inner) > 0);
    assert.equal(count(large), 0);
  });

  test('bands are asked for by common name, and an absent one is an error', async () => {
    const { collection, parcels } = await publishedSeason(swiss ?? '');
    const [item] = await collection.items();
    assert.ok(item);
    const rows = await extractImage({ item, parcels, bands: ['red', 'nir'], indices: [] });
    assert.deepEqual(
      rows.signatures.flatMap(({ layout }) => layout.bands),
      ['B04', 'B8A'],
    );
    assert.deepEqual(rows.signatures[0]?.layout.stats, signatureStats);
    assert.equal(rows.signatures[0]?.layout.sensor, 'sentinel-2');
    await assert.rejects(extractImage({ item, parcels, bands: ['thermal'] }), BandNotFound);
    await assert.rejects(
      extractImage({ item: withoutBand(item, 'B04'), parcels, indices: ['ndvi'] }),
      BandNotFound,
    );
    await assert.rejects(extractImage({ item, parcels, signal: AbortSignal.abort() }), Cancelled);
  });
});

function withoutBand(item: Item, name: string): Item {
  return { ...item, bands: item.bands.filter((band) => band.name !== name) };
}

/** Rows as text lines, without regard to their order. */
function sorted({ signatures, histograms }: ImageRows): string[] {
  return [
    ...signatures.flatMap(({ layout, pid, n, v }) => {
      const width = layout.bands.length * layout.stats.length;
      return Array.from(pid, (parcel, row) =>
        [layout.bands, parcel, n[row], ...v.slice(row * width, (row + 1) * width)].join(),
      );
    }),
    ...histograms.flatMap(({ band, pid, counts, classes }) =>
      Array.from(pid, (parcel, row) =>
        [band, parcel, ...counts.slice(row * classes, (row + 1) * classes)].join(),
      ),
    ),
  ].sort();
}
