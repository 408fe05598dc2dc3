import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { InvalidFile } from '../../src/errors.ts';
import { inflate, isLent } from '../../src/raster/inflate.ts';

const MOST_BYTES = 200_000;

/** What `inflate` makes of the data: the bytes, or the reason of its refusal. */
function inflated(bytes: Uint8Array, most = MOST_BYTES): Uint8Array | string {
  try {
    const lent = inflate(bytes, most);
    assert.ok(lent && isLent(lent));
    return Uint8Array.from(lent);
  } catch (error) {
    assert.ok(error instanceof InvalidFile, String(error));
    return error.message;
  }
}

/** The same of zlib, for whom data beyond the bound are refused too. */
function byZlib(bytes: Uint8Array, most = MOST_BYTES): Uint8Array | string {
  try {
    return Uint8Array.from(inflateSync(bytes, { chunkSize: most + 64, maxOutputLength: most }));
  } catch (error) {
    return (error as Error).message;
  }
}

function assertSame(bytes: Uint8Array, what: string, most = MOST_BYTES): 'accepted' | 'refused' {
  const [got, expected] = [inflated(bytes, most), byZlib(bytes, most)];
  const verdict = (answer: Uint8Array | string) => (typeof answer === 'string' ? 'refused' : 'accepted');
  assert.equal(verdict(got), verdict(expected), `${what}: ${got}; zlib: ${expected}`);
  if (typeof got !== 'string' && typeof expected !== 'string')
    assert.ok(Buffer.compare(got, expected) === 0, `${what}: other bytes`);
  return verdict(got);
}

/** Numbers from 0 up to 1, the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes of several kinds: noise, differences of 16-bit pixels, runs, copies from any distance. */
function sample(kind: number, length: number, random: () => number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; ) {
    const copies = kind === 3 && i > 0 && random() < 0.4;
    if (copies) {
      const distance = Math.min(i, Math.ceil(2 ** (random() * 15)));
      const end = Math.min(length, i + 3 + Math.floor(random() ** 4 * 600));
      for (; i < end; i++) bytes[i] = bytes[i - distance] as number;
    } else if (kind === 1) {
      const difference = Math.round((random() + random() + random() - 1.5) * 40);
      bytes[i++] = difference;
      if (i < length) bytes[i++] = difference >> 8;
    } else if (kind === 2) {
      const end = Math.min(length, i + Math.ceil(random() * 300));
      bytes.fill(random() * 4, i, end);
      i = end;
    } else bytes[i++] = random() * 256;
  }
  return bytes;
}

const strategies = {
  default: constants.Z_DEFAULT_STRATEGY,
  filtered: constants.Z_FILTERED,
  huffman: constants.Z_HUFFMAN_ONLY,
  runs: constants.Z_RLE,
  fixed: constants.Z_FIXED,
};

function compressed(random: () => number, most = 70_000): Uint8Array {
  const length = Math.floor(random() ** 3 * most);
  const names = Object.keys(strategies) as (keyof typeof strategies)[];
  const name = names[Math.floor(random() * names.length)] ?? 'default';
  return deflateSync(sample(Math.floor(random() * 4), length, random), {
    level: Math.floor(random() * 10),
    strategy: strategies[name],
    windowBits: 9 + Math.floor(random() * 7),
    memLevel: 1 + Math.floor(random() * 9),
  });
}

/** Writes bits as RFC 1951 packs them; `raw` closes them with zlib's header and the checksum of `content`. */
class Bits {
  readonly #bits: number[] = [];

  /** A number, its lowest bit first. */
  number(value: number, count: number): this {
    for (let i = 0; i < count; i++) this.#bits.push(i < 32 ? (value >> i) & 1 : 0);
    return this;
  }

  /** A code, its first bit first. */
  code(text: string): this {
    for (const bit of text) this.#bits.push(Number(bit));
    return this;
  }

