import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Affine, applyAffine } from '../../src/geometry/affine.ts';
import type { Area, Position, Ring } from '../../src/geometry/polygon.ts';
import { RunList } from '../../src/geometry/run-list.ts';
import { addTouchedRuns } from '../../src/geometry/touched.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const width = 24;
const height = 20;
const northUp: Affine = [10, 0, 5000, 0, -10, 9000];

function paint(area: Area): string {
  const list = new RunList(12);
  addTouchedRuns(list, area, { transform: northUp, width, height });
  const pixels = new Uint8Array(width * height);
  const runs = list.toArray();
  for (let i = 0; i < runs.length; i += 3)
    for (let column = runs[i + 1] as number; column < (runs[i + 2] as number); column++)
      pixels[(runs[i] as number) * width + column]! += 1;
  return pixels.join('');
}

function rasterized(areas: readonly Area[]): string[] {
  const program = `
import json, sys
from affine import Affine
from rasterio.features import rasterize
for area in json.load(sys.stdin):
    print(''.join(map(str, rasterize([(area, 1)], out_shape=(${height}, ${width}), transform=Affine(${northUp.join(',')}), all_touched=True).ravel())))
`;
  const { stdout, stderr } = spawnSync(testPython() as string, ['-c', program], {
    input: JSON.stringify(areas),
    encoding: 'utf8',
  });
  assert.ok(stdout !== '', stderr);
  return stdout.trim().split('\n');
}

function ringOf(vertex: fc.Arbitrary<readonly [number, number]>): fc.Arbitrary<Ring> {
  return fc
    .array(vertex, { minLength: 3, maxLength: 8 })
    .map((points) => [...points, points[0] as readonly [number, number]])
    .map((ring) => ring.map(([x, y]): Position => applyAffine(northUp, x, y)));
}

function areasOf(vertex: fc.Arbitrary<readonly [number, number]>): Area[] {
  const polygon = fc.array(ringOf(vertex), { minLength: 1, maxLength: 2 });
  return fc.sample(
    fc
      .array(polygon, { minLength: 1, maxLength: 2 })
      .map((coordinates): Area => ({ type: 'MultiPolygon', coordinates })),
    { numRuns: 500, seed: 11 },
  );
}

describe('pixels that an area touches', () => {
  const skip = testPython() === undefined && withoutTestPython;

  test('equal GDAL for outlines and holes of any shape, also beyond the edges of the grid', { skip }, () => {
    const place = fc.double({ min: -6, max: 30, noNaN: true });
    const areas = areasOf(fc.tuple(place, place));
    for (const [i, expected] of rasterized(areas).entries())
      assert.equal(paint(areas[i] as Area), expected, JSON.stringify(areas[i]));
  });

  test('equal GDAL where edges lie on borders of pixels or nearly upright or level', { skip }, () => {
    const near = fc
      .tuple(fc.integer({ min: -2, max: 48 }), fc.constantFrom(0, 0, 0.004, -0.004, 0.012, -0.012, 0.3))
      .map(([halves, shift]) => halves / 2 + shift);
    const areas = areasOf(fc.tuple(near, near));
    for (const [i, expected] of rasterized(areas).entries())
      assert.equal(paint(areas[i] as Area), expected, JSON.stringify(areas[i]));
  });

  test('are found along an edge too steep for its columns to be told apart', () => {
    const ring: Ring = [
      [5100.003, -1e15],
      [5100.203, 1e15],
      [5150, 1e15],
      [5100.003, -1e15],
    ];
    const painted = paint({ type: 'Polygon', coordinates: [ring] });
    const row = `${'0'.repeat(10)}1${'0'.repeat(13)}`;
    assert.equal(painted.slice(width * 5, width * 6).slice(0, 11), row.slice(0, 11));
  });
});
