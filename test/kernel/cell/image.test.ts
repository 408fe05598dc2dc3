import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'fast-png';
import { imageHeader } from '../../../kernel/cell/image.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('the size of an image is that of its header', () => {
  const png = encode({ width: 300, height: 7, data: new Uint8Array(300 * 7 * 4) });
  assert.deepEqual(imageHeader(png), { type: 'image/png', width: 300, height: 7 });
  const gif = hex('47494638 3961 0500 0201 00');
  assert.deepEqual(imageHeader(gif), { type: 'image/gif', width: 5, height: 258 });
  // An APP0 and a table stand in front of the frame header, as in files.
  const jpeg = hex('ffd8 ffe0 0004 0000 ffc4 0003 00 ffc2 0011 08 0123 0456 03 00000000000000000000');
  assert.deepEqual(imageHeader(jpeg), { type: 'image/jpeg', width: 0x456, height: 0x123 });
  const lossy = hex('52494646 00000000 57454250 56503820 00000000 000000 9d012a 6400 3200');
  assert.deepEqual(imageHeader(lossy), { type: 'image/webp', width: 100, height: 50 });
  const lossless = hex('52494646 00000000 57454250 5650384c 00000000 2f 63400c00 0000');
  assert.deepEqual(imageHeader(lossless), { type: 'image/webp', width: 100, height: 50 });
  const extended = hex('52494646 00000000 57454250 56503858 0a000000 00000000 630000 310000');
  assert.deepEqual(imageHeader(extended), { type: 'image/webp', width: 100, height: 50 });
});

test('a cut image has no size, and other bytes are no image', () => {
  const png = encode({ width: 3, height: 3, data: new Uint8Array(36) });
  for (let bytes = 0; bytes < png.length; bytes++) {
    const header = imageHeader(png.subarray(0, bytes));
    assert.equal(header?.type, bytes < 8 ? undefined : 'image/png');
    assert.equal(header?.width, bytes < 24 ? undefined : 3);
  }
  assert.deepEqual(imageHeader(hex('ffd8ffe00000')), { type: 'image/jpeg' });
  for (const other of ['', '00', '25504446', '52494646000000005741564500'])
    assert.equal(imageHeader(hex(other)), undefined);
});
