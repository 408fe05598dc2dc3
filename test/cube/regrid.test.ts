import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { computeCube } from '../../src/cube/compute.ts';
import type { Cube } from '../../src/cube/cube.ts';
import { cubeFromRaster, type RasterCube } from '../../src/cube/raster-cube.ts';
import { regrid, targetLattice } from '../../src/cube/regrid.ts';
import { CrsUnknown, LimitExceeded } from '../../src/errors.ts';
import type { WarpMethod } from '../../src/raster/warp.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const python = testPython();
const width = 120;
const height = 90;
const raster: RasterCube = {
  dimensions: [],
  x: 'x',
  y: 'y',
  crs: 'EPSG:32632',
  transform: [10, 0, 600_000, 0, -10, 5_120_000],
  width,
  height,
  kind: 'number',
  values: Float64Array.from({ length: width * height }, (_, i) =>
    (i * 7919) % 23 === 0 ? Number.NaN : Math.sin(i / 50) * 100 + (i % width),
  ),
};

/** The same by rasterio's `reproject`, without approximation of places. */
const script = `
import json, sys, numpy as np, rasterio
from rasterio.warp import reproject, Resampling
a = json.load(sys.stdin)
src = np.array([np.nan if v is None else v for v in a['values']], dtype='float64').reshape(a['height'], a['width'])
dst = np.full((a['rows'], a['columns']), np.nan)
reproject(src, dst, src_transform=rasterio.Affine(*a['transform']), src_crs='EPSG:32632', src_nodata=np.nan,
    dst_transform=rasterio.Affine(*a['target']), dst_crs=a['crs'], dst_nodata=np.nan,
    resampling=Resampling[a['method']], tolerance=0)
print(json.dumps([None if np.isnan(v) else v for v in dst.ravel()]))
`;

function reference(target: Cube, method: string): (number | null)[] {
  const { frame } = target.horizontal;
  const input = JSON.stringify({
    values: [...raster.values].map((value) => (Number.isNaN(value) ? null : value)),
    width,
    height,
    transform: raster.transform,
    target: frame.transform,
    crs: frame.crs,
    columns: frame.width,
    rows: frame.height,
    method,
  });
  return JSON.parse(
    execFileSync(python ?? '', ['-c', script], { input, encoding: 'utf8', maxBuffer: 2 ** 26 }),
  );
}

const cube = cubeFromRaster(raster);

describe('a cube on another lattice', () => {
  const cases: [WarpMethod, string, string, number][] = [
    ['nearest', 'nearest', 'EPSG:32632', 15],
    ['bilinear', 'bilinear', 'EPSG:32632', 7],
    ['average', 'average', 'EPSG:32632', 25],
    ['mode', 'mode', 'EPSG:32632', 30],
    ['nearest', 'nearest', 'EPSG:3035', 12],
    ['cubic', 'cubic', 'EPSG:32632', 8],
  ];
  for (const [method, official, crs, step] of cases)
    test(`${method}, ${step} m in ${crs}, is as GDAL has it`, {
      skip: python === undefined && withoutTestPython,
    }, async () => {
      const warped = regrid(cube, targetLattice(cube, crs, [step, step], 'upper-left'), method);
      const { values } = await computeCube(warped, { precision: 'float64' });
      const expected = reference(warped, official);
      assert.equal(values.length, expected.length);
      // proj4 and PROJ may see a centre on either side of a border of pixels.
      let differing = 0;
      for (const [i, value] of values.entries()) {
        const wanted = expected[i] ?? Number.NaN;
        const same = Number.isNaN(wanted)
          ? Number.isNaN(value)
          : Math.abs(value - wanted) < 1e-4 * (1 + Math.abs(wanted));
        if (!same) differing += 1;
      }
      assert.ok(
        differing <= (crs === 'EPSG:32632' ? 0 : values.length * 0.002),
        `${differing} of ${values.length}`,
      );
      assert.ok(values.some((value) => !Number.isNaN(value)));
    });

  test('does not depend on how it is cut', async (context) => {
    const warped = regrid(cube, targetLattice(cube, 'EPSG:3035', [13, 13], 'lower-right'), 'nearest');
    const whole = await computeCube(warped, { precision: 'float64' });
    process.env.FURROW_MAX_CHUNK_BYTES = '60000';
    context.after(() => delete process.env.FURROW_MAX_CHUNK_BYTES);
    const cut = await computeCube(warped, { precision: 'float64', chunkBytes: 20_000 });
    assert.deepEqual(cut.values, whole.values);
  });

  test('starts from the corner that is asked for and keeps to the limits', () => {
    const corners = ['upper-left', 'lower-left', 'upper-right', 'lower-right'] as const;
    const origins = corners.map((corner) => {
      const { transform } = targetLattice(cube, 'EPSG:32632', [70, 80], corner).frame;
      return [transform[2], transform[5]];
    });
    // 18 x 12 pixels of 70 x 80 m over 1200 x 900 m: 60 m too wide and high.
    assert.deepEqual(origins, [
      [600_000, 5_120_000],
      [600_000, 5_120_060],
      [599_940, 5_120_000],
      [599_940, 5_120_060],
    ]);
    assert.throws(() => targetLattice(cube, 'EPSG:32632', [1e-6, 1], 'upper-left'), LimitExceeded);
    assert.throws(() => targetLattice(cube, 'EPSG:999999', [1, 1], 'upper-left'), CrsUnknown);
  });
});
