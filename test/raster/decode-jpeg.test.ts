import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidFile, Unsupported } from '../../src/errors.ts';
import { decodeJpeg } from '../../src/raster/decode-jpeg.ts';
import type { JpegTile } from '../../src/raster/tiff-codec-tasks.ts';

// One code for each table: DC '0' is a difference of one bit, AC '0' the end of the block. A block is '0', a bit, '0'.
const dc = [0xff, 0xc4, 0, 20, 0x00, 1, ...Array(15).fill(0), 1];
const ac = [0xff, 0xc4, 0, 20, 0x10, 1, ...Array(15).fill(0), 0];
/** Steps of 8 in the first coefficient are steps of 1 in the samples. */
const quantization = [0xff, 0xdb, 0, 67, 0, ...Array(64).fill(8)];
const UP = 0b010;
const DOWN = 0b000;

function frame(size: number, components: readonly number[], kind = 0xc0, bits = 8): number[] {
  const each = components.flatMap((factors, i) => [i + 1, factors, 0]);
  return [0xff, kind, 0, 8 + each.length, bits, 0, size, 0, size, components.length, ...each];
}

function scan(components: readonly number[]): number[] {
  const each = components.flatMap((id) => [id, 0]);
  return [0xff, 0xda, 0, 6 + each.length, components.length, ...each, 0, 63, 0];
}

/** Blocks packed into bytes, filled up with ones. */
function blocks(...all: readonly number[]): number[] {
  const text = all.map((block) => block.toString(2).padStart(3, '0')).join('');
  const whole = text.padEnd(Math.ceil(text.length / 8) * 8, '1');
  return Array.from({ length: whole.length / 8 }, (_, i) =>
    Number.parseInt(whole.slice(i * 8, i * 8 + 8), 2),
  );
}

function tile(
  size: number,
  samples: number,
  bytes: readonly number[],
  more: Partial<JpegTile> = {},
): JpegTile {
  const whole = Uint8Array.from([0xff, 0xd8, ...bytes, 0xff, 0xd9]);
  const layout = {
    bytes: whole,
    width: size,
    height: size,
    needed: size,
    samples,
    dataType: 'uint8' as const,
  };
  return { ...layout, where: 'a test', tables: undefined, ycbcr: false, ...more };
}

const tables = [...quantization, ...dc, ...ac];
const firsts = (pixels: Uint8Array, places: readonly number[]): number[] =>
  places.map((at) => pixels[at] ?? -1);

test('each block differs from the one before it, also behind a restart', () => {
  const one = tile(16, 1, [...tables, ...frame(16, [0x11]), ...scan([1]), ...blocks(UP, UP, UP, DOWN)]);
  assert.deepEqual(firsts(decodeJpeg(one), [0, 8, 128, 136]), [129, 130, 131, 130]);
  const interval = [0xff, 0xdd, 0, 4, 0, 2];
  const entropy = [...blocks(UP, UP), 0xff, 0xd0, ...blocks(UP, DOWN)];
  const restarted = tile(16, 1, [...tables, ...interval, ...frame(16, [0x11]), ...scan([1]), ...entropy]);
  assert.deepEqual(firsts(decodeJpeg(restarted), [0, 8, 128, 136]), [129, 130, 129, 128]);
});

test('components may come in scans of their own, and their tables from a tag', () => {
  const three = [scan([1]), blocks(UP), scan([2]), blocks(DOWN), scan([3]), blocks(UP)].flat();
  const stream = [...frame(8, [0x11, 0x11, 0x11]), ...three];
  const own = Uint8Array.from([0xff, 0xd8, ...tables, 0xff, 0xd9]);
  assert.deepEqual(firsts(decodeJpeg(tile(8, 3, stream, { tables: own })), [0, 1, 2]), [129, 127, 129]);
  assert.throws(() => decodeJpeg(tile(8, 3, stream)), InvalidFile);
});

test('a component of a quarter of the width is enlarged to it', () => {
  const order = blocks(UP, UP, UP, UP, DOWN);
  const wide = tile(32, 2, [...tables, ...frame(32, [0x41, 0x11]), ...scan([1, 2]), ...order], {
    height: 32,
    needed: 8,
  });
  const flat = { ...wide, height: 32, bytes: wide.bytes.slice() };
  // Eight rows of 32 pixels: four blocks beside each other, and one for all of them.
  flat.bytes[2 + tables.length + 6] = 8;
  const pixels = decodeJpeg(flat);
  assert.deepEqual(firsts(pixels, [0, 16, 32, 48]), [129, 130, 131, 132]);
  assert.ok([1, 15, 31, 63].every((at) => pixels[at] === 127));
});

test('what is not read is refused by its kind', () => {
  const refusal = (kind: number, bits: number) => () =>
    decodeJpeg(tile(8, 1, [...tables, ...frame(8, [0x11], kind, bits), ...scan([1]), ...blocks(UP)]));
  assert.throws(refusal(0xc2, 8), (error) => error instanceof Unsupported && /SOF2/.test(error.message));
  assert.throws(refusal(0xc1, 12), (error) => error instanceof Unsupported && /12 bits/.test(error.message));
});

test('a picture of another size or number of components is damage', () => {
  const grey = [...tables, ...frame(8, [0x11]), ...scan([1]), ...blocks(UP)];
  assert.throws(() => decodeJpeg(tile(16, 1, grey)), /8 x 8 pixels and 1 components in a tile of 16 x 16/);
  assert.throws(() => decodeJpeg(tile(8, 3, grey)), InvalidFile);
  assert.throws(() => decodeJpeg(tile(8, 1, grey.slice(0, -1))), InvalidFile);
});
