import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LimitExceeded } from '../../src/errors.ts';
import { type Affine, applyAffine } from '../../src/geometry/affine.ts';
import { containsPoint } from '../../src/geometry/area.ts';
import type { Area, Position, Ring } from '../../src/geometry/polygon.ts';
import { pixelRuns } from '../../src/geometry/rasterize.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const width = 24;
const height = 20;
const northUp: Affine = [10, 0, 5000, 0, -10, 9000];
const rotated: Affine = [7, 3, 100, 2, -9, 500];
const grids = [northUp, rotated, [10, 0, 5000, 0, 10, 9000] as Affine];

function paint(area: Area, transform: Affine = northUp): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const runs = pixelRuns(area, { transform, width, height });
  for (let i = 0; i < runs.length; i += 3) {
    const [row, first, end] = runs.subarray(i, i + 3) as unknown as [number, number, number];
    assert.ok(
      row >= 0 && row < height && first >= 0 && first < end && end <= width,
      `run ${row} ${first} ${end}`,
    );
    for (let column = first; column < end; column++) pixels[row * width + column]! += 1;
  }
  return pixels;
}

function close(positions: readonly Position[]): Ring {
  return [...positions, positions[0] as Position];
}

/** Vertices in pixels on a lattice that has no row centre: ties are another test's business. */
const vertex = fc.tuple(fc.integer({ min: -600, max: 3000 }), fc.integer({ min: -600, max: 2600 }));
const polygonInPixels = fc
  .array(vertex, { minLength: 3, maxLength: 9 })
  .map((points) => close(points.map(([x, y]): Position => [x / 97, y / 101 + 0.001])));

function toMap(ring: Ring, transform: Affine): Ring {
  return ring.map(([x, y]) => applyAffine(transform, x, y));
}

