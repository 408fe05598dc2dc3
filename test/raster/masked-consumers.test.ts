import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { readAssets } from '../../src/cube/read-assets.ts';
import { extractImage } from '../../src/extract/extract-image.ts';
import type { ParcelSet } from '../../src/parcels/parcel.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { itemValues } from '../../src/tiles/image-values.ts';
import { bandAssetOf } from '../support/band-asset.ts';
import { type RareTiff, writeRareTiffs } from '../support/rare-tiffs.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const crs = 'EPSG:32631';

async function itemOf({ path, name }: RareTiff): Promise<{ item: Item; band: BandAsset }> {
  const { info } = await openRasterAt(path);
  const band = bandAssetOf('band', path, crs, info);
  const item = { id: name, collection: 'c', datetime: '2026-05-01T00:00:00Z', bbox: [2, 44, 4, 46] as const };
  return { band, item: { ...item, properties: {}, bands: [band] } };
}

function parcelsOf({ squares = [] }: RareTiff): ParcelSet {
  const parcels = squares.map(([left, bottom, right, top], pid) => ({
    pid,
    label: String(pid),
    crop: undefined,
    area: 1,
    attributes: {},
    geometry: {
      type: 'Polygon' as const,
      coordinates: [
        [
          [left, bottom],
          [right, bottom],
          [right, top],
          [left, top],
          [left, bottom],
        ] as [number, number][],
      ],
    },
  }));
  return { name: 'squares', crs, parcels };
}

describe('masked pixels are no data for anybody', {
  skip: testPython() ? false : withoutTestPython,
}, () => {
  const { folder, files } = testPython() ? writeRareTiffs() : { folder: '', files: [] };
  after(() => rmSync(folder, { recursive: true, force: true }));
  const masked = files.filter(({ zonal }) => zonal !== undefined);
  test('there are masks inside, beside, of alpha, with and without nodata', () =>
    assert.ok(masked.length >= 7, masked.map(({ name }) => name).join(' ')));

  for (const file of masked) {
    test(`${file.name}: signatures equal rasterstats under the mask`, async () => {
      const { item } = await itemOf(file);
      const rows = await extractImage({ item, parcels: parcelsOf(file) });
      const found = new Map<number, { n: number; stats: Record<string, number> }>();
      for (const { layout, pid, n, v } of rows.signatures)
        for (const [row, id] of Array.from(pid).entries())
          found.set(id, {
            n: n[row] ?? -1,
            stats: Object.fromEntries(
              layout.stats.map((stat, s) => [stat, v[row * layout.stats.length + s] ?? NaN]),
            ),
          });
      for (const [pid, expected] of (file.zonal ?? []).entries()) {
        const ours = found.get(pid);
        assert.equal(ours?.n ?? 0, expected.count, `parcel ${pid}`);
        for (const name of ['mean', 'std', 'min', 'max'] as const) {
          const wanted = expected[name];
          if (wanted === null || ours === undefined) continue;
          const own = ours.stats[name] ?? NaN;
          assert.ok(
            Math.abs(own - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)),
            `${name} ${own}, not ${wanted}`,
          );
        }
      }
    });

    test(`${file.name}: cubes and tiles leave the masked pixels open`, async () => {
      const { item, band } = await itemOf(file);
      const { width, height } = band.grid;
      const nodata = file.nodata === null ? undefined : Number(file.nodata);
      const [pixels] = await (await openRasterAt(file.path)).read({ bands: [0] });
      const expected = Array.from(file.masks[0] ?? [], (valid, i) =>
        valid && Number(pixels?.[i]) !== nodata ? Number(pixels?.[i]) : NaN,
      );
      const cube = await readAssets([band], band.grid, { x: 0, y: 0, width, height });
      assert.deepEqual(Array.from(cube as Float64Array), expected);
      const [tile] = await itemValues(item, ['band']).read(band.grid);
      assert.deepEqual(Array.from(tile ?? []), expected.map(Math.fround));
    });
  }
});
