const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const TABLE = 4096;
const FIRST_WIDTH = 9;
const LAST_WIDTH = 12;
/** The single bytes stand before the output, so that every code is a place in one array and no branch tells them apart. */
const LITERALS = 256;
/** Strings are copied in words of four bytes; those too many are overwritten by the next string. */
const WORD = 4;
/** Longer strings leave the inner loop for a native copy. */
const SHORT_STRING = 16;
/** The length of a code that has no string: it leaves the inner loop too. */
const NO_STRING = 1 << 30;
/** Places in bits stay small integers: the source is looked at from a later byte before they grow further. */
const MOST_BITS = 1 << 28;

const starts = new Int32Array(TABLE);
const lengths = new Int32Array(TABLE).fill(NO_STRING);
for (let byte = 0; byte < LITERALS; byte++) {
  starts[byte] = byte;
  lengths[byte] = 1;
}

/** What goes in and out of the inner loop; `code` is one that it left to the caller, or -1. */
const at = { bit: 0, next: 0, written: 0, before: 0, code: 0 };

/**
 * TIFF's LZW (TIFF 6.0 section 13: most significant bit first, code width grown one code early). Gives the decoded bytes,
 * or undefined when a code is impossible or they are more than `most` (below 2^30); a missing end code is common and
 * accepted. An entry of the table is a place in the output, as each string is the one before it plus the byte that follows there.
 */
export function decodeLzw(encoded: Uint8Array, most: number): Uint8Array | undefined {
  const limit = LITERALS + most;
  const output = new Uint8Array(Buffer.allocUnsafeSlow(limit + 2 * SHORT_STRING).buffer);
  for (let byte = 0; byte < LITERALS; byte++) output[byte] = byte;
  const target = viewOf(output);
  // Codes are cut from words of four bytes, so the last one needs bytes behind it.
  let padded = new Uint8Array(encoded.length + WORD);
  padded.set(encoded);
  let source = viewOf(padded);
  let width = FIRST_WIDTH;
  at.bit = 0;
  at.written = LITERALS;
  at.before = 0;
  for (;;) {
    if (at.bit > MOST_BITS) {
      padded = padded.subarray(at.bit >>> 3);
      source = viewOf(padded);
      at.bit &= 7;
    }
    const left = Math.floor(((padded.length - WORD) * 8 - at.bit) / width);
    if (left < 1) break;
    if (at.before === 0) {
      readFirst(source);
      if (at.code < CLEAR) {
        if (at.written >= limit) return undefined;
        lengths.fill(NO_STRING, FIRST_FREE);
        output[at.written++] = at.code;
        at.before = 1;
        at.next = FIRST_FREE;
      } else if (at.code === END) break;
      else if (at.code !== CLEAR) return undefined;
      continue;
    }
    const full = at.next === TABLE;
    const until = width < LAST_WIDTH ? (1 << width) - 1 : TABLE;
    const room = 1 + Math.floor((limit - at.written) / SHORT_STRING);
    if (full) readKnown(source);
    else readStrings(source, target, starts, lengths, width, Math.min(left, until - at.next, room));
    if (at.written > limit) return undefined;
    if (at.code === END) break;
    if (at.code === CLEAR) {
      width = FIRST_WIDTH;
      at.before = 0;
      continue;
    }
    if (at.code >= 0 && !copyLong(output, limit)) return undefined;
    if (at.next === until && width < LAST_WIDTH) width++;
  }
  return output.subarray(LITERALS, at.written);
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

function readFirst(source: DataView): void {
  at.code = (source.getUint32(at.bit >>> 3) >>> (32 - FIRST_WIDTH - (at.bit & 7))) & 511;
  at.bit += FIRST_WIDTH;
}

/** A code after the table is full: nothing is added any more. */
function readKnown(source: DataView): void {
  at.code = (source.getUint32(at.bit >>> 3) >>> (32 - LAST_WIDTH - (at.bit & 7))) & (TABLE - 1);
  at.bit += LAST_WIDTH;
}

/**
 * Decodes at most `count` codes of one width, each adding an entry to the table, and stops early at one whose string is
 * long or unknown. The one innermost loop with nothing in it but short copies: V8 then checks the arrays once before it (twice as
 * quick as with an inner loop), which is also why the tables come in as arguments.
 */
function readStrings(
  source: DataView,
  target: DataView,
  starts: Int32Array,
  lengths: Int32Array,
  width: number,
  count: number,
): void {
  const mask = (1 << width) - 1;
  const shift = 32 - width;
  let bit = at.bit | 0;
  let next = at.next | 0;
  let written = at.written | 0;
  let before = at.before | 0;
  let code = -1;
  const until = (next + count) | 0;
  while (next < until) {
    code = (source.getInt32(bit >>> 3) >>> (shift - (bit & 7))) & mask;
    bit = (bit + width) | 0;
    const from = starts[code] as number;
    const length = lengths[code] as number;
    starts[next] = (written - before) | 0;
    lengths[next] = (before + 1) | 0;
    next = (next + 1) | 0;
    if (length > WORD) {
      if (length > SHORT_STRING) break;
      target.setInt32(written + 12, target.getInt32(from + 12, true), true);
      target.setInt32(written + 8, target.getInt32(from + 8, true), true);
      target.setInt32(written + 4, target.getInt32(from + 4, true), true);
    }
    target.setInt32(written, target.getInt32(from, true), true);
    before = length;
    written = (written + length) | 0;
    code = -1;
  }
  at.bit = bit;
  at.next = next;
  at.written = written;
  at.before = before;
  at.code = code;
}

/** Writes the string of a code that left the inner loop; false when it has none, or no room. */
function copyLong(output: Uint8Array, limit: number): boolean {
  const from = starts[at.code] as number;
  const length = lengths[at.code] as number;
  const { written } = at;
  if (length === NO_STRING || written + length > limit) return false;
  output.copyWithin(written, from, from + length);
  // The entry just made ends in the first byte of its own string, which the native copy has not seen yet.
  if (from + length > written) output[written + length - 1] = output[written] as number;
  at.before = length;
  at.written = written + length;
  return true;
}
