import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { InvalidArgument, LimitExceeded, Unsupported } from '../../src/errors.ts';
import { transformer } from '../../src/geometry/crs.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import type { PixelArray } from '../../src/raster/pixels.ts';
import { resampleInto } from '../../src/raster/resample.ts';
import { APPROXIMATION_ERROR, transformPoints } from '../../src/raster/transform-grid.ts';
import { type WarpGrid, type WarpMethod, warp, warpMethods } from '../../src/raster/warp.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { syntheticBand } from '../support/synthetic-pixels.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const same = (x: number, y: number): [number, number] => [x, y];
const grid = (width: number, height: number, size = 10, x = 0, y = 0): WarpGrid => ({
  width,
  height,
  transform: [size, 0, x, 0, -size, y],
});

describe('warping within one CRS', () => {
  const source = grid(4, 2);
  const pixels = Int16Array.of(1, 2, 3, 4, 5, 6, 7, -1);

  test('the same grid gives the same pixels by every method', () => {
    for (const method of warpMethods)
      assert.deepEqual(warp([pixels], source, source, same, { method }).bands, [pixels]);
  });

  test('asks no more source pixels for one pixel than its memory is allowed', () => {
    const whole = { transform: [1, 0, 0, 0, -1, 0] as const, width: 100, height: 100 };
    const one = { transform: [100, 0, 0, 0, -100, 0] as const, width: 1, height: 1 };
    process.env.FURROW_MAX_WINDOW_BYTES = '100000';
    try {
      assert.throws(
        () => warp([new Uint8Array(10_000)], whole, one, (x, y) => [x, y], { method: 'average' }),
        LimitExceeded,
      );
    } finally {
      delete process.env.FURROW_MAX_WINDOW_BYTES;
    }
  });

  test('average weighs by area, nodata left out; nearest takes the centre', () => {
    const half = grid(2, 1, 20);
    const average = warp([pixels], source, half, same, { method: 'average', nodata: -1 });
    assert.deepEqual(average.bands, [Int16Array.of(4, 5)]);
    assert.deepEqual(warp([pixels], source, grid(4, 2, 5, 20, -10), same, {}).bands, [
      Int16Array.of(7, 7, -1, -1, 7, 7, -1, -1),
    ]);
    const third = warp([Float64Array.from(pixels)], source, grid(1, 1, 15), same, { method: 'average' });
    assert.ok(Math.abs((third.bands[0]?.[0] as number) - (1 + 2 * 0.5 + 5 * 0.5 + 6 * 0.25) / 2.25) < 1e-12);
  });

  test('bilinear lies between its neighbours, ignores nodata and does not grow into it', () => {
    const shifted = warp([Float32Array.from(pixels)], source, grid(3, 1, 10, 5, -5), same, {
      method: 'bilinear',
      nodata: -1,
    });
    assert.deepEqual(shifted.bands, [Float32Array.of(3.5, 4.5, -1)]);
  });

  test('outside the source there is nodata, or 0, and no validity', () => {
    const target = grid(2, 1, 10, 35, 0);
    assert.deepEqual(warp([pixels], source, target, same, { nodata: -1 }), {
      bands: [Int16Array.of(-1, -1)],
      valid: [Uint8Array.of(0, 0)],
    });
    assert.deepEqual(warp([pixels], source, target, () => [Number.NaN, 0], {}).bands, [Int16Array.of(0, 0)]);
  });

  test('arrays that do not fit, and means of 64-bit integers, are refused', () => {
    assert.throws(() => warp([], source, source, same), InvalidArgument);
    assert.throws(() => warp([new Int16Array(3)], source, source, same), InvalidArgument);
    assert.throws(
      () => warp([new BigInt64Array(8)], source, source, same, { method: 'average' }),
      Unsupported,
    );
    assert.deepEqual(warp([new BigInt64Array(8).fill(2n ** 60n)], source, source, same, {}).bands, [
      new BigInt64Array(8).fill(2n ** 60n),
    ]);
  });
});

