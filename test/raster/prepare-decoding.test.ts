import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decompressBriefly, prepareDecoding } from '../../src/raster/decompress.ts';
import { isLent } from '../../src/raster/inflate.ts';
import { compression as codec } from '../../src/raster/tiff-tags.ts';

test('the program of our own inflates from the first tile where it was made ready', () => {
  const tile = deflateSync(new Uint8Array(1000));
  const isOwn = () => isLent(decompressBriefly(codec.deflate, tile, 1000, 1000, 'tile'));
  assert.ok(!isOwn());
  prepareDecoding(codec.lzw);
  assert.ok(!isOwn());
  prepareDecoding(codec.deflate);
  assert.ok(isOwn());
});
