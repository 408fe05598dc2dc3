import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LimitExceeded } from '../../src/errors.ts';
import { areaProblem, tooIntricate } from '../../src/geometry/area-problem.ts';
import { areaOfRings } from '../../src/geometry/areas-of-rings.ts';
import type { Position, Ring } from '../../src/geometry/polygon.ts';

/** A comb of slanting teeth, whose edges' boxes all overlap. */
function comb(edges: number): Ring {
  const teeth = Array.from({ length: edges }, (_, i): Position => (i % 2 ? [i + 1e6, 1e6] : [i, 0]));
  return [...teeth, [edges, -10], [-10, -10], [0, 0]];
}

function square(half: number): Ring {
  return [
    [-half, -half],
    [-half, half],
    [half, half],
    [half, -half],
    [-half, -half],
  ];
}

describe('areas made to take for ever', () => {
  test('are told as such where edges lie side by side', () => {
    assert.equal(areaProblem({ type: 'Polygon', coordinates: [comb(60)] }), undefined);
    assert.equal(areaProblem({ type: 'Polygon', coordinates: [comb(2000)] }), tooIntricate);
  });

  test('are told as such where a long outline has many holes', () => {
    const holed = (corners: number, holes: number): Ring[] => {
      const outline = Array.from({ length: corners }, (_, i): Position => {
        const angle = (-2 * Math.PI * i) / corners;
        return [5000 * Math.cos(angle), 5000 * Math.sin(angle)];
      });
      const hole = (_: unknown, i: number): Ring =>
        square(0.1).map(([x, y]): Position => [x + (i % 50), y + Math.floor(i / 50)]);
      return [[...outline, outline[0] as Position], ...Array.from({ length: holes }, hole)];
    };
    assert.equal(areaProblem({ type: 'Polygon', coordinates: holed(2000, 2000) }), undefined);
    assert.equal(areaProblem({ type: 'Polygon', coordinates: holed(5000, 4000) }), tooIntricate);
  });

  test('are refused where rings lie around each other hundreds deep', () => {
    const nested = (depth: number): Ring[] =>
      Array.from({ length: depth }, (_, i) => [square(2 * i + 2), square(2 * i + 1).toReversed()]).flat();
    const { coordinates } = areaOfRings(nested(20));
    assert.equal(coordinates.length, 20);
    assert.throws(() => areaOfRings(nested(1000)), LimitExceeded);
  });
});