  zlib(content: Uint8Array): Uint8Array {
    const body = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [i, bit] of this.#bits.entries()) body[i >> 3] = (body[i >> 3] as number) | (bit << (i & 7));
    return Uint8Array.from([0x78, 0x9c, ...body, ...deflateSync(content).subarray(-4)]);
  }
}

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The head of a dynamic block, the last one or behind `bits`, whose codes have these lengths, told with codes of four bits for 0 to 15. */
function dynamicHead(
  literals: readonly number[],
  distances: readonly number[],
  bits = new Bits().number(1, 1),
): Bits {
  bits
    .number(2, 2)
    .number(literals.length - 257, 5)
    .number(distances.length - 1, 5)
    .number(15, 4);
  for (const symbol of lengthOrder) bits.number(symbol < 16 ? 4 : 0, 3);
  for (const length of [...literals, ...distances]) bits.code(length.toString(2).padStart(4, '0'));
  return bits;
}

function lengthsOf(count: number, given: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: count }, (_, symbol) => given[symbol] ?? 0);
}

describe('inflating a tile', () => {
  test('gives what went in, of every kind, level, strategy, window and length', () => {
    const random = randomFrom(1);
    for (let round = 0; round < 400; round++)
      assert.equal(assertSame(compressed(random), `round ${round}`), 'accepted');
  });

  test('gives what went in at every small length', () => {
    const random = randomFrom(2);
    for (let length = 0; length < 400; length++) {
      const bytes = sample(length % 4, length, random);
      const packed = deflateSync(bytes, { level: length % 10 });
      assert.deepEqual(inflated(packed, length), bytes, `length ${length}`);
    }
  });

  test('copies from every kind of distance, overlapping or not', () => {
    const random = randomFrom(3);
    const distances = [...Array.from({ length: 66 }, (_, i) => i + 1), 255, 256, 257, 32506, 32767, 32768];
    for (const distance of distances)
      for (const length of [3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 257, 258, 259, 1000]) {
        // A byte before, as zlib does not match the very first one.
        const bytes = new Uint8Array(1 + distance + length + 40);
        bytes.set(sample(0, 1 + distance, random));
        for (let i = 1 + distance; i < 1 + distance + length; i++) bytes[i] = bytes[i - distance] as number;
        bytes.set(sample(0, 40, random), 1 + distance + length);
        assert.deepEqual(inflated(deflateSync(bytes)), bytes, `distance ${distance}, length ${length}`);
      }
  });

  test('judges damaged data as zlib does', () => {
    const random = randomFrom(4);
    const verdicts = { accepted: 0, refused: 0 };
    for (let round = 0; round < 600; round++) {
      const bytes = Uint8Array.from(compressed(random, 3000));
      const at = Math.floor(random() * bytes.length);
      const kind = round % 4;
      const mutant =
        kind === 0
          ? bytes.subarray(0, at)
          : kind === 1
            ? Uint8Array.from([...bytes.subarray(0, at), random() * 256, ...bytes.subarray(at)])
            : bytes;
      if (kind > 1) bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
      verdicts[assertSame(mutant, `round ${round}, kind ${kind}, byte ${at}`)]++;
    }
    assert.ok(verdicts.refused > 500);
  });

  test('refuses data that hold more than the tile, and takes those that hold as much', () => {
    const random = randomFrom(5);
    for (const kind of [0, 1, 2, 3])
      for (const length of [1, 100, 20_000, 70_000]) {
        const packed = deflateSync(sample(kind, length, random));
        assert.equal(assertSame(packed, `${length} bytes`, length), 'accepted');
        assert.equal(inflated(packed, length - 1), 'more data than the tile holds');
        assert.equal(assertSame(packed, `${length} bytes`, Math.ceil(length / 2) - 1), 'refused');
      }
  });

  test('passes over bytes behind the end, as zlib does', () => {
    const packed = deflateSync(new Uint8Array(1000));
    assert.equal(assertSame(Uint8Array.from([...packed, 1, 2, 3]), 'three bytes more'), 'accepted');
  });

  test('takes fixed and own codes in turn, each block by its own', () => {
    const fixed = (bits: Bits, final: number, letters: string): Bits => {
      bits.number(final, 1).number(1, 2);
      for (const letter of Buffer.from(letters)) bits.code((0x30 + letter).toString(2).padStart(8, '0'));
      return bits.code('0000000');
    };
    const long = 'some pixels '.repeat(500);
    const own = lengthsOf(257, { 65: 1, 256: 1 });
    const bits = fixed(fixed(fixed(new Bits(), 0, 'one'), 0, long), 0, 'two').number(0, 1);
    dynamicHead(own, [0], bits).code('001');
    fixed(fixed(bits, 0, 'three'), 1, long);
    const whole = Buffer.from(`one${long}twoAAthree${long}`);
    const packed = bits.zlib(whole);
    assert.deepEqual(Buffer.from(inflated(packed)), whole);
    assertSame(packed, 'blocks of both kinds');
  });

  test('a tile of nothing but empty blocks takes no longer than with zlib by far', () => {
    const bytes = 3_000_000;
    // A block is 10 bits, so four of them are five bytes.
    const four = [0b00000010, 0b00001000, 0b00100000, 0b10000000, 0b00000000];
    const last = new Bits().number(3, 3).code('0000000').zlib(new Uint8Array(0));
    const packed = Buffer.concat([
      last.subarray(0, 2),
      Buffer.alloc(bytes, Buffer.from(four)),
      last.subarray(2),
    ]);
    const milliseconds = (work: () => unknown): number => {
      const start = performance.now();
      work();
      return performance.now() - start;
    };
    assert.equal(assertSame(packed, 'empty blocks', bytes), 'accepted');
    const zlib = milliseconds(() => byZlib(packed, bytes));
    const own = milliseconds(() => inflated(packed, bytes));
    assert.ok(own < zlib * 20 + 100, `${own} ms, zlib ${zlib} ms`);
  });

  test('tells a wrong checksum, a short one and a wrong head', () => {
    const packed = Uint8Array.from(deflateSync(sample(1, 5000, randomFrom(6))));
    const changed = (at: number, value: number): Uint8Array =>
      packed.map((byte, i) => (i === at ? value : byte));
    const cases = new Map([
      [changed(packed.length - 1, (packed.at(-1) ?? 0) ^ 1), 'incorrect data check'],
      [packed.subarray(0, -1), 'unexpected end of file'],
      [packed.subarray(0, 1), 'unexpected end of file'],
      [new Uint8Array(0), 'unexpected end of file'],
      [changed(0, 0x79), 'incorrect header check'],
      [Uint8Array.from([0x77, 0x85, 3, 0]), 'unknown compression method'],
      [Uint8Array.from([0x88, 0x1c, 3, 0]), 'invalid window size'],
      [Uint8Array.from([0x78, 0xbb, 0, 0, 0, 1, 3, 0]), 'Missing dictionary'],
    ]);
    for (const [bytes, reason] of cases) {
      assert.equal(inflated(bytes), reason);
      assert.equal(byZlib(bytes), reason);
    }
  });

  test('takes and refuses unusual codes as zlib does', () => {
    const end = lengthsOf(257, { 256: 1 });
    const letter = Uint8Array.of(65);
    const nothing = new Uint8Array(0);
    const two = lengthsOf(257, { 65: 1, 256: 1 });
    const match = lengthsOf(258, { 65: 1, 256: 2, 257: 2 });
    const four = Uint8Array.of(65, 65, 65, 65);
    const long = {
      65: 1,
      256: 2,
      ...Object.fromEntries(Array.from({ length: 13 }, (_, i) => [i, i + 3])),
      13: 15,
    };
    const cases: readonly (readonly [name: string, bytes: Uint8Array, reason: string | undefined])[] = [
      ['only an end', dynamicHead(end, [0]).code('0').zlib(nothing), undefined],
      [
        'the unused half of a lone code',
        dynamicHead(end, [0]).code('1').zlib(nothing),
        'invalid literal/length code',
      ],
      ['no distances', dynamicHead(two, [0]).code('01').zlib(letter), undefined],
      [
        'a match without distances',
        dynamicHead(match, [0]).code('0110').code('10').zlib(four),
        'invalid distance code',
      ],
      ['one distance', dynamicHead(match, [1]).code('011010').zlib(four), undefined],
      [
        'the unused half of one distance',
        dynamicHead(match, [1]).code('011110').zlib(four),
        'invalid distance code',
      ],
      ['one long distance', dynamicHead(match, [2]).code('0110010').zlib(four), 'invalid distances set'],
      ['too many distances', dynamicHead(two, [1, 1, 1]).code('01').zlib(letter), 'invalid distances set'],
      [
        'too few letters',
        dynamicHead(lengthsOf(257, { 65: 2, 256: 2 }), [0]).zlib(letter),
        'invalid literal/lengths set',
      ],
      [
        'too many letters',
        dynamicHead(lengthsOf(257, { 1: 1, 65: 1, 256: 2 }), [0]).zlib(letter),
        'invalid literal/lengths set',
      ],
      [
        'no end',
        dynamicHead(lengthsOf(257, { 64: 1, 65: 1 }), [0]).zlib(letter),
        'invalid code -- missing end-of-block',
      ],
      [
        'too many symbols',
        dynamicHead(lengthsOf(287, { 65: 1, 256: 1 }), [0]).zlib(letter),
        'too many length or distance symbols',
      ],
      ['too far back', dynamicHead(match, [0, 1]).code('011010').zlib(four), 'invalid distance too far back'],
      [
        'codes of fifteen bits',
        dynamicHead(lengthsOf(257, long), [0])
          .code('111111111111110')
          .code('111111111111111')
          .code('0')
          .code('10')
          .zlib(Uint8Array.of(12, 13, 65)),
        undefined,
      ],
      ['block of no type', new Bits().number(7, 3).zlib(nothing), 'invalid block type'],
      [
        'stored, of two lengths',
        new Bits().number(1, 8).number(1, 16).number(1, 16).number(65, 8).zlib(letter),
        'invalid stored block lengths',
      ],
      [
        'a fixed code of no meaning',
        new Bits().number(3, 3).code('11000110').zlib(nothing),
        'invalid literal/length code',
      ],
      [
        'a fixed distance of no meaning',
        new Bits().number(3, 3).code('01110001').code('0000001').code('11110').code('0000000').zlib(four),
        'invalid distance code',
      ],
      [
        'a distance too many',
        dynamicHead(two, lengthsOf(31, { 0: 1, 30: 1 }))
          .code('01')
          .zlib(letter),
        'too many length or distance symbols',
      ],
      [
        'no codes of lengths',
        new Bits().number(5, 17).number(0, 12).number(0, 300).zlib(nothing),
        'invalid code -- missing end-of-block',
      ],
      [
        'a repeat of nothing',
        new Bits().number(1, 1).number(2, 2).number(0, 14).number(0x9, 12).code('0').zlib(nothing),
        'invalid bit length repeat',
      ],
    ];
    for (const [name, bytes, reason] of cases) {
      const [got, expected] = [inflated(bytes), byZlib(bytes)];
      assert.equal(typeof expected === 'string' ? expected : undefined, reason, `${name}, zlib`);
      // Where zlib would read the lengths of all codes as 0, and then miss the end's.
      const own = name === 'no codes of lengths' ? 'invalid code lengths set' : reason;
      assert.equal(typeof got === 'string' ? got : undefined, own, name);
      assertSame(bytes, name);
    }
  });
});
