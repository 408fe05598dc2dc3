import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Course, canopyOn, drawCourse } from '../../src/demo/course.ts';
import { type Crop, crops, pickCrop } from '../../src/demo/crops.ts';
import type { Unit } from '../../src/demo/land-cover.ts';
import { seededRandom } from '../../src/demo/random.ts';
import { surfaceOn } from '../../src/demo/surface.ts';

function crop(name: string): Crop {
  const found = crops.find((candidate) => candidate.name === name);
  assert.ok(found, name);
  return found;
}

/** NDVI of a field on a day, as the mean pixel shows it. */
function ndvi(course: Course, day: number): number {
  const unit: Unit = { cover: 'field', course, tone: 1, kind: 0 };
  const [, , red = 0, , nir = 0] = surfaceOn(unit, day, 0).mean;
  return (nir - red) / (nir + red);
}

function course(name: string): Course {
  return drawCourse(crop(name), seededRandom(7, name));
}

describe('the course of a crop', () => {
  test('winter wheat greens up in April, peaks near 0.85 in May and is stubble in August', () => {
    const wheat = course('winter wheat');
    assert.ok(ndvi(wheat, 65) < 0.7);
    assert.ok(ndvi(wheat, 145) > 0.82 && ndvi(wheat, 145) < 0.92);
    const { harvest = 0 } = wheat;
    assert.ok(harvest > 190 && harvest < 225);
    assert.ok(ndvi(wheat, harvest + 4) < 0.4);
  });

  test('maize is bare until May, closed in July and harvested in September', () => {
    const maize = course('maize');
    assert.ok(ndvi(maize, 120) < 0.27);
    assert.ok(ndvi(maize, 200) > 0.8);
    assert.ok(ndvi(maize, 295) < 0.4);
  });

  test('every mowing of grassland drops the NDVI, which recovers within five weeks', () => {
    const meadow = course('grassland');
    assert.equal(meadow.cuts.length, 4);
    for (const [i, cut] of meadow.cuts.entries()) {
      const before = ndvi(meadow, cut - 1);
      const recovered = Math.min(cut + 33, (meadow.cuts[i + 1] ?? 365) - 1);
      assert.ok(ndvi(meadow, cut + 1) < before - 0.12, `cut on day ${cut}`);
      assert.ok(ndvi(meadow, recovered) > before - 0.1, `regrowth after day ${cut}`);
    }
  });

  test('rapeseed in flower reflects more red and green light than before', () => {
    const field: Unit = { cover: 'field', course: course('rapeseed'), tone: 1, kind: 0 };
    const [, before = 0, redBefore = 0] = surfaceOn(field, 103, 0).mean;
    const [, bloom = 0, redBloom = 0] = surfaceOn(field, 125, 0).mean;
    assert.ok(bloom > before * 1.4 && redBloom > redBefore * 1.4);
  });

  test('shares of the ground stay between 0 and 1 and never sum up to more, whatever the crop, the draw and the day', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer(),
        fc.integer({ min: 1, max: 365 }),
        (chance, seed, day) => {
          const { green, dry, flower } = canopyOn(drawCourse(pickCrop(chance), seededRandom(seed)), day);
          assert.ok(green >= 0 && dry >= 0 && flower >= 0 && flower <= green);
          assert.ok(green + dry <= 1 + 1e-9, `${green} + ${dry}`);
        },
      ),
    );
  });
});
