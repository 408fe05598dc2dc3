import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { acquisitionKey, processedAt, tileOf } from '../../src/catalog/acquisition.ts';
import { chooseScenes } from '../../src/catalog/choose-scenes.ts';
import type { Item } from '../../src/catalog/item.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

function item(
  id: string,
  properties: Record<string, unknown> = {},
  bbox: Item['bbox'] = [8, 47, 9, 48],
): Item {
  return {
    id,
    collection: 'c',
    datetime: '2022-06-20T10:20:41Z',
    bbox,
    properties: { platform: 'sentinel-2a', ...properties },
    bands: [],
  };
}

const early = item('S2A_MSIL2A_20220620T102041_N0400_R065_T32TMT_20220620T162319');
const late = item('S2A_MSIL2A_20220620T102041_N9999_R065_T32TMT_20221231T122258');
const neighbour = item('S2A_MSIL2A_20220620T102041_N0400_R065_T32TNT_20220620T162319');

describe('choosing scenes', () => {
  test('keeps the newest processing of an acquisition and says why the other went', () => {
    for (const items of [
      [early, late],
      [late, early],
    ]) {
      const { kept, dropped } = chooseScenes(items);
      assert.deepEqual(kept, [late]);
      assert.equal(dropped[0]?.item, early);
      assert.match(dropped[0]?.reason ?? '', /N9999.*20221231T122258 against 20220620T162319/);
    }
  });

  test('keeps both tiles of one pass under one acquisition', () => {
    assert.deepEqual(chooseScenes([early, neighbour]).kept, [early, neighbour]);
    assert.equal(acquisitionKey(early), acquisitionKey(neighbour));
    assert.deepEqual([tileOf(early), tileOf(neighbour)], ['32TMT', '32TNT']);
  });

  test('keeps what only the older processing covers', () => {
    const part = item(late.id, {}, [8, 47, 8.5, 48]);
    assert.deepEqual(chooseScenes([early, part]).kept, [early, part]);
  });

  test('drops frames without a pixel, and an emptier newer frame does not displace a fuller one', () => {
    const share = (one: Item, nodata: number) =>
      item(one.id, { 's2:nodata_pixel_percentage': nodata }, one.bbox);
    const empty = share(late, 100);
    const { kept, dropped } = chooseScenes([early, empty]);
    assert.deepEqual(kept, [early]);
    assert.match(dropped[0]?.reason ?? '', /empty frame/);
    const fuller = share(early, 10);
    const emptier = share(late, 60);
    const both = chooseScenes([fuller, emptier]);
    assert.deepEqual(both.kept, [fuller, emptier]);
    assert.equal(both.beside.get(fuller), emptier);
    assert.deepEqual(chooseScenes([share(early, 12), share(late, 10)]).kept.length, 1);
  });

  test('goes by the fields of items whose names say nothing', () => {
    const one = item('a', { created: '2022-06-21T00:00:00Z', 'grid:code': 'MGRS-32TMT' });
    const two = item('b', { created: '2022-06-22T00:00:00Z', 'grid:code': 'MGRS-32TMT' });
    assert.deepEqual(chooseScenes([one, two]).kept, [two]);
    assert.equal(processedAt(item('x', { created: 'yesterday' })), '');
    const baselines = [
      item('p', { 's2:processing_baseline': '05.10' }),
      item('q', { 's2:processing_baseline': '04.00' }),
    ];
    assert.deepEqual(
      chooseScenes(baselines).kept.map(({ id }) => id),
      ['p'],
    );
  });

  test('leaves different platforms and moments alone', () => {
    const other = item('b', { platform: 'sentinel-2b' });
    const later = { ...item('c'), datetime: '2022-06-20T10:20:55Z' };
    assert.equal(chooseScenes([item('a'), other, later]).dropped.length, 0);
  });

  test('on the Swiss wheat season never loses a date or a place', {
    skip: sharedData() === undefined && withoutSharedData,
  }, async () => {
    const collection = await openCollection(sharedData('data', 's2-l2a-swiss-wheat-2022') as string);
    const items = await collection.items();
    const { kept, dropped } = chooseScenes(items);
    assert.equal(items.length, 148);
    assert.equal(kept.length + dropped.length, items.length);
    assert.equal(new Set(kept.map(acquisitionKey)).size, new Set(items.map(acquisitionKey)).size);
    // Seven of nine doubles: of the other two the newer one shows only the northern half of the farm.
    assert.equal(dropped.length, 7);
    assert.ok(dropped.every(({ item: { id } }) => !id.includes('N9999')));
    const farms = (list: readonly Item[]) =>
      new Set(list.map((one) => `${acquisitionKey(one)} ${String(one.properties.farm)}`));
    assert.deepEqual(farms(kept), farms(items));
  });
});
