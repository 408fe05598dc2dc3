import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeLzw } from '../../src/raster/lzw-decode.ts';
import { encodeLzw } from '../../src/raster/lzw-encode.ts';
import { decodePackbits } from '../../src/raster/packbits.ts';
import { seededRandom } from '../support/synthetic-pixels.ts';

function there(bytes: Uint8Array): Uint8Array {
  return decodeLzw(encodeLzw(bytes), bytes.length) ?? new Uint8Array(0);
}

describe('LZW', () => {
  test('the example of the TIFF 6.0 specification, section 13', () => {
    // Codes 256 7 258 8 8 258 6 6 257 of nine bits.
    assert.deepEqual(
      there(Uint8Array.of(7, 7, 7, 8, 8, 7, 7, 6, 6)),
      Uint8Array.of(7, 7, 7, 8, 8, 7, 7, 6, 6),
    );
    assert.deepEqual(
      encodeLzw(Uint8Array.of(7, 7, 7, 8, 8, 7, 7, 6, 6)).slice(0, 3),
      Uint8Array.of(0x80, 0x01, 0xe0),
    );
  });

  test('any bytes come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => assert.deepEqual(there(bytes), bytes)),
    );
  });

  test('long texts pass full tables, runs and noise alike', () => {
    const random = seededRandom(3);
    for (const levels of [1, 2, 5, 40, 256]) {
      const bytes = new Uint8Array(300_000).map(() => Math.floor(random() * levels));
      assert.deepEqual(there(bytes), bytes);
    }
  });

  test('damaged codes never write beyond the output', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(500), (bytes, most) => {
        assert.ok((decodeLzw(bytes, most)?.length ?? 0) <= most);
      }),
    );
  });
});

test('PackBits: the example of the TIFF 6.0 specification, section 9, and damaged runs', () => {
  const packed = Uint8Array.of(
    0xfe,
    0xaa,
    0x02,
    0x80,
    0x00,
    0x2a,
    0xfd,
    0xaa,
    0x03,
    0x80,
    0x00,
    0x2a,
    0x22,
    0xf7,
    0xaa,
  );
  const output = new Uint8Array(24);
  assert.equal(decodePackbits(packed, output), 24);
  assert.equal(Buffer.from(output).toString('hex'), `aaaaaa80002aaaaaaaaa80002a22${'aa'.repeat(10)}`);
  assert.equal(decodePackbits(packed, new Uint8Array(23)), -1);
  assert.equal(decodePackbits(Uint8Array.of(0x05, 0x01), output), -1);
  assert.equal(decodePackbits(Uint8Array.of(0x81), output), -1);
});
