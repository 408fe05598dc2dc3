import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidFile } from '../../src/errors.ts';
import { areaBounds, areaOf, checkArea, containsPoint, vertexCount } from '../../src/geometry/area.ts';
import { intersection, intersects, unionBBox } from '../../src/geometry/bbox.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import type { BBox } from '../../src/geometry/grid.ts';
import { hectares } from '../../src/geometry/hectares.ts';
import type { Area } from '../../src/geometry/polygon.ts';
import { spatialIndex } from '../../src/geometry/spatial-index.ts';

const square = (x: number, y: number, side: number): [number, number][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];
const ringed: Area = {
  type: 'Polygon',
  coordinates: [square(600_000, 5_000_000, 100), square(600_040, 5_000_040, 20)],
};

describe('areas', () => {
  test('bounds, size and inside respect holes and parts', () => {
    assert.deepEqual(areaBounds(ringed), [600_000, 5_000_000, 600_100, 5_000_100]);
    assert.equal(areaOf(ringed), 9600);
    assert.equal(vertexCount(ringed), 10);
    assert.ok(containsPoint(ringed, [600_010, 5_000_010]));
    assert.ok(!containsPoint(ringed, [600_050, 5_000_050]));
    const parts: Area = { type: 'MultiPolygon', coordinates: [[square(0, 0, 2)], [square(5, 5, 1)]] };
    assert.equal(areaOf(parts), 5);
    assert.ok(containsPoint(parts, [5.5, 5.5]) && !containsPoint(parts, [3, 3]));
  });

  test('hectares agree between UTM, longitude and latitude, and web Mercator', () => {
    const utm: Area = { type: 'Polygon', coordinates: [square(480_000, 5_260_000, 1000)] };
    // At the central meridian UTM shortens lengths by 0.9996.
    assert.equal(hectares(utm, 'EPSG:32632'), 100);
    const true_ = 100 / 0.9996 ** 2;
    for (const crs of ['OGC:CRS84', 'EPSG:3857', 'EPSG:3035'])
      assert.ok(Math.abs(hectares(transformArea(utm, 'EPSG:32632', crs), crs) / true_ - 1) < 2e-5, crs);
  });

  test('malformed geometry is refused with its row', () => {
    for (const bad of [
      undefined,
      { type: 'Point', coordinates: [1, 2] },
      { type: 'Polygon', coordinates: [] },
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 1],
            [0, 0],
          ],
        ],
      },
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 1],
          ],
        ],
      },
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 0],
            [1, Infinity],
            [0, 0],
          ],
        ],
      },
      { type: 'MultiPolygon', coordinates: [] },
      { type: 'MultiPolygon', coordinates: 5 },
    ])
      assert.throws(
        () => checkArea(bad, 'row 3'),
        (error) => error instanceof InvalidFile && error.message.startsWith('row 3: '),
      );
    let nested: unknown = [];
    for (let depth = 0; depth < 200_000; depth++) nested = [nested];
    const deep = {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [1, nested],
          [1, 1],
          [0, 0],
        ],
      ],
    };
    assert.throws(
      () => checkArea(deep, 'row 3'),
      /^InvalidFile: row 3: '\[1, …\]' is not a position of two finite numbers$/,
    );
    assert.deepEqual(
      checkArea(
        {
          type: 'Polygon',
          coordinates: [
            [
              [0, 0, 7],
              [1, 0, 7],
              [1, 1, 7],
              [0, 0, 7],
            ],
          ],
        },
        'row 1',
      ).coordinates,
      [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    );
  });
});

describe('boxes', () => {
  const box = fc
    .tuple(
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([x, y, w, h]): BBox => [x, y, x + w, y + h]);

  test('the index finds what a scan finds', () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 60 }), box, (boxes, wanted) => {
        assert.deepEqual(
          spatialIndex(boxes).search(wanted),
          boxes.flatMap((other, i) => (intersects(other, wanted) ? [i] : [])),
        );
      }),
    );
  });

  test('intersection lies in both, union holds both', () => {
    fc.assert(
      fc.property(box, box, (one, other) => {
        const union = unionBBox([one, other]) as BBox;
        assert.deepEqual(intersection(union, one), one);
        const shared = intersection(one, other);
        assert.equal(shared !== undefined, intersects(one, other));
        if (shared !== undefined) assert.deepEqual(intersection(shared, one), shared);
      }),
    );
    assert.equal(unionBBox([]), undefined);
  });
});
