import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byParcelAndImage } from '../../src/store/row-order.ts';
import { seededRandom } from '../support/synthetic-pixels.ts';

const whole = (random: () => number, below: number): number => Math.floor(random() * below);

for (const [kind, spread] of [
  ['close together', 1],
  ['far apart', 2 ** 40],
] as const)
  test(`rows of parcels whose pids lie ${kind} come by parcel, then image, equal ones in their order`, () => {
    const random = seededRandom(7);
    for (let round = 0; round < 50; round++) {
      const many = whole(random, 200);
      const images = 1 + whole(random, 5);
      const pid = Float64Array.from({ length: many }, () => (whole(random, 20) - 10) * spread);
      const ranks = Int32Array.from({ length: many }, () => whole(random, images));
      // Some rows are left out, as those of images that no longer stand.
      const rows = Int32Array.from({ length: many }, (_, row) => row).filter(() => random() < 0.8);
      const expected = [...rows].sort(
        (a, b) =>
          (pid[a] as number) - (pid[b] as number) || (ranks[a] as number) - (ranks[b] as number) || a - b,
      );
      assert.deepEqual([...byParcelAndImage(rows, pid, ranks, images)], expected);
    }
  });

test('rows that are in order stay where they are, without a copy', () => {
  const rows = Int32Array.of(0, 1, 2);
  assert.equal(byParcelAndImage(rows, Float64Array.of(1, 1, 2), Int32Array.of(0, 1, 0), 2), rows);
});
