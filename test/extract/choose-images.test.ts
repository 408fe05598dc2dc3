import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Item } from '../../src/catalog/item.ts';
import { InvalidArgument } from '../../src/errors.ts';
import { chooseImages } from '../../src/extract/choose-images.ts';

function item(id: string, properties: Record<string, unknown> = {}, crs = 'EPSG:32632'): Item {
  const grid = { crs, transform: [10, 0, 600_000, 0, -10, 5_200_000] as const, width: 9, height: 9 };
  const band = { name: 'B04', commonName: 'red', assetKey: 'B04', href: `/data/${id}.tif`, bandIndex: 0 };
  const numbers = { dataType: 'uint16' as const, nodata: 0, scale: 0.0001, offset: 0 };
  return {
    id,
    collection: 'c',
    datetime: '2022-06-20T10:20:41Z',
    bbox: [8, 47, 9, 48],
    properties: { platform: 'sentinel-2a', constellation: 'sentinel-2', ...properties },
    bands: [{ ...band, ...numbers, grid, unstated: ['offset'] }],
  };
}

const early = item('S2A_MSIL2A_20220620T102041_N0300_R065_T32TMT_20220620T162319');
const late = item('S2A_MSIL2A_20220620T102041_N0301_R065_T32TMT_20221231T122258');
const otherZone = item('S2A_MSIL2A_20220620T102041_N0300_R065_T33TUN_20220620T162319', {}, 'EPSG:32633');
const alone = item('S2A_MSIL2A_20220627T102041_N0300_R065_T32TMT_20220627T162319');

describe('every image says why it is used, or not', () => {
  const why = (items: readonly Item[], options = {}) =>
    new Map(chooseImages(items, options).map((image) => [image.item, image]));

  test('the only one, the newest in place of others, and the older one', () => {
    const found = why([early, late, alone]);
    assert.equal(found.get(alone)?.choice, 'the only processing of its acquisition');
    assert.match(
      found.get(late)?.choice ?? '',
      /newest of 2 processings.*20221231T122258.*in place of .*162319/,
    );
    assert.equal(found.get(late)?.dropped, undefined);
    assert.match(found.get(early)?.dropped ?? '', /same acquisition as .*N0301/);
  });

  test('granules of one pass in two zones name each other', () => {
    const found = why([early, otherZone]);
    for (const [one, other] of [
      [early, otherZone],
      [otherZone, early],
    ] as const) {
      assert.equal(found.get(one)?.dropped, undefined);
      const choice = found.get(one)?.choice ?? '';
      assert.ok(choice.includes(other.id) && choice.includes('across 2 coordinate systems'), choice);
    }
  });

  test('a cloudier scene than allowed is not used, one that says nothing is', () => {
    const cloudy = item('a', { 'eo:cloud_cover': 81.24 });
    const found = why([cloudy, alone], { maxCloud: 80 });
    assert.match(found.get(cloudy)?.dropped ?? '', /81\.2 % .* 80 %/);
    assert.equal(found.get(alone)?.dropped, undefined);
    assert.equal(why([cloudy], { maxCloud: 81.24 }).get(cloudy)?.dropped, undefined);
    for (const maxCloud of [-1, 101, Number.NaN])
      assert.throws(() => why([cloudy], { maxCloud }), InvalidArgument);
  });

  test('a missing offset of a baseline that has one is told', () => {
    const newer = item('b', { 's2:processing_baseline': '05.09' });
    assert.match(why([newer]).get(newer)?.choice ?? '', /baseline 05\.09.*states no offset.*1000 too high/);
    assert.match(why([newer], { offsets: 'baseline' }).get(newer)?.choice ?? '', /1000 is taken off/);
    assert.doesNotMatch(why([alone]).get(alone)?.choice ?? '', /offset/);
  });
});
