import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chunkWindows } from '../../src/cube/chunks.ts';

test('chunks cover every pixel of the window once and keep to the budget', () => {
  const side = fc.integer({ min: 1, max: 700 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.integer({ min: 8, max: 4096 }),
      fc.integer({ min: 20_000, max: 4_000_000 }),
      (width, height, bytes, budget) => {
        const window = { x: -3, y: 5, width, height };
        const chunks = chunkWindows(window, bytes, budget);
        const covered = new Uint8Array(width * height);
        for (const chunk of chunks) {
          assert.ok(chunk.width * chunk.height * bytes <= Math.max(budget, bytes));
          for (let y = chunk.y; y < chunk.y + chunk.height; y += 1)
            for (let x = chunk.x; x < chunk.x + chunk.width; x += 1) {
              const at = (y - window.y) * width + (x - window.x);
              covered[at] = (covered[at] ?? 0) + 1;
            }
        }
        assert.ok(covered.every((times) => times === 1));
      },
    ),
    { numRuns: 60 },
  );
});

test('an empty window has no chunk', () => {
  assert.deepEqual(chunkWindows({ x: 0, y: 0, width: 0, height: 10 }, 8, 1000), []);
});
