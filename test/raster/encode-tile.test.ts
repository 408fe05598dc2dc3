import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidFile } from '../../src/errors.ts';
import { decompress } from '../../src/raster/decompress.ts';
import { encodeTile } from '../../src/raster/encode-tile.ts';
import { compression as codec } from '../../src/raster/tiff-tags.ts';
import { seededRandom, syntheticBand } from '../support/synthetic-pixels.ts';

for (const compression of ['deflate', 'zstd'] as const)
  test(`one flipped bit of a ${compression} tile is always found`, async () => {
    const side = 32;
    const band = syntheticBand('float32', side, side, 3);
    const options = { compression, predictor: 1, level: 6, tileWidth: side, tileHeight: side } as const;
    const tile = await encodeTile([band], side, side, 0, 0, options);
    const raw = Buffer.from(band.buffer, band.byteOffset, band.byteLength);
    const decode = (bytes: Uint8Array): Uint8Array =>
      decompress(codec[compression], bytes, raw.length, raw.length, 'tile');
    assert.deepEqual(Buffer.from(decode(tile)), raw);
    const random = seededRandom(11);
    for (let round = 0; round < 300; round++) {
      const copy = Uint8Array.from(tile);
      const at = Math.floor(random() * copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      try {
        // A bit that means nothing (a header's hint) may pass, with the right pixels.
        assert.deepEqual(Buffer.from(decode(copy)), raw);
      } catch (error) {
        assert.ok(error instanceof InvalidFile, String(error));
      }
    }
  });
