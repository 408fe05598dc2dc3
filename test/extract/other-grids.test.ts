import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { BandNotFound } from '../../src/errors.ts';
import { type ExtractImageOptions, extractImage } from '../../src/extract/extract-image.ts';
import { openExtractPool } from '../../src/extract/extract-pool.ts';
import type { Polygon } from '../../src/geometry/polygon.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

type Row = Readonly<Record<'count' | 'mean' | 'min' | 'max' | 'std', number | null>>;

interface Reference {
  readonly parcels: readonly Polygon[];
  readonly expected: Readonly<Record<string, { readonly rows: readonly Row[] }>>;
}

describe('bands of other grids and masked bands', {
  skip: testPython() === undefined && withoutTestPython,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-grids-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const script = fileURLToPath(new URL('./other_grids.py', import.meta.url));
  const reference = (): Reference =>
    JSON.parse(execFileSync(testPython() ?? '', [script, folder], { encoding: 'utf8' }));
  const { parcels: shapes, expected } = testPython() ? reference() : { parcels: [], expected: {} };
  const parcels = {
    name: 'grids',
    crs: 'EPSG:32631',
    parcels: shapes.map((geometry, pid) => {
      const label = `parcel ${pid}`;
      return { pid, label, crop: undefined, area: 1, attributes: {}, geometry };
    }),
  };

  async function band(name: string, commonName: string): Promise<BandAsset> {
    const href = join(folder, `${name}.tif`);
    const {
      width,
      height,
      dataType,
      nodata,
      crs = '',
      transform = [1, 0, 0, 0, 1, 0],
    } = (await openRasterAt(href)).info;
    const own = { name, commonName, assetKey: name, href, bandIndex: 0, dataType, nodata };
    return { ...own, scale: 1, offset: 0, grid: { crs, transform, width, height } };
  }

  /** Rows of the only layout, in this thread, in threads, and in small parts, equal the reference's. */
  async function equals(
    name: string,
    bands: readonly BandAsset[],
    options: Partial<ExtractImageOptions>,
  ): Promise<void> {
    const properties = {};
    const datetime = '2026-06-01T10:00:00Z';
    const item: Item = { id: name, collection: 'c', datetime, bbox: [5, 47, 7, 48], properties, bands };
    const pool = openExtractPool(2);
    try {
      for (const chunkBytes of [undefined, '60000'])
        for (const threads of [undefined, pool]) {
          if (chunkBytes !== undefined) process.env.FURROW_MAX_CHUNK_BYTES = chunkBytes;
          const rows = await extractImage({ item, parcels, ...options, pool: threads });
          const [only, ...others] = rows.signatures;
          assert.ok(only !== undefined && others.length === 0);
          compare(only, expected[name]?.rows ?? []);
        }
    } finally {
      delete process.env.FURROW_MAX_CHUNK_BYTES;
      await pool.close();
    }
  }

  for (const size of [20, 40])
    test(`at a resolution of ${size} m the overview is measured, as rasterio reads it`, async () => {
      const only = { bands: ['nir'], indices: [], resolution: size };
      await equals(`overview ${size / 10}`, [await band('nir', 'nir')], only);
    });

  test('a resolution that no overview has is an error where the band was named', async () => {
    const one = { bands: ['nir'], indices: [], resolution: 30 };
    await assert.rejects(equals('overview 2', [await band('nir', 'nir')], one), BandNotFound);
  });

  for (const [name, what] of [
    ['foreign', 'of another CRS that ends within the image'],
    ['turned', 'of a turned grid'],
  ] as const)
    test(`an index with a band ${what} equals that of the band's pixels under the centres, placed by PROJ`, async () => {
      const bands = [await band('nir', 'nir'), await band(name, 'red')];
      await equals(name, bands, { bands: [], indices: ['ndvi'] });
    });

  test('a band with a mask in many tiles equals rasterstats under the mask', () =>
    band('masked', 'masked').then((one) => equals('masked', [one], { bands: ['masked'], indices: [] })));
});

type Signatures = Awaited<ReturnType<typeof extractImage>>['signatures'][number];

function compare({ layout, pid, n, v }: Signatures, expected: readonly Row[]): void {
  const rowOf = new Map(Array.from(pid, (parcel, row) => [parcel, row]));
  let pixels = 0;
  for (const [parcel, { count, ...stats }] of expected.entries()) {
    const row = rowOf.get(parcel);
    assert.equal(row === undefined ? 0 : n[row], count, `parcel ${parcel}`);
    if (row === undefined) continue;
    pixels += n[row] ?? 0;
    for (const [name, wanted] of Object.entries(stats)) {
      const own = v[row * layout.stats.length + layout.stats.indexOf(name)] ?? Number.NaN;
      const near = Math.abs(own - (wanted ?? Number.NaN)) <= 1e-6 * Math.max(1, Math.abs(wanted ?? 0));
      assert.ok(near, `${name} of parcel ${parcel}: ${own}, not ${wanted}`);
    }
  }
  assert.ok(pixels > 1000 && expected.length > 50, `only ${pixels} pixels were compared`);
}
