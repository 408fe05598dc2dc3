import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { computeCube } from '../../src/cube/compute.ts';
import { type Border, convolve } from '../../src/cube/kernel.ts';
import { cubeFromRaster, type RasterCube } from '../../src/cube/raster-cube.ts';
import { LimitExceeded } from '../../src/errors.ts';

const width = 31;
const height = 23;
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
    i % 17 === 0 ? Number.NaN : (i * 31) % 97,
  ),
};

describe('a kernel', () => {
  test('gives the same however the cube is cut, whatever lies beyond it', async () => {
    const borders: Border[] = [0, 5, 'replicate', 'reflect', 'reflect_pixel', 'wrap'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...borders),
        fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 5, maxLength: 5 }), {
          minLength: 3,
          maxLength: 3,
        }),
        fc.integer({ min: 200, max: 20_000 }),
        async (border, weights, chunkBytes) => {
          const cube = convolve(cubeFromRaster(raster), { weights, factor: 2, border, invalid: 1 });
          const whole = await computeCube(cube, { precision: 'float64' });
          const cut = await computeCube(cube, { precision: 'float64', chunkBytes });
          assert.deepEqual(cut.values, whole.values);
          const [x, y] = [11, 9];
          let sum = 0;
          for (let j = -1; j <= 1; j += 1)
            for (let i = -2; i <= 2; i += 1) {
              const value = raster.values[(y + j) * width + x + i] ?? Number.NaN;
              sum += (Number.isNaN(value) ? 1 : value) * (weights[j + 1]?.[i + 2] ?? 0);
            }
          assert.equal(whole.values[y * width + x], sum * 2);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('has a limit to what it reads', async (context) => {
    process.env.FURROW_MAX_WINDOW_BYTES = '1000';
    context.after(() => delete process.env.FURROW_MAX_WINDOW_BYTES);
    const cube = convolve(cubeFromRaster(raster), { weights: [[1]], factor: 1, border: 0, invalid: 0 });
    await assert.rejects(computeCube(cube), LimitExceeded);
  });
});
