import { type I32, i32, i64, type Local, type Statement, type Variable, type WasmCode } from './wasm-code.ts';

/** Why data cannot be inflated: what the program gives instead of a length, with zlib's words for it. */
export const inflateFaults = {
  truncated: { code: -1, reason: 'unexpected end of file' },
  tooLong: { code: -2, reason: 'more data than the tile holds' },
  blockType: { code: -3, reason: 'invalid block type' },
  storedLength: { code: -4, reason: 'invalid stored block lengths' },
  tooMany: { code: -5, reason: 'too many length or distance symbols' },
  lengthCode: { code: -6, reason: 'invalid code lengths set' },
  repeat: { code: -7, reason: 'invalid bit length repeat' },
  endless: { code: -8, reason: 'invalid code -- missing end-of-block' },
  literalCode: { code: -9, reason: 'invalid literal/lengths set' },
  distanceCode: { code: -10, reason: 'invalid distances set' },
  literal: { code: -11, reason: 'invalid literal/length code' },
  distance: { code: -12, reason: 'invalid distance code' },
  tooFar: { code: -13, reason: 'invalid distance too far back' },
  checksum: { code: -14, reason: 'incorrect data check' },
} as const;

/** Bits that the tables of the three codes decode at once; longer codes go on in tables behind. */
export const tableBits = { lengths: 7, literals: 12, distances: 8 } as const;

/*
 * Entries of the tables, 32-bit words. All: bits 0-5 the bits to drop, extra bits of lengths and distances included.
 * Literals and lengths: 6-7 how many literals (first in 8-15, second in 16-23); 16-24 the base of a match's length;
 * 25-28 the bits of the codes by themselves; 29 a match's length follows the literals.
 * Distances: 8-12 the bits of the code by itself and two more, 16-22 the place of the symbol's word in `distances`.
 * Lengths of codes: 16-20 the symbol.
 */
export const LITERAL = 1 << 6;
export const MATCH = 1 << 29;
/** The length has extra bits. */
export const EXTRA = 1 << 31;
/** No literal and no length, with one of the three below. */
export const SPECIAL = 1 << 30;
/** In entries of distances. */
export const SPECIAL_DISTANCE = 1 << 31;
/** The rest of the code stands in a table behind: 16-28 its first word, 8-11 its bits. */
export const BEHIND = 1 << 12;
export const END = 1 << 13;
export const INVALID = 1 << 14;

/** Places in memory, in bytes. */
export const place = {
  literalSymbols: 0,
  distanceSymbols: 1152,
  /** Words by symbol: base in the lower half, mask of the extra bits in the upper. */
  distances: 1280,
  lengthSymbols: 1408,
  lengthOrder: 1488,
  counts: 1536,
  offsets: 1600,
  sorted: 1664,
  lengths: 2304,
  inputLimit: 2688,
  turnEnd: 2692,
  lengthTable: 3072,
  distanceTable: 4096,
  literalTable: 8192,
  output: 40960,
} as const;
/** The buffer holds no more: an input read by more past its end has given bits that it does not have. */
export const PAST_BYTES = 8;
/** Of zeros behind the input, and of any content behind the output: so far the program reads and writes ahead. */
export const SLACK_BYTES = 320;

/** Where each function begins and what it leaves behind: the stream's state between them. */
export interface Stream {
  /** The next bits, two places up: masked they are the place of a word in a table. */
  readonly buffer: Variable<'i64'>;
  /** In its lower six bits, two more than are in `buffer` for certain. */
  readonly bits: Variable<'i64'>;
  readonly input: Variable<'i32'>;
  readonly output: Variable<'i32'>;
  readonly inputEnd: Variable<'i32'>;
  readonly outputEnd: Variable<'i32'>;
}

export function streamOf(module: WasmCode): Stream {
  return {
    buffer: module.global('i64'),
    bits: module.global('i64'),
    input: module.global('i32'),
    output: module.global('i32'),
    inputEnd: module.global('i32'),
    outputEnd: module.global('i32'),
  };
}

/** The bits of a stream in variables of one function. */
export class BitReader {
  readonly buffer: Variable<'i64'>;
  readonly bits: Variable<'i64'>;
  readonly input: Variable<'i32'>;
  readonly #stream: Stream;

  constructor(local: Local, stream: Stream) {
    this.buffer = local('i64');
    this.bits = local('i64');
    this.input = local('i32');
    this.#stream = stream;
  }

  begin(): Statement[] {
    const { buffer, bits, input } = this.#stream;
    return [this.buffer.set(buffer), this.bits.set(bits), this.input.set(input)];
  }

  end(): Statement[] {
    const { buffer, bits, input } = this.#stream;
    return [buffer.set(this.buffer), bits.set(this.bits), input.set(this.input)];
  }

  /** At least 54 bits, the input's 8 bytes ahead read or not. */
  refill(): Statement[] {
    const { buffer, bits, input } = this;
    return [
      buffer.set(i64.or(buffer, i64.shl(i64.load(input), bits))),
      input.set(i32.add(input, i32.and(i32.shr(i32.xor(i32.wrap(bits), 63), 3), 7))),
      bits.set(i64.or(bits, 56n)),
    ];
  }

  /** The next `count` bits, at most 30. */
  value(count: number): I32 {
    return i32.and(i32.shr(i32.wrap(this.buffer), 2), 2 ** count - 1);
  }

  /** The lower six bits of `count` bits are gone. */
  drop(count: Parameters<typeof i64.sub>[1]): Statement[] {
    return [this.buffer.set(i64.shr(this.buffer, count)), this.bits.set(i64.sub(this.bits, count))];
  }

  /** Behind the last byte of which a bit was dropped. */
  place(): I32 {
    return i32.sub(this.input, i32.shr(i32.sub(i32.and(i32.wrap(this.bits), 63), 2), 3));
  }

  /** Whether bits were dropped that the input does not have, by so many that reading on could leave the slack. */
  isPast(): I32 {
    return i32.more(this.input, i32.add(this.#stream.inputEnd, PAST_BYTES));
  }
}
