const CLEAR = 256;
const END = 257;
const TABLE = 4096;
/** Above this length a native copy beats the byte loop. */
const LONG_STRING = 24;

const starts = new Int32Array(TABLE);
const lengths = new Int32Array(TABLE);

/**
 * TIFF's LZW (TIFF 6.0 section 13: most significant bit first, code width grown one code early). Writes into `output`
 * and gives the number of bytes written, or -1 when a code is impossible or the text is longer than `output`. An entry
 * of the table is a place in the output, as each string is the one before it plus the byte that follows there.
 */
export function decodeLzw(source: Uint8Array, output: Uint8Array): number {
  const end = source.length;
  const most = output.length;
  let position = 0;
  let bits = 0;
  let held = 0;
  let width = 9;
  let next = 258;
  let written = 0;
  let beforeStart = 0;
  let beforeLength = 0;
  for (;;) {
    while (bits < width) {
      // A missing end code after the last string is common; what was decoded counts.
      if (position >= end) return written;
      held = (held << 8) | (source[position++] as number);
      bits += 8;
    }
    bits -= width;
    const code = (held >>> bits) & ((1 << width) - 1);
    if (code < CLEAR) {
      if (written >= most) return -1;
      if (beforeLength > 0 && next < TABLE) {
        starts[next] = beforeStart;
        lengths[next++] = beforeLength + 1;
      }
      output[written] = code;
      beforeStart = written++;
      beforeLength = 1;
    } else if (code === CLEAR) {
      width = 9;
      next = 258;
      beforeLength = 0;
      continue;
    } else if (code === END) return written;
    else {
      if (beforeLength === 0) return -1;
      if (next < TABLE) {
        starts[next] = beforeStart;
        lengths[next++] = beforeLength + 1;
      }
      if (code >= next) return -1;
      const start = starts[code] as number;
      const length = lengths[code] as number;
      if (written + length > most) return -1;
      if (length < LONG_STRING) {
        for (let i = 0; i < length; i++) output[written + i] = output[start + i] as number;
      } else {
        // The string may end in its own first byte, which the native copy has not seen yet.
        output.copyWithin(written, start, start + length - 1);
        output[written + length - 1] = output[start + length - 1] as number;
      }
      beforeStart = written;
      beforeLength = length;
      written += length;
    }
    if (next >= (1 << width) - 1 && width < 12) width++;
  }
}
