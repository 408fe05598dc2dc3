import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decode } from 'fast-png';
import { InvalidArgument } from '../../src/errors.ts';
import { colorMap, colorMapNames } from '../../src/raster/color-maps.ts';
import { encodePng } from '../../src/raster/encode-png.ts';
import { seededRandom } from '../support/synthetic-pixels.ts';

describe('PNG', () => {
  for (const channels of [1, 2, 3, 4] as const)
    test(`${channels} channels come back from another decoder`, () => {
      const random = seededRandom(channels);
      const data = new Uint8Array(37 * 21 * channels).map(() => Math.floor(random() * 256));
      const image = decode(encodePng({ width: 37, height: 21, data, channels }));
      assert.deepEqual([image.width, image.height, image.channels, image.depth], [37, 21, channels, 8]);
      assert.deepEqual(new Uint8Array(image.data), data);
    });

  test('sizes that do not fit are refused', () => {
    for (const [width, height, length] of [
      [0, 1, 0],
      [2, 2, 15],
      [1.5, 2, 12],
    ] as const)
      assert.throws(() => encodePng({ width, height, data: new Uint8Array(length) }), InvalidArgument);
  });
});

describe('colour maps', () => {
  test('each has 256 colours of its own and even steps', () => {
    for (const name of colorMapNames()) {
      const map = colorMap(name);
      assert.equal(map.length, 768);
      for (let i = 3; i < 768; i++)
        assert.ok(Math.abs((map[i] as number) - (map[i - 3] as number)) <= 12, `${name} jumps at ${i / 3}`);
    }
    assert.equal(new Set(colorMapNames().map((name) => colorMap(name).join())).size, colorMapNames().length);
  });

  test('gray is the value itself; dense vegetation is greener than soil', () => {
    assert.deepEqual([...colorMap('gray').subarray(300, 303)], [100, 100, 100]);
    const ndvi = colorMap('ndvi');
    assert.ok((ndvi[765 + 1] as number) > (ndvi[765] as number));
    assert.ok((ndvi[1] as number) < (ndvi[0] as number));
  });

  test('an unknown name is refused with the known ones, also names of objects', () => {
    for (const name of ['jet', 'constructor', '__proto__'])
      assert.throws(
        () => colorMap(name),
        (error) => error instanceof InvalidArgument && /ndvi/.test(error.message),
      );
  });
});
