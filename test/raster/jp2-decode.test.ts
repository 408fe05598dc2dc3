import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidFile, LimitExceeded } from '../../src/errors.ts';
import { decodeTile, type TileDecoding } from '../../src/raster/jp2-decode.ts';

/** A tile of one pixel that ends at so many samples from the origin; its codestream is none. */
function tileEndingAt(samples: number): TileDecoding {
  return {
    ...{ stream: new Uint8Array(100), where: 'a test, tile 9', reduce: 0, width: 1, height: 1 },
    ...{ right: samples, bottom: 1, bits: [8], signed: false, wanted: [0] },
  };
}

test('a tile that the memory of the codec cannot hold is told, and the next one finds the codec whole', async () => {
  // Just under 2 GiB with what is held already, beyond them, and beyond what 32 bits count.
  for (const samples of [2 ** 29 - 2 ** 20 - 100, 2 ** 29 + 2 ** 28, 2 ** 30 + 2 ** 20]) {
    await assert.rejects(
      decodeTile(tileEndingAt(samples)),
      (error) =>
        error instanceof LimitExceeded &&
        error.message.includes(
          `a test, tile 9: the JPEG 2000 codec has no memory for a tile that ends at ${samples} x 1`,
        ),
      `${samples} samples`,
    );
    await assert.rejects(decodeTile(tileEndingAt(1000)), InvalidFile);
  }
});