test('approximated points are never farther off than an eighth of a pixel', () => {
  const bend = fc.record({
    a: fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
    b: fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
    left: fc.nat(200),
    top: fc.nat(200),
  });
  fc.assert(
    fc.property(bend, ({ a, b, left, top }) => {
      const exact = (i: number, j: number): [number, number] => [
        2 * i + a * j * j + b * i * j,
        j + a * i * i,
      ];
      const { columns, rows } = transformPoints(exact, left, top, 150, 90);
      let worst = 0;
      for (let j = 0; j < 90; j++)
        for (let i = 0; i < 150; i++) {
          const [column, row] = exact(left + i, top + j);
          worst = Math.max(
            worst,
            Math.hypot(column - (columns[j * 150 + i] as number), row - (rows[j * 150 + i] as number)),
          );
        }
      assert.ok(worst <= APPROXIMATION_ERROR, `${worst}`);
    }),
    { numRuns: 40 },
  );
});

const gdal = `
import json, sys, numpy as np, rasterio
from rasterio.warp import reproject, Resampling
from rasterio.transform import Affine
folder, job = sys.argv[1], json.loads(sys.argv[2])
with rasterio.open(folder + '/source.tif') as ds:
    for method in job['methods']:
        out = np.full((job['height'], job['width']), ds.nodata, ds.dtypes[0])
        reproject(ds.read(1), out, src_transform=ds.transform, src_crs=ds.crs, src_nodata=ds.nodata, dst_transform=Affine(*job['transform']), dst_crs=job['crs'],
                  dst_nodata=ds.nodata, resampling=getattr(Resampling, 'med' if method == 'median' else method), tolerance=0.125)
        out.tofile(f'{folder}/{method}.bin')
`;
const python = testPython();

