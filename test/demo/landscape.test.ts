import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLandscape } from '../../src/demo/landscape.ts';
import { areaBounds } from '../../src/geometry/area.ts';
import type { BBox } from '../../src/geometry/grid.ts';
import { pixelRuns } from '../../src/geometry/rasterize.ts';

const bounds: BBox = [700_000, 5_380_000, 702_560, 5_382_560];
const grid = { transform: [5, 0, 700_000, 0, -5, 5_382_560], width: 512, height: 512 } as const;

test('fields do not overlap, and the land is covered without gaps', () => {
  const painted = new Uint8Array(grid.width * grid.height);
  const covered = new Uint8Array(painted.length);
  for (const { cover, shape } of makeLandscape(bounds, 3)) {
    const runs = pixelRuns(shape, grid);
    for (let i = 0; i < runs.length; i += 3) {
      const [row = 0, first = 0, end = 0] = runs.subarray(i, i + 3);
      covered.fill(1, row * grid.width + first, row * grid.width + end);
      if (cover !== 'field') continue;
      for (let column = first; column < end; column++) {
        const at = row * grid.width + column;
        painted[at] = (painted[at] ?? 0) + 1;
      }
    }
  }
  assert.ok(painted.some((times) => times === 1) && painted.every((times) => times <= 1));
  assert.ok(covered.every((value) => value === 1));
});

test('another seed makes another countryside, the same seed the same', () => {
  assert.deepEqual(makeLandscape(bounds, 5), makeLandscape(bounds, 5));
  assert.notDeepEqual(makeLandscape(bounds, 5), makeLandscape(bounds, 6));
});

test('every field is a closed ring of at least half a hectare', () => {
  const fields = makeLandscape(bounds, 9).filter(({ cover }) => cover === 'field');
  assert.ok(fields.length > 50, `${fields.length} fields`);
  for (const { shape } of fields) {
    const [ring] = shape.coordinates;
    assert.deepEqual(ring?.[0], ring?.at(-1));
    const [xmin, ymin, xmax, ymax] = areaBounds(shape);
    assert.ok((xmax - xmin) * (ymax - ymin) > 5000);
  }
});
