/** Horizontal differencing (TIFF 6.0 section 14) in place, of rows of `columns` pixels of `samples` numbers. */
export function difference(bytes: Uint8Array, size: 1 | 2 | 4 | 8, columns: number, samples: number): void {
  const row = columns * samples;
  if (size === 1) differenceRows(bytes, row, samples);
  else if (size === 2)
    differenceRows(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), row, samples);
  else if (size === 4)
    differenceRows(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), row, samples);
  else differencePairs(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), row, samples);
}

function differenceRows(values: Uint8Array | Uint16Array | Uint32Array, row: number, samples: number): void {
  for (let start = 0; start < values.length; start += row)
    for (let i = start + row - 1; i >= start + samples; i--)
      values[i] = (values[i] as number) - (values[i - samples] as number);
}

/** 64-bit numbers as pairs of words, low word first. */
function differencePairs(words: Uint32Array, row: number, samples: number): void {
  for (let start = 0; start < words.length / 2; start += row) {
    for (let i = start + row - 1; i >= start + samples; i--) {
      const before = i - samples;
      const low = (words[i * 2] as number) - (words[before * 2] as number);
      words[i * 2 + 1] = (words[i * 2 + 1] as number) - (words[before * 2 + 1] as number) - (low < 0 ? 1 : 0);
      words[i * 2] = low;
    }
  }
}

/**
 * The floating point predictor (Adobe's TIFF Technical Note 3): each row's bytes in planes, most significant first,
 * then differenced along the row. Gives new bytes.
 */
export function shuffle(bytes: Uint8Array, size: 4 | 8, columns: number, samples: number): Uint8Array {
  const n = columns * samples;
  const output = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += n * size) {
    for (let plane = 0; plane < size; plane++) {
      const to = start + plane * n;
      const from = start + size - 1 - plane;
      for (let i = 0; i < n; i++) output[to + i] = bytes[from + i * size] as number;
    }
  }
  differenceRows(output, n * size, samples);
  return output;
}
