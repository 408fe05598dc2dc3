import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidFile, LimitExceeded } from '../../src/errors.ts';
import type { Area, Position } from '../../src/geometry/polygon.ts';
import { readWkb, writeWkb } from '../../src/geometry/wkb.ts';

const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true });
const ring = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 6 })
  .map((points): Position[] => [...points, points[0] as [number, number]]);
const polygon = fc.array(ring, { minLength: 1, maxLength: 3 });
const area: fc.Arbitrary<Area> = fc.oneof(
  polygon.map((coordinates): Area => ({ type: 'Polygon', coordinates })),
  fc
    .array(polygon, { minLength: 1, maxLength: 3 })
    .map((coordinates): Area => ({ type: 'MultiPolygon', coordinates })),
);

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

describe('well-known binary', () => {
  test('comes back as it was written', () => {
    fc.assert(fc.property(area, (value) => assert.deepEqual(readWkb(writeWkb(value)), value)));
  });

  test('of PostGIS with SRID and Z, and big-endian, is read and loses only Z', () => {
    // select st_asewkb('SRID=32632;POLYGON Z((0 0 5,1 0 5,0 1 5,0 0 5))'::geometry)
    const one = '000000000000f03f';
    const zero = '0000000000000000';
    const five = '0000000000001440';
    const ewkb = `01 030000a0 787f0000 01000000 04000000 ${[zero, zero, five, one, zero, five, zero, one, five, zero, zero, five].join(' ')}`;
    const triangle = {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [0, 1],
          [0, 0],
        ],
      ],
    };
    assert.deepEqual(readWkb(hex(ewkb)), triangle);
    const big = '3ff0000000000000';
    const iso = `00 00000003 00000001 00000004 ${[zero, zero, big, zero, zero, big, zero, zero].join(' ')}`;
    assert.deepEqual(readWkb(hex(iso)), triangle);
  });

  test('of a point, cut off, or announcing more than it holds is refused', () => {
    assert.throws(
      () => readWkb(hex('01 01000000 0000000000000000 0000000000000000'), 'row 7'),
      /row 7: .*a Point/,
    );
    assert.throws(() => readWkb(hex('01 03000000 ffffffff')), InvalidFile);
    assert.throws(() => readWkb(hex('01 03000000 01000000 ffffff0f')), InvalidFile);
    fc.assert(
      fc.property(area, fc.nat(), (value, cut) => {
        const bytes = writeWkb(value);
        assert.throws(() => readWkb(bytes.subarray(0, cut % bytes.length)), InvalidFile);
      }),
    );
  });

  test('over the vertex limit is refused', () => {
    const many: Position[] = Array.from({ length: 1_000_001 }, (): Position => [0, 0]);
    assert.throws(() => readWkb(writeWkb({ type: 'Polygon', coordinates: [many] })), LimitExceeded);
  });
});
