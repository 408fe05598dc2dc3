const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const TABLE = 4096;
/** Above this length a native copy beats the byte loop. */
const LONG_STRING = 24;
/** The single bytes stand before the output, so that every code is a place in one array and no branch tells them apart. */
const LITERALS = 256;
/** Four bytes are copied whatever a string's length; those too many are overwritten by the next. */
const COPIED = 4;

const starts = new Int32Array(TABLE + 1);
const lengths = new Int32Array(TABLE + 1);
for (let byte = 0; byte < LITERALS; byte++) {
  starts[byte] = byte;
  lengths[byte] = 1;
}

/**
 * TIFF's LZW (TIFF 6.0 section 13: most significant bit first, code width grown one code early). Gives the decoded bytes,
 * or undefined when a code is impossible or they are more than `most`; a missing end code is common and accepted. An
 * entry of the table is a place in the output, as each string is the one before it plus the byte that follows there.
 */
export function decodeLzw(encoded: Uint8Array, most: number): Uint8Array | undefined {
  const end = encoded.length * 8;
  const limit = LITERALS + most;
  // Codes are cut from three bytes, so the last one needs bytes behind it.
  const source = new Uint8Array(encoded.length + 4);
  source.set(encoded);
  const output = new Uint8Array(limit + COPIED);
  for (let byte = 0; byte < LITERALS; byte++) output[byte] = byte;
  let bit = 0;
  let width = 9;
  let mask = 511;
  let next = FIRST_FREE;
  let written = LITERALS;
  let beforeStart = 0;
  let beforeLength = 0;
  while (bit + width <= end) {
    const at = bit >>> 3;
    const three =
      ((source[at] as number) << 16) | ((source[at + 1] as number) << 8) | (source[at + 2] as number);
    const code = (three >>> (24 - width - (bit & 7))) & mask;
    bit += width;
    if (code === CLEAR) {
      width = 9;
      mask = 511;
      next = FIRST_FREE;
      beforeLength = 0;
      continue;
    }
    if (code === END) break;
    if (beforeLength > 0) {
      starts[next] = beforeStart;
      lengths[next] = beforeLength + 1;
      if (next < TABLE) next++;
    } else if (code > END) return undefined;
    if (code >= next) return undefined;
    const from = starts[code] as number;
    const length = lengths[code] as number;
    if (written + length > limit) return undefined;
    output[written] = output[from] as number;
    output[written + 1] = output[from + 1] as number;
    output[written + 2] = output[from + 2] as number;
    output[written + 3] = output[from + 3] as number;
    if (length >= LONG_STRING) {
      // A string may end in its own first byte, which the native copy has not seen yet.
      output.copyWithin(written + COPIED, from + COPIED, from + length - 1);
      output[written + length - 1] = output[from + length - 1] as number;
    } else if (length > COPIED) {
      for (let i = COPIED; i < length; i++) output[written + i] = output[from + i] as number;
    }
    beforeStart = written;
    beforeLength = length;
    written += length;
    if (next >= mask && width < 12) {
      width++;
      mask = mask * 2 + 1;
    }
  }
  return output.subarray(LITERALS, written);
}
