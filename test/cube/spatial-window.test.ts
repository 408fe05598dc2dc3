import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { sharedWindow } from '../../src/cube/align.ts';
import { planLoad } from '../../src/cube/load-plan.ts';
import { makeBox, windowOfBox } from '../../src/cube/spatial-window.ts';
import { NoData } from '../../src/errors.ts';
import { transformBBox } from '../../src/geometry/crs.ts';
import { type BBox, type Grid, gridBounds } from '../../src/geometry/grid.ts';

/** West of the central meridian of its zone: where the edges of the whole earth, reprojected, do not reach. */
const grid: Grid = { crs: 'EPSG:32632', transform: [10, 0, 475780, 0, -10, 5255640], width: 90, height: 154 };
const all = { x: 0, y: 0, width: 90, height: 154 };
const earth: BBox = [-180, -90, 180, 90];
const [west, south, east, north] = transformBBox(gridBounds(grid), grid.crs, 'EPSG:4326');

describe('the pixels of a box', () => {
  test('the whole earth and a hemisphere hold all of them', () => {
    assert.deepEqual(windowOfBox(grid, makeBox(earth, 4326), all), all);
    assert.deepEqual(windowOfBox(grid, makeBox([-180, 0, 180, 90], 4326), all), all);
    assert.deepEqual(
      sharedWindow(all, windowOfBox(grid, makeBox([-179, -89, east + 1, 89], 4326), all)),
      all,
    );
  });

  test('a box around the earth that ends within them ends there', () => {
    const middle = (south + north) / 2;
    const upper = sharedWindow(all, windowOfBox(grid, makeBox([-180, middle, 180, 90], 4326), all));
    assert.deepEqual([upper.x, upper.y, upper.width], [0, 0, 90]);
    assert.ok(Math.abs(upper.height - 77) <= 3, `${upper.height} rows`);
    const left = sharedWindow(all, windowOfBox(grid, makeBox([-180, -90, (west + east) / 2, 90], 4326), all));
    assert.deepEqual([left.x, left.y, left.height], [0, 0, 154]);
    assert.ok(Math.abs(left.width - 45) <= 3, `${left.width} columns`);
  });

  test('a box beside them holds none, however large', () => {
    const { width, height } = windowOfBox(grid, makeBox([20, -90, 180, 90], 4326), all);
    assert.equal(width * height, 0);
  });

  test('an ordinary box gives what it gives by itself', () => {
    const part = fc.double({ min: -0.9, max: 1.9, noNaN: true });
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        const lon = [a, b].map((share) => west + share * (east - west)).sort((x, y) => x - y);
        const lat = [c, d].map((share) => south + share * (north - south)).sort((x, y) => x - y);
        const box = makeBox([lon[0] ?? 0, lat[0] ?? 0, lon[1] ?? 0, lat[1] ?? 0], 4326);
        assert.deepEqual(
          sharedWindow(all, windowOfBox(grid, box, all)),
          sharedWindow(all, windowOfBox(grid, box)),
        );
      }),
    );
  });
});

describe('planning a cube', () => {
  const band: BandAsset = {
    name: 'red',
    commonName: 'red',
    assetKey: 'red',
    href: '/nowhere/red.tif',
    bandIndex: 0,
    dataType: 'uint16',
    nodata: 0,
    scale: 1,
    offset: 0,
    grid,
  };
  const item: Item = {
    id: 'one',
    collection: 'c',
    datetime: '2022-06-01T10:00:00Z',
    bbox: [west, south, east, north],
    properties: {},
    bands: [band],
  };
  const collection = { id: 'c', bands: [{ name: 'red' }], items: async () => [item], problems: [] };

  test('a global box cuts nothing off, one elsewhere leaves nothing', async () => {
    const whole = await planLoad(collection, {});
    const { horizontal } = await planLoad(collection, { boxes: [makeBox(earth, 4326)] });
    assert.deepEqual(horizontal, whole.horizontal);
    assert.deepEqual([horizontal.window.width, horizontal.window.height], [90, 154]);
    await assert.rejects(planLoad(collection, { boxes: [makeBox([20, -90, 180, 90], 4326)] }), NoData);
  });
});
