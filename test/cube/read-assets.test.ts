import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BandAsset } from '../../src/catalog/item.ts';
import { readAssets } from '../../src/cube/read-assets.ts';
import type { Grid } from '../../src/geometry/grid.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const python = testPython();
const frame: Grid = { crs: 'EPSG:32632', transform: [10, 0, 720000, 0, -10, 5250000], width: 60, height: 50 };

describe('reading files onto the lattice of a cube', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-assets-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function asset(
    name: string,
    grid: Grid,
    value: (column: number, row: number) => number,
    extra: Partial<BandAsset> = {},
  ): Promise<BandAsset> {
    const pixels = Uint16Array.from({ length: grid.width * grid.height }, (_, i) =>
      value(i % grid.width, Math.floor(i / grid.width)),
    );
    const href = join(folder, `${name}.tif`);
    const bytes = await encodeCog(
      { width: grid.width, height: grid.height, dataType: 'uint16', bands: [pixels] },
      { crs: grid.crs, transform: grid.transform, nodata: 0 },
    );
    await writeFile(href, bytes);
    return {
      name,
      commonName: undefined,
      assetKey: name,
      href,
      bandIndex: 0,
      dataType: 'uint16',
      nodata: 0,
      scale: 1,
      offset: 0,
      grid,
      ...extra,
    };
  }

  const window = { x: -5, y: 4, width: 40, height: 30 };

  test('another UTM zone comes as GDAL warps it, nearest neighbour', {
    skip: python === undefined && withoutTestPython,
  }, async () => {
    const other: Grid = {
      crs: 'EPSG:32633',
      transform: [10, 0, 266800, 0, -10, 5251000],
      width: 200,
      height: 250,
    };
    const source = await asset('zone33', other, (column, row) => 1 + column + 256 * row);
    const script =
      'import sys, json, numpy as np, rasterio\nfrom rasterio.warp import reproject, Resampling\nfrom rasterio.transform import Affine\n' +
      'with rasterio.open(sys.argv[1]) as f:\n  out = np.zeros((30, 40), "uint16")\n' +
      '  reproject(rasterio.band(f, 1), out, dst_transform=Affine(10, 0, 719950, 0, -10, 5249960), dst_crs="EPSG:32632", resampling=Resampling.nearest, tolerance=0)\n' +
      '  print(json.dumps(out.ravel().tolist()))\n';
    const expected = JSON.parse(
      execFileSync(python ?? '', ['-c', script, source.href], { encoding: 'utf8' }),
    ) as number[];
    const actual = await readAssets([source], frame, window);
    assert.ok(expected.filter((value) => value !== 0).length > 1000);
    assert.deepEqual(
      Array.from(actual, (value) => (Number.isNaN(value) ? 0 : value)),
      expected,
    );
  });

  test('20 m pixels stand four times on a 10 m lattice; beyond the file there is nodata', async () => {
    const coarse = await asset(
      'coarse',
      { crs: 'EPSG:32632', transform: [20, 0, 720000, 0, -20, 5250000], width: 10, height: 20 },
      (column, row) => 1 + column + 10 * row,
    );
    const column = await readAssets([coarse], frame, window);
    for (let row = 0; row < window.height; row += 1)
      for (let x = 0; x < window.width; x += 1) {
        const [c, r] = [Math.floor((x + window.x) / 2), Math.floor((row + window.y) / 2)];
        const expected = c < 0 || c >= 10 || r >= 20 ? Number.NaN : 1 + c + 10 * r;
        assert.equal(column[row * window.width + x], expected);
      }
  });

  test('scale and offset are applied, nodata is left open, and a later file fills only what is open', async () => {
    const grid: Grid = { ...frame, width: 40, height: 40 };
    const first = await asset('first', grid, (column) => (column % 2 === 0 ? 0 : 2000), {
      scale: 1e-4,
      offset: -0.1,
    });
    const second = await asset('second', { ...grid, width: 20 }, () => 7, { scale: 2 });
    const [even, odd, outside] = [5, 6, 27].map(
      async (x) => (await readAssets([first, second], frame, { x: x - 5, y: 3, width: 1, height: 1 }))[0],
    );
    assert.equal(await even, 14);
    assert.equal(await odd, 2000 * 1e-4 - 0.1);
    assert.ok(Number.isNaN(await outside));
  });
});
