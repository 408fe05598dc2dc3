import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Affine, applyAffine } from '../../src/geometry/affine.ts';
import { polygonsOf } from '../../src/geometry/area.ts';
import { removeBorder } from '../../src/geometry/inner-buffer.ts';
import type { Area, Position } from '../../src/geometry/polygon.ts';
import { addPixelRuns } from '../../src/geometry/rasterize.ts';
import { RunList } from '../../src/geometry/run-list.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const width = 40;
const height = 36;
const northUp: Affine = [10, 0, 500_000, 0, -10, 5_000_000];
const turned: Affine = [7, 3, 500_000, 2, -9, 5_000_000];

function paint(area: Area, transform: Affine, metres: number): Uint8Array {
  const grid = { crs: 'EPSG:32631', transform, width, height };
  const list = new RunList(12);
  addPixelRuns(list, area, grid);
  if (metres > 0) removeBorder(list, 0, area, grid, metres);
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < list.length; i += 3)
    for (let column = list.values[i + 1] as number; column < (list.values[i + 2] as number); column++)
      pixels[(list.values[i] as number) * width + column]! += 1;
  return pixels;
}

function distance([x, y]: Position, [ax, ay]: Position, [bx, by]: Position): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

function toBoundary(place: Position, area: Area): number {
  let least = Infinity;
  for (const rings of polygonsOf(area))
    for (const ring of rings)
      for (let i = 1; i < ring.length; i++)
        least = Math.min(least, distance(place, ring[i - 1] as Position, ring[i] as Position));
  return least;
}

const vertex = fc.tuple(
  fc.double({ min: -5, max: 45, noNaN: true }),
  fc.double({ min: -5, max: 40, noNaN: true }),
);
const shape = fc.array(fc.array(vertex, { minLength: 3, maxLength: 8 }), { minLength: 1, maxLength: 2 });

describe('inner buffer', () => {
  test('keeps the pixels of the parcel that are at least so far from every boundary, also on a turned grid', () => {
    fc.assert(
      fc.property(
        shape,
        fc.constantFrom(northUp, turned),
        fc.constantFrom(3, 10, 27.5),
        (rings, transform, metres) => {
          const area: Area = {
            type: 'Polygon',
            coordinates: rings.map((ring) =>
              [...ring, ring[0] as [number, number]].map(([x, y]) => applyAffine(transform, x, y)),
            ),
          };
          const all = paint(area, transform, 0);
          const kept = paint(area, transform, metres);
          for (let row = 0; row < height; row++)
            for (let column = 0; column < width; column++) {
              const far = toBoundary(applyAffine(transform, column + 0.5, row + 0.5), area);
              if (Math.abs(far - metres) < 1e-6) continue;
              const at = row * width + column;
              assert.equal(kept[at], all[at] === 1 && far > metres ? 1 : 0, `row ${row} column ${column}`);
            }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of a convex parcel equals the negative buffer of shapely, rasterized by GDAL', {
    skip: testPython() === undefined && withoutTestPython,
  }, () => {
    const corners = [4, 7, 13, 29, 34.2, 21, 37.1, 9, 12.3, 2.2].map((n) => n + 0.013);
    const area: Area = {
      type: 'Polygon',
      coordinates: [
        (
          [
            [corners[0], corners[1]],
            [corners[2], corners[3]],
            [corners[4], corners[5]],
            [corners[6], corners[7]],
            [corners[8], corners[9]],
            [corners[0], corners[1]],
          ] as [number, number][]
        ).map(([x, y]) => applyAffine(northUp, x, y)),
      ],
    };
    const program = `
import json, sys
from affine import Affine
from rasterio.features import rasterize
from shapely.geometry import shape
area = shape(json.load(sys.stdin)).buffer(-20)
print(''.join(map(str, rasterize([(area, 1)], out_shape=(${height}, ${width}), transform=Affine(${northUp.join(',')})).ravel())))
`;
    const { stdout, stderr } = spawnSync(testPython() as string, ['-c', program], {
      input: JSON.stringify(area),
      encoding: 'utf8',
    });
    assert.ok(stdout.includes('1'), stderr);
    assert.equal(paint(area, northUp, 20).join(''), stdout.trim());
  });
});
