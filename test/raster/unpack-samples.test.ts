import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DataType } from '../../src/raster/pixels.ts';
import { storedRowBytes } from '../../src/raster/rare-pixels.ts';
import type { ImageLayout } from '../../src/raster/tiff-layout.ts';
import { reverseBits, unpackSamples } from '../../src/raster/unpack-samples.ts';

function layoutOf(width: number, height: number, dataType: DataType, littleEndian = true): ImageLayout {
  const none = new Float64Array(0);
  return {
    url: 'memory:',
    width,
    height,
    bands: 1,
    dataType,
    nodata: undefined,
    littleEndian,
    planar: false,
    compression: 1,
    predictor: 1,
    tileWidth: width,
    tileHeight: height,
    tilesAcross: 1,
    tilesDown: 1,
    tiled: false,
    tileOffsets: none,
    tileByteCounts: none,
    rare: undefined,
  };
}

const typeOf = (bits: number): DataType => (bits < 8 ? 'uint8' : bits < 16 ? 'uint16' : 'uint32');

test('numbers of any odd size come out as they were packed, rows on whole bytes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 31 }).filter((bits) => bits % 8 !== 0),
      fc.array(fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 5, maxLength: 5 }), {
        minLength: 1,
        maxLength: 4,
      }),
      (bits, rows) => {
        const values = rows.map((row) => row.map((value) => value % 2 ** bits));
        const rowBytes = storedRowBytes(5, bits);
        const stored = values.flatMap((row) => {
          const text = row.map((value) => value.toString(2).padStart(bits, '0')).join('');
          const whole = text.padEnd(rowBytes * 8, '0');
          return Array.from({ length: rowBytes }, (_, i) =>
            Number.parseInt(whole.slice(i * 8, i * 8 + 8), 2),
          );
        });
        const type = typeOf(bits);
        const bytes = unpackSamples(Uint8Array.from(stored), layoutOf(5, rows.length, type), bits, 1);
        const Kind = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array }[type as 'uint8'];
        assert.deepEqual([...new Kind(bytes.buffer as ArrayBuffer)], values.flat());
      },
    ),
  );
});

test('every half float is the number that this machine takes it for, in both byte orders', () => {
  const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const little = new Uint8Array(all.buffer);
  const big = Buffer.from(little).swap16();
  const Half = (globalThis as unknown as { Float16Array: new (buffer: ArrayBuffer) => ArrayLike<number> })
    .Float16Array;
  const expected = Float32Array.from(new Half(all.buffer));
  for (const [bytes, order] of [
    [little, true],
    [new Uint8Array(big), false],
  ] as const) {
    const output = unpackSamples(bytes, layoutOf(256, 256, 'float32', order), 16, 1);
    // As lists, for which one NaN is as good as another.
    assert.deepEqual([...new Float32Array(output.buffer as ArrayBuffer)], [...expected]);
  }
});

test('reversed bits are those of the mirrored byte', () => {
  assert.deepEqual(
    [...reverseBits(Uint8Array.of(0b1000_0000, 0b1100_1010, 0xff, 0))],
    [0b0000_0001, 0b0101_0011, 0xff, 0],
  );
});

test('a short last strip leaves the rows behind it empty', () => {
  const bytes = unpackSamples(Uint8Array.of(0xa0, 0x50), layoutOf(2, 3, 'uint8'), 4, 1);
  assert.deepEqual([...bytes], [10, 0, 5, 0, 0, 0]);
});