/** Ours and GDAL's picture of a synthetic band of 300 x 300 pixels in UTM on another grid, by every method. */
async function beside(
  dataType: 'float32' | 'uint8',
  crs: string,
  target: WarpGrid,
): Promise<{ method: WarpMethod; ours: PixelArray; theirs: PixelArray }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-warp-'));
  try {
    const size = 300;
    const nodata = dataType === 'float32' ? -9 : 0;
    const pixels = syntheticBand(dataType, size, size, 5, nodata) as Float32Array;
    pixels[0] = 60;
    pixels[1] = 60;
    const transform = [10, 0, 499000, 0, -10, 5314000] as const;
    const file = await encodeCog(
      { width: size, height: size, dataType, bands: [pixels] },
      { crs: 'EPSG:32632', transform, nodata, overviews: 'none' },
    );
    await writeFile(join(folder, 'source.tif'), file);
    const job = JSON.stringify({ ...target, crs, methods: warpMethods });
    await promisify(execFile)(python ?? '', ['-c', gdal, folder, job]);
    const raster = await openRaster(memorySource(file));
    const toSource = transformer(crs, 'EPSG:32632');
    return await Promise.all(
      warpMethods.map(async (method) => {
        const [ours] = (await resampleInto(raster, { target, toSource, method })).bands;
        const { buffer, byteOffset, length } = await readFile(join(folder, `${method}.bin`));
        const theirs =
          dataType === 'float32'
            ? new Float32Array(buffer, byteOffset, length / 4)
            : new Uint8Array(buffer, byteOffset, length);
        return { method, ours: ours as PixelArray, theirs };
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The share of pixels with data on either side that differ by no more than `within`. */
function alike(ours: PixelArray, theirs: PixelArray, within: number): number {
  const nodata = theirs instanceof Float32Array ? -9 : 0;
  let [valid, equal] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    const [one, other] = [Number(ours[i]), Number(theirs[i])];
    if (one === nodata && other === nodata) continue;
    valid++;
    if ((one === nodata) === (other === nodata) && Math.abs(one - other) <= within) equal++;
  }
  assert.ok(valid > 1000, `${valid} valid`);
  return equal / valid;
}

describe('warping against GDAL', { skip: python ? false : withoutTestPython }, () => {
  const square = (side: number, size: number, x: number, y: number): WarpGrid => ({
    width: side,
    height: side,
    transform: [size, 0, 499000 + x, 0, -size, 5314000 - y],
  });
  const grids: readonly (readonly [name: string, target: WarpGrid])[] = [
    ['finer by 2.5', square(500, 4, 100, 100)],
    ['shifted by parts of a pixel', square(320, 10, -97, -94)],
    ['coarser by 1.7', square(150, 17, 100, 100)],
    ['coarser by 3', square(80, 30, 100, 100)],
  ];
  for (const [name, target] of grids)
    test(`${name} in one CRS: equal by every method`, async () => {
      for (const { method, ours, theirs } of await beside('float32', 'EPSG:32632', target))
        assert.equal(alike(ours, theirs, 1e-3), 1, method);
      for (const { method, ours, theirs } of await beside('uint8', 'EPSG:32632', target)) {
        assert.equal(alike(ours, theirs, 1), 1, method);
        // Of weighted integers, sums that end on a half may be rounded to either side.
        const weighted = ['bilinear', 'cubic', 'average'].includes(method);
        assert.ok(alike(ours, theirs, 0) >= (weighted ? 0.98 : 1), method);
      }
    });

  const elsewhere: readonly (readonly [name: string, crs: string, target: WarpGrid])[] = [
    [
      'UTM to web mercator, like a map tile',
      'EPSG:3857',
      { width: 256, height: 256, transform: [14.93, 0, 1001000, 0, -14.93, 6105000] },
    ],
    [
      'UTM to longitude and latitude, coarser',
      'EPSG:4326',
      { width: 90, height: 70, transform: [0.0004, 0, 8.985, 0, -0.0004, 47.98] },
    ],
  ];
  for (const [name, crs, target] of elsewhere)
    test(name, async () => {
      // Neighbours differ by up to 50: a shift of a tenth of a pixel shows as up to 2 in a weighted mean.
      for (const { method, ours, theirs } of await beside('float32', crs, target)) {
        const share = alike(ours, theirs, ['bilinear', 'cubic', 'average'].includes(method) ? 2 : 0);
        assert.ok(share > 0.95, `${method}: ${(100 * share).toFixed(2)} % alike`);
      }
    });
});

test('a coarse target is filled from an overview, a target elsewhere with nodata', async () => {
  const pixels = new Uint16Array(1024 * 1024).map((_, i) => (i % 1024) + 1);
  const file = await encodeCog(
    { width: 1024, height: 1024, dataType: 'uint16', bands: [pixels] },
    { crs: 'EPSG:32632', transform: [10, 0, 0, 0, -10, 0], nodata: 0, tileSize: 256, resampling: 'average' },
  );
  const raster = await openRaster(memorySource(file));
  const levels: (number | undefined)[] = [];
  const watched = {
    info: raster.info,
    read: (request: Parameters<typeof raster.read>[0]) => {
      levels.push(request?.level);
      return raster.read(request);
    },
  };
  const { bands } = await resampleInto(watched, {
    target: grid(64, 64, 160),
    toSource: same,
    method: 'average',
  });
  assert.deepEqual(levels, [2]);
  assert.ok(Math.abs((bands[0]?.[10] as number) - 168.5) <= 2);
  const far = await resampleInto(watched, { target: grid(2, 2, 10, 1e6, 1e6), toSource: same });
  assert.deepEqual(far, { bands: [new Uint16Array(4)], valid: [new Uint8Array(4)] });
});

test('a window holds all that a widened kernel reaches', async () => {
  const pixels = new Float32Array(200 * 200).map((_, i) => ((i % 200) * 37 + i) % 101);
  const file = await encodeCog(
    { width: 200, height: 200, dataType: 'float32', bands: [pixels] },
    { crs: 'EPSG:32632', transform: [1, 0, 0, 0, -1, 0], overviews: 'none' },
  );
  const raster = await openRaster(memorySource(file));
  for (const method of ['bilinear', 'cubic'] as const) {
    const all = await resampleInto(raster, { target: grid(10, 10, 20), toSource: same, method });
    const one = await resampleInto(raster, { target: grid(1, 1, 20, 100, -100), toSource: same, method });
    assert.equal(one.bands[0]?.[0], all.bands[0]?.[55], method);
  }
});