describe('pixel runs of an area', () => {
  test('equal the brute-force test of every pixel centre, also on rotated and south-up grids', () => {
    fc.assert(
      fc.property(
        fc.array(polygonInPixels, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...grids),
        (rings, transform) => {
          const painted = paint(
            { type: 'MultiPolygon', coordinates: rings.map((ring) => [toMap(ring, transform)]) },
            transform,
          );
          const inPixels: Area = { type: 'MultiPolygon', coordinates: rings.map((ring) => [ring]) };
          for (let row = 0; row < height; row++)
            for (let column = 0; column < width; column++)
              assert.equal(
                painted[row * width + column],
                containsPoint(inPixels, [column + 0.5, row + 0.5]) ? 1 : 0,
                `row ${row} column ${column}`,
              );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('of a partition without gaps cover every pixel once', () => {
    // Columns of vertices lie on pixel centres and borders; flat edges never do, as GDAL gives those to both sides.
    const inner = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(fc.array(fc.tuple(inner, inner), { minLength: 30, maxLength: 30 }), (shifts) => {
        const [columns, rows] = [6, 5];
        const node = (i: number, j: number): Position => {
          const [dx, dy] = shifts[(i % columns) + (j % rows) * columns] ?? [0, 0];
          const x = i === 0 ? -1 : i === columns ? width + 1 : i * 4 + (dx % 7) / 2 - 0.5;
          const y = j === 0 ? -1 : j === rows ? height + 1 : j * 4 + dy / 10 - 0.45;
          return applyAffine(northUp, x, y);
        };
        const cover = new Uint8Array(width * height);
        for (let j = 0; j < rows; j++)
          for (let i = 0; i < columns; i++) {
            const cell = close([node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)]);
            for (const [at, n] of paint({ type: 'Polygon', coordinates: [cell] }).entries()) cover[at]! += n;
          }
        assert.ok(cover.every((n) => n === 1));
      }),
    );
  });

  test('diagonals through pixel centres give each pixel to one side', () => {
    const [a, b, c, d] = [
      applyAffine(northUp, 0, 0),
      applyAffine(northUp, 20, 0),
      applyAffine(northUp, 20, 20),
      applyAffine(northUp, 0, 20),
    ] as const;
    const one = paint({ type: 'Polygon', coordinates: [close([a, b, c])] });
    const other = paint({ type: 'Polygon', coordinates: [close([a, c, d])] });
    for (let row = 0; row < height; row++)
      for (let column = 0; column < 20; column++) {
        const at = row * width + column;
        assert.equal((one[at] as number) + (other[at] as number), 1, `row ${row} column ${column}`);
      }
  });

  test('equal GDAL on ties: vertices on pixel borders and centres, holes, overlapping parts', {
    skip: testPython() === undefined && withoutTestPython,
  }, () => {
    const half = fc.integer({ min: -4, max: 50 }).map((n) => n / 2);
    const ring = fc
      .array(fc.tuple(half, half), { minLength: 3, maxLength: 7 })
      .map((points) => toMap(close(points as Position[]), northUp));
    const box = fc.tuple(half, half, half, half, fc.boolean()).map(([x1, y1, x2, y2, turned]) => {
      const corners: Position[] = [
        [x1, y1],
        [x2, y1],
        [x2, y2],
        [x1, y2],
      ];
      return toMap(close(turned ? corners.reverse() : corners), northUp);
    });
    const polygon = fc.array(fc.oneof(ring, box), { minLength: 1, maxLength: 2 });
    const areas = fc.sample(
      fc
        .array(polygon, { minLength: 1, maxLength: 2 })
        .map((coordinates): Area => ({ type: 'MultiPolygon', coordinates })),
      { numRuns: 400, seed: 7 },
    );
    const program = `
import json, sys
from affine import Affine
from rasterio.features import rasterize
for area in json.load(sys.stdin):
    print(''.join(map(str, rasterize([(area, 1)], out_shape=(${height}, ${width}), transform=Affine(${northUp.join(',')})).ravel())))
`;
    const { stdout, stderr } = spawnSync(testPython() as string, ['-c', program], {
      input: JSON.stringify(areas),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const expected = stdout.trim().split('\n');
    assert.equal(expected.length, areas.length, stderr);
    const wrong = areas.filter((area, i) => paint(area).join('') !== expected[i]);
    assert.deepEqual(
      wrong.map((area) => JSON.stringify(area)),
      [],
    );
  });

  test('with a flat edge on a row of centres reach that row from both sides, as in GDAL', () => {
    const rows = (top: number, bottom: number) => {
      const corners: Position[] = [
        [2, top],
        [2, bottom],
        [6, bottom],
        [6, top],
      ];
      const ring = toMap(close(corners), northUp);
      const runs = pixelRuns({ type: 'Polygon', coordinates: [ring] }, { transform: northUp, width, height });
      assert.deepEqual(
        pixelRuns(
          { type: 'Polygon', coordinates: [ring.toReversed()] },
          { transform: northUp, width, height },
        ),
        runs,
      );
      return Array.from({ length: runs.length / 3 }, (_, i) => runs[i * 3]);
    };
    assert.deepEqual(rows(2.5, 6.5), [2, 3, 4, 5, 6]);
    assert.deepEqual(rows(6.5, 8.5), [6, 7, 8]);
  });

  test('of an area outside the grid are none, and nothing is allocated for a huge one', () => {
    const outside = close([
      [0, 0],
      [10, 0],
      [10, 10],
    ]);
    assert.equal(
      pixelRuns({ type: 'Polygon', coordinates: [outside] }, { transform: northUp, width, height }).length,
      0,
    );
    const huge = close([
      [-1e15, -1e15],
      [1e15, -1e15],
      [1e15, 1e15],
      [-1e15, 1e15],
    ]);
    assert.equal(
      paint({ type: 'Polygon', coordinates: [huge] }).reduce((sum, n) => sum + n, 0),
      width * height,
    );
  });

  test('of a comb that would cross more rows than fit in memory are refused before the work', () => {
    const ring = close(Array.from({ length: 100_000 }, (_, i): Position => [i, i % 2 === 0 ? 0 : 1e6]));
    const tall = { transform: [1, 0, 0, 0, 1, 0] as Affine, width: 10, height: 1_000_000 };
    assert.throws(() => pixelRuns({ type: 'Polygon', coordinates: [ring] }, tall), LimitExceeded);
  });

  test('too many vertices are refused before the work', () => {
    const ring: Ring = Array.from({ length: 1_000_001 }, (): Position => [0, 0]);
    assert.throws(
      () => pixelRuns({ type: 'Polygon', coordinates: [ring] }, { transform: northUp, width, height }),
      LimitExceeded,
    );
  });
});
