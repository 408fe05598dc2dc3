/**
 * PackBits (TIFF 6.0 section 9). Writes into `output` and gives the number of bytes written, or -1 when the runs are
 * longer than `output` or end inside a literal.
 */
export function decodePackbits(source: Uint8Array, output: Uint8Array): number {
  let written = 0;
  for (let i = 0; i < source.length; ) {
    const head = source[i++] as number;
    if (head === 128) continue;
    const count = head < 128 ? head + 1 : 257 - head;
    if (written + count > output.length) return -1;
    if (head < 128) {
      if (i + count > source.length) return -1;
      output.set(source.subarray(i, i + count), written);
      i += count;
    } else {
      if (i >= source.length) return -1;
      output.fill(source[i++] as number, written, written + count);
    }
    written += count;
  }
  return written;
}
