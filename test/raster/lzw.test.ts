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

/** LZW by the book, one clear code at the start only: when all 4096 codes are given, it goes on with those. */
function encodeWithoutClearing(bytes: Uint8Array): Uint8Array {
  const table = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) table.set(String.fromCharCode(byte), byte);
  let bits = (256).toString(2).padStart(9, '0');
  let next = 258;
  let width = 9;
  let text = '';
  const put = (string: string): void => {
    bits += (table.get(string) ?? 0).toString(2).padStart(width, '0');
  };
  for (const byte of bytes) {
    const longer = text + String.fromCharCode(byte);
    if (table.has(longer)) {
      text = longer;
      continue;
    }
    put(text);
    if (next < 4096) table.set(longer, next++);
    // The reader is one entry behind, and the code grows one early (TIFF 6.0 section 13).
    if (next >= 1 << width && width < 12) width++;
    text = String.fromCharCode(byte);
  }
  put(text);
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (eight) => Number.parseInt(eight.padEnd(8, '0'), 2));
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

  test('a table that is full and never cleared stays as it is', () => {
    const random = seededRandom(5);
    const bytes = new Uint8Array(60_000).map(() => Math.floor(random() * 6));
    assert.deepEqual(decodeLzw(encodeWithoutClearing(bytes), bytes.length), bytes);
    assert.equal(decodeLzw(encodeWithoutClearing(bytes), bytes.length - 1), undefined);
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
