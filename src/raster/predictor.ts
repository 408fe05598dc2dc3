/**
 * Copies of sample rows by the width of a sample. All positions count samples of the view, `step` is the distance of
 * neighbouring pixels of one band: 1, or the number of bands where the samples of a pixel stand together.
 * One function a width keeps each loop on one array class.
 */
export interface Strides {
  readonly from: number;
  readonly fromRow: number;
  readonly fromStep: number;
  readonly to: number;
  readonly toRow: number;
  readonly toStep: number;
  readonly columns: number;
  readonly rows: number;
}

/** Undoes horizontal differencing (TIFF 6.0 section 14) of one band; `source` and `target` may be the same. */
export function accumulate8(source: Uint8Array, target: Uint8Array, s: Strides): void {
  for (let row = 0; row < s.rows; row++) {
    let i = s.from + row * s.fromRow;
    let o = s.to + row * s.toRow;
    let sum = 0;
    for (let column = 0; column < s.columns; column++) {
      sum = (sum + (source[i] as number)) & 0xff;
      target[o] = sum;
      i += s.fromStep;
      o += s.toStep;
    }
  }
}

export function accumulate16(source: Uint16Array, target: Uint16Array, s: Strides): void {
  const { columns, rows, fromStep, toStep } = s;
  for (let row = 0; row < rows; row++) {
    let i = s.from + row * s.fromRow;
    let o = s.to + row * s.toRow;
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      sum = (sum + (source[i] as number)) & 0xffff;
      target[o] = sum;
      i += fromStep;
      o += toStep;
    }
  }
}

export function accumulate32(source: Uint32Array, target: Uint32Array, s: Strides): void {
  const { columns, rows, fromStep, toStep } = s;
  for (let row = 0; row < rows; row++) {
    let i = s.from + row * s.fromRow;
    let o = s.to + row * s.toRow;
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      sum = (sum + (source[i] as number)) | 0;
      target[o] = sum;
      i += fromStep;
      o += toStep;
    }
  }
}

/** 64-bit samples as pairs of words, low word first; strides still count samples. */
export function accumulate64(source: Uint32Array, target: Uint32Array, s: Strides): void {
  for (let row = 0; row < s.rows; row++) {
    let i = (s.from + row * s.fromRow) * 2;
    let o = (s.to + row * s.toRow) * 2;
    let low = 0;
    let high = 0;
    for (let column = 0; column < s.columns; column++) {
      const sum = low + (source[i] as number);
      high = (high + (source[i + 1] as number) + (sum > 0xffffffff ? 1 : 0)) >>> 0;
      low = sum >>> 0;
      target[o] = low;
      target[o + 1] = high;
      i += s.fromStep * 2;
      o += s.toStep * 2;
    }
  }
}

/**
 * Undoes the floating point predictor (Adobe's TIFF Technical Note 3): bytes are differenced along the whole row and
 * stand in planes, most significant first. `source` is written into; rows of `columns * samples` numbers of `width` bytes.
 */
export function unshuffle(
  source: Uint8Array,
  target: Uint32Array,
  columns: number,
  samples: number,
  rows: number,
  width: 4 | 8,
): void {
  const n = columns * samples;
  for (let row = 0; row < rows; row++) {
    const start = row * n * width;
    const end = start + n * width;
    for (let i = start + samples; i < end; i++)
      source[i] = (source[i] as number) + (source[i - samples] as number);
    if (width === 4) {
      for (let i = 0, at = start; i < n; i++, at++) target[row * n + i] = wordAt(source, at, n);
    } else {
      for (let i = 0, at = start, o = row * n * 2; i < n; i++, at++, o += 2) {
        target[o] = wordAt(source, at + 4 * n, n);
        target[o + 1] = wordAt(source, at, n);
      }
    }
  }
}

function wordAt(bytes: Uint8Array, at: number, plane: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + plane] as number) << 16) |
    ((bytes[at + 2 * plane] as number) << 8) |
    (bytes[at + 3 * plane] as number)
  );
}
