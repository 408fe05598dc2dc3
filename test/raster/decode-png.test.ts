import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { InvalidFile, LimitExceeded } from '../../src/errors.ts';
import { decodePng } from '../../src/raster/decode-png.ts';
import { encodePng } from '../../src/raster/encode-png.ts';

/** RGBA of samples of 1 to 4 channels. */
function spread(data: ArrayLike<number>, channels: number, shift: number): Uint8Array {
  const pixels = data.length / channels;
  const rgba = new Uint8Array(pixels * 4);
  for (let i = 0; i < pixels; i++) {
    const at = (channel: number) => (data[i * channels + channel] ?? 0) >> shift;
    const gray = channels <= 2;
    rgba.set([at(0), at(gray ? 0 : 1), at(gray ? 0 : 2)], 4 * i);
    rgba[4 * i + 3] = channels % 2 === 0 ? at(channels - 1) : 255;
  }
  return rgba;
}

test('pictures that another encoder wrote: gray, RGB and with alpha, of 8 and 16 bits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(1, 2, 3, 4),
      fc.constantFrom(8, 16),
      fc.integer(),
      (width, height, channels, depth, seed) => {
        const values = Array.from({ length: width * height * channels }, (_, i) =>
          Math.abs((seed + i * i * 7919) % 2 ** depth),
        );
        const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
        const png = encode({ width, height, channels, depth: depth as 8 | 16, data });
        const picture = decodePng(png, 'test');
        assert.deepEqual([picture.width, picture.height], [width, height]);
        assert.deepEqual(picture.rgba, spread(data, channels, depth - 8));
      },
    ),
    { numRuns: 60 },
  );
});

test('our own pictures, and palettes of few bits with transparent colours', () => {
  const data = Uint8Array.from({ length: 48 }, (_, i) => i * 5);
  assert.deepEqual(decodePng(encodePng({ width: 4, height: 3, data }), 'test').rgba, data);
  const chunks = [
    ['IHDR', [0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0, 0, 0]],
    ['PLTE', [10, 20, 30, 40, 50, 60, 70, 80, 90]],
    ['tRNS', [255, 0]],
    // 0, 1, 2 in two bits each, behind the row's filter.
    ['IDAT', [...deflateSync(Uint8Array.of(0, 0b00011000))]],
    ['IEND', []],
  ] as const;
  const parts = chunks.flatMap(([type, content]) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return [length, Buffer.from(type), Buffer.from(content), Buffer.alloc(4)];
  });
  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...parts]);
  const { rgba } = decodePng(png, 'test');
  assert.deepEqual([...rgba], [10, 20, 30, 255, 40, 50, 60, 0, 70, 80, 90, 255]);
});

test('damaged pictures are told as such, whatever byte is wrong, and huge ones are not begun', () => {
  const png = encodePng({ width: 20, height: 20, data: new Uint8Array(1600).fill(77) });
  for (let i = 0; i < png.length; i++) {
    const wrong = Uint8Array.from(png);
    wrong[i] = (wrong[i] ?? 0) ^ 0xff;
    try {
      const { width, height, rgba } = decodePng(wrong, 'test');
      assert.equal(rgba.length, width * height * 4);
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error, `byte ${i}: ${String(error)}`);
    }
    assert.throws(() => decodePng(png.subarray(0, Math.min(i, png.length - 40)), 'test'), InvalidFile);
  }
  const huge = Buffer.from(png);
  huge.writeUInt32BE(2 ** 30, 16);
  huge.writeUInt32BE(2 ** 30, 20);
  assert.throws(() => decodePng(huge, 'test'), LimitExceeded);
});
