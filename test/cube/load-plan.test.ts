import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { type CubeCollection, planLoad } from '../../src/cube/load-plan.ts';
import { BandNotFound, InvalidFile, NoData } from '../../src/errors.ts';

const red: BandAsset = {
  name: 'red',
  commonName: 'red',
  assetKey: 'red',
  href: '/nowhere/red.tif',
  bandIndex: 0,
  dataType: 'uint16',
  nodata: 0,
  scale: 1,
  offset: 0,
  grid: { crs: 'EPSG:4326', transform: [0.1, 0, 9, 0, -0.1, 47], width: 10, height: 10 },
};

function image(day: number, more: Partial<Item> = {}): Item {
  return {
    id: `image ${day}`,
    collection: 'c',
    datetime: `2026-05-0${day}T10:00:00Z`,
    bbox: [9, 46, 10, 47],
    properties: {},
    bands: [red],
    ...more,
  };
}

/** A collection of these images, of whose documents one cannot be read. */
function torn(...items: Item[]): CubeCollection {
  const problems = [{ address: 'torn.json', reason: 'torn.json is not JSON' }];
  return { id: 'c', bands: [{ name: 'red' }], items: async () => items, problems };
}

/** Files of the band are missing, of which the document says nothing. */
const hollow = { bands: [], problems: ['item image 2, band red: there is no file red.tif'] };

describe('images that cannot be read', () => {
  test('are left out beside others, and told: documents, and bands that the request asks for', async () => {
    const told: string[] = [];
    const onUnread = (reasons: readonly string[]) => void told.push(...reasons);
    const plan = await planLoad(torn(image(1), image(2, hollow)), {}, { onUnread });
    assert.equal(plan.planes.length, 1);
    assert.deepEqual(told, [
      'torn.json is not JSON',
      'image 2 has no red: item image 2, band red: there is no file red.tif',
    ]);
    told.length = 0;
    const whole = { ...torn(image(1)), problems: [] };
    await planLoad(whole, {}, { onUnread });
    const other = image(2, { problems: ['item image 2, band blue: there is no file blue.tif'] });
    await planLoad({ ...whole, items: async () => [image(1), other] }, {}, { onUnread });
    assert.deepEqual(told, [], 'a band that nobody asked for is not missing');
  });

  test('are an error where nothing is left, which names the reason', async () => {
    const told: string[] = [];
    const onUnread = (reasons: readonly string[]) => void told.push(...reasons);
    await assert.rejects(
      planLoad(torn(), {}, { onUnread }),
      (error) =>
        error instanceof NoData && /cannot be read \(1\): torn\.json is not JSON/.test(error.message),
    );
    await assert.rejects(
      planLoad({ ...torn(image(2, hollow)), problems: [] }, {}, { onUnread }),
      (error) => error instanceof BandNotFound && /there is no file red\.tif/.test(error.message),
    );
    const items = () => Promise.reject(new InvalidFile('no item of c can be read'));
    await assert.rejects(planLoad({ ...torn(), items }, {}, { onUnread }), InvalidFile);
    assert.deepEqual(told, ['torn.json is not JSON', 'torn.json is not JSON']);
  });
});
