import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { recipeOf } from '../../src/extract/recipe.ts';
import { checkedSettings, type ExtractionSettings } from '../../src/extract/settings.ts';
import { squareParcels } from '../store/sample-season.ts';

const parcels = squareParcels('p', 2);

test('every option that changes rows makes another recipe', () => {
  const wishes: ExtractionSettings[] = [
    {},
    { bands: ['red'] },
    { indices: ['ndmi'] },
    { statistics: ['mean'] },
    { allTouched: true },
    { innerBuffer: 10 },
    { minArea: { hectares: 0.3 } },
    { minArea: { pixels: 4 } },
    { unclear: [8, 9] },
    { resolution: 20 },
    { offsets: 'baseline' },
  ];
  assert.equal(new Set(wishes.map((wish) => recipeOf(parcels, wish))).size, wishes.length);
  assert.notEqual(recipeOf(squareParcels('p', 3), {}), recipeOf(parcels, {}));
});

test('the defaults, spelled out, are the same recipe', () => {
  const spelled: ExtractionSettings = {
    statistics: ['mean', 'std', 'min', 'max', 'p25', 'median', 'p75'],
    allTouched: false,
    innerBuffer: 0,
    minArea: {},
    unclear: [11, 10, 9, 8, 3, 1, 0, 0],
    offsets: 'stated',
  };
  assert.equal(recipeOf(parcels, spelled), recipeOf(parcels, {}));
  assert.deepEqual(checkedSettings(spelled), {});
});

test('an index is the same one in any case, and asked for twice', () => {
  assert.equal(
    recipeOf(parcels, { indices: ['NDVI', 'Evi', 'ndvi'] }),
    recipeOf(parcels, { indices: ['ndvi', 'evi'] }),
  );
});

test('what cannot be measured is refused by name', () => {
  const wrong: [ExtractionSettings, RegExp][] = [
    [{ bands: [], indices: [] }, /nothing to measure/],
    [{ indices: ['ndxi'] }, /'ndxi'.*ndvi/],
    [{ statistics: ['mode'] }, /'mode' is no statistic/],
    [{ unclear: [12] }, /12 is no class/],
    [{ resolution: 0 }, /above 0/],
    [{ offsets: 'guess' as never }, /'guess'/],
    [{ allTouched: true, innerBuffer: 5 }, /choose one/],
  ];
  for (const [wish, message] of wrong)
    assert.throws(
      () => checkedSettings(wish),
      (error) => error instanceof InvalidArgument && message.test(error.message),
    );
});
